#include "cloud/dead_letter.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "schemas/messages.h"

#include <stdio.h>
#include <string.h>

#define VALUE_MAX ((size_t)65536)

static void appended(void *arg, int64_t offset, const struct error *err)
{
    if (err != NULL)
        log_error("a dead letter is not in the log: %s", err->message);
}

static void take_bytes(struct owned_bytes *ret, struct slice bytes, size_t max)
{
    ret->len = bytes.len < max ? bytes.len : max;
    ret->data = ret->len > 0 ? xmemdup(bytes.data, ret->len) : NULL;
}

static void fill(struct dead_letter *letter, const struct record *record, const char *type,
                 const char *reason)
{
    text_copy(letter->topic, sizeof(letter->topic), record->topic);
    letter->partition = (uint64_t)record->partition;
    letter->offset = (uint64_t)record->offset;
    text_copy(letter->reason, sizeof(letter->reason), reason);
    text_copy(letter->type, sizeof(letter->type), type);
    take_bytes(&letter->key, record->key, RECORD_KEY_MAX);
    take_bytes(&letter->value, record->value, VALUE_MAX);
    letter->size = record->value.len;
    letter->at_ms = (uint64_t)clock_wall_ms();
}

void dead_letter_append(struct bus *bus, const char *instance, const struct record *record,
                        const char *type, const char *reason)
{
    struct dead_letter letter = {0};
    struct envelope envelope = {0};
    struct buf value = BUF_INIT(RECORD_VALUE_MAX);
    struct record out = {.topic = "dead-letters", .partition = 0};
    struct error err;

    log_warn("record %s/%d@%lld is refused: %s", record->topic, record->partition,
             (long long)record->offset, reason);
    fill(&letter, record, type, reason);
    dead_letter_encode(&letter, &value);
    snprintf(envelope.id, sizeof(envelope.id), "%.40s-d%lld", instance, (long long)record->offset);
    snprintf(envelope.source, sizeof(envelope.source), "/leat/cloud-agent/%s", instance);
    text_copy(envelope.type, sizeof(envelope.type), TYPE_DEAD_LETTER);
    clock_format_wall(clock_wall_ms(), envelope.time);
    out.key = slice_text(letter.topic);
    out.value = buf_slice(&value);
    envelope_to_headers(&envelope, &out);
    if (value.overflow)
        log_error("a dead letter breaks its schema");
    else if (bus_append(bus, &out, appended, NULL, &err) < 0)
        log_error("a dead letter is not in the log: %s", err.message);
    dead_letter_clear(&letter);
    buf_free(&value);
}
