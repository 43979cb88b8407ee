#include "wire/message.h"

#include "base/text.h"
#include "wire/message_field.h"

#include <inttypes.h>

/* Of long bytes only so many are printed, followed by "...". */
#define PRINTED_BYTES_MAX 512

static void put_bytes(struct buf *out, struct slice bytes)
{
    size_t printed = bytes.len < PRINTED_BYTES_MAX ? bytes.len : PRINTED_BYTES_MAX;
    char hex[2 * PRINTED_BYTES_MAX + 1];

    text_hex_encode(hex, bytes.data, printed);
    buf_printf(out, "\"%s%s\"", hex, printed < bytes.len ? "..." : "");
}

static void put_value(const struct wire_field *field, const void *value, struct buf *out)
{
    switch (field->type) {
    case WIRE_STRING:
        text_json_string(out, slice_of(value, strnlen(value, field->size)));
        break;
    case WIRE_BYTES:
    case WIRE_OWNED_BYTES:
        put_bytes(out, field_bytes(field, value));
        break;
    case WIRE_U64:
        buf_printf(out, "%" PRIu64, *(const uint64_t *)value);
        break;
    case WIRE_I64:
        buf_printf(out, "%" PRId64, *(const int64_t *)value);
        break;
    case WIRE_BOOL:
        buf_puts(out, *(const bool *)value ? "true" : "false");
        break;
    case WIRE_ENUM:
        buf_printf(out, "\"%s\"", wire_enum_name(field->enumeration, enum_number(value)));
        break;
    case WIRE_MESSAGE:
        wire_message_json(field->message, value, out);
        break;
    }
}

static void put_list(const struct wire_field *field, const void *message, struct buf *out)
{
    size_t count = field_count(field, message);

    buf_putc(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_putc(out, ',');
        put_value(field, field_value(field, message, i), out);
    }
    buf_putc(out, ']');
}

static void put_field(const struct wire_field *field, const void *message, struct buf *out)
{
    buf_printf(out, "\"%s\":", field->name);
    if (field->secret && !field_is_empty(field, message))
        buf_puts(out, "\"***\"");
    else if (field->list > 0)
        put_list(field, message, out);
    else
        put_value(field, field_at(field, message), out);
}

void wire_message_json(const struct wire_message *type, const void *message, struct buf *out)
{
    const char *separator = "";

    buf_putc(out, '{');
    for (size_t i = 0; i < type->count; i++) {
        const struct wire_field *field = &type->fields[i];

        if (field->optional && field_is_empty(field, message))
            continue;
        buf_puts(out, separator);
        put_field(field, message, out);
        separator = ",";
    }
    buf_putc(out, '}');
}
