#include "api/events_line.h"

#include "base/clock.h"
#include "base/text.h"
#include "schemas/messages.h"

/* Bounded by the schemas, and twice that for what must be escaped. */
#define DATA_MAX ((size_t)8 << 20)

static void put_member(struct buf *out, const char *name, struct slice value)
{
    buf_printf(out, ",\"%s\":", name);
    text_json_string(out, value);
}

static void put_text(struct buf *out, const char *name, const char *value)
{
    if (value[0] != '\0')
        put_member(out, name, slice_text(value));
}

static void put_data(struct buf *out, const char *type_name, const struct record *record)
{
    const struct message_type *type = message_type_by_name(type_name);
    _cleanup_buf_ struct buf data = BUF_INIT(DATA_MAX);
    struct error err = ERROR_INIT;
    int result = type != NULL ? type->decode_json(record->value, &data, &err)
                              : error_set(&err, ERROR_INVALID, "its type is not known");

    if (result == 0 && !data.overflow && data.len > 0) {
        buf_puts(out, ",\"data\":");
        buf_append_slice(out, buf_slice(&data));
    } else {
        put_text(out, "error", result < 0 ? err.message : "it is too large to be shown");
    }
}

void events_line_write(struct buf *out, const char *topic, const struct record *record)
{
    struct envelope envelope;
    struct error err;
    char time[CLOCK_TEXT_SIZE];
    bool is_event = envelope_from_headers(&envelope, record, &err) == 0;

    buf_puts(out, "{\"topic\":");
    text_json_string(out, slice_text(topic));
    buf_printf(out, ",\"partition\":%d,\"offset\":%lld", record->partition,
               (long long)record->offset);
    clock_format_wall(record->timestamp_ms, time);
    put_text(out, "time", is_event ? envelope.time : time);
    if (is_event) {
        put_text(out, "id", envelope.id);
        put_text(out, "source", envelope.source);
        put_text(out, "type", envelope.type);
        put_text(out, "traceparent", envelope.traceparent);
    }
    put_member(out, "key", record->key);
    if (is_event)
        put_data(out, envelope.type, record);
    else
        put_text(out, "error", err.message);
    buf_puts(out, "}\n");
}
