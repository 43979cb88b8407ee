#include "wire/record.h"

#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define SPECVERSION "1.0"

const struct record_header *record_find_header(const struct record *record, const char *name)
{
    for (size_t i = 0; i < record->header_count; i++) {
        if (strcmp(record->headers[i].name, name) == 0)
            return &record->headers[i];
    }
    return NULL;
}

static void add_header(struct record *record, const char *name, const char *value)
{
    if (record->header_count >= RECORD_HEADERS_MAX) {
        log_error("defect: a record of topic %s has too many headers", record->topic);
        abort();
    }
    record->headers[record->header_count++] =
        (struct record_header){.name = name, .value = slice_text(value)};
}

void envelope_to_headers(const struct envelope *envelope, struct record *record)
{
    add_header(record, "ce_specversion", SPECVERSION);
    add_header(record, "ce_id", envelope->id);
    add_header(record, "ce_source", envelope->source);
    add_header(record, "ce_type", envelope->type);
    add_header(record, "ce_time", envelope->time);
    add_header(record, "content-type", RECORD_CONTENT_TYPE);
    if (envelope->traceparent[0] != '\0')
        add_header(record, "traceparent", envelope->traceparent);
}

static bool is_printable(struct slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < 0x20 || value.data[i] > 0x7e)
            return false;
    }
    return true;
}

static size_t count_headers(const struct record *record, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < record->header_count; i++)
        count += strcmp(record->headers[i].name, name) == 0;
    return count;
}

static int read_attribute(const struct record *record, const char *name, char *out, size_t size,
                          struct error *err)
{
    const struct record_header *header = record_find_header(record, name);

    if (!header || header->value.len == 0)
        return error_set(err, ERROR_CORRUPT, "header %s is missing", name);
    if (count_headers(record, name) > 1)
        return error_set(err, ERROR_CORRUPT, "header %s is repeated", name);
    if (header->value.len >= size)
        return error_set(err, ERROR_CORRUPT, "header %s has more than %zu bytes", name, size - 1);
    if (!is_printable(header->value))
        return error_set(err, ERROR_CORRUPT, "header %s is not printable ASCII", name);
    memcpy(out, header->value.data, header->value.len);
    out[header->value.len] = '\0';
    return 0;
}

static int check_specversion(const struct record *record, struct error *err)
{
    char version[16];

    if (read_attribute(record, "ce_specversion", version, sizeof(version), err) < 0)
        return -1;
    if (strcmp(version, SPECVERSION) != 0)
        return error_set(err, ERROR_CORRUPT, "ce_specversion %s is not " SPECVERSION, version);
    return 0;
}

/* A traceparent that is not valid is ignored and not an error (W3C Trace Context section 3.2.2). */
static void read_traceparent(const struct record *record, char out[static 56])
{
    if (read_attribute(record, "traceparent", out, 56, NULL) < 0 || !traceparent_is_valid(out))
        memset(out, 0, 56);
}

int envelope_from_headers(struct envelope *ret, const struct record *record, struct error *err)
{
    struct envelope envelope = {.id = ""};
    const struct {
        const char *name;
        char *out;
        size_t size;
    } attributes[] = {
        {"ce_id", envelope.id, sizeof(envelope.id)},
        {"ce_source", envelope.source, sizeof(envelope.source)},
        {"ce_type", envelope.type, sizeof(envelope.type)},
        {"ce_time", envelope.time, sizeof(envelope.time)},
    };

    if (check_specversion(record, err) < 0)
        return -1;
    for (size_t i = 0; i < array_size(attributes); i++) {
        if (read_attribute(record, attributes[i].name, attributes[i].out, attributes[i].size, err) <
            0)
            return -1;
    }
    read_traceparent(record, envelope.traceparent);
    *ret = envelope;
    return 0;
}
