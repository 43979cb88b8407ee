#include "wire/message.h"

#include "wire/message_field.h"
#include "wire/writer.h"

static void encode_message(const struct wire_message *type, const void *message, struct buf *out);

static void encode_value(const struct wire_field *field, const void *value, struct buf *out)
{
    switch (field->type) {
    case WIRE_STRING:
        wire_write_string(out, value);
        break;
    case WIRE_BYTES:
    case WIRE_OWNED_BYTES:
        wire_write_bytes(out, field_bytes(field, value));
        break;
    case WIRE_U64:
        wire_write_u64(out, *(const uint64_t *)value);
        break;
    case WIRE_I64:
        wire_write_i64(out, *(const int64_t *)value);
        break;
    case WIRE_BOOL:
        wire_write_bool(out, *(const bool *)value);
        break;
    case WIRE_ENUM:
        wire_write_u64(out, enum_number(value));
        break;
    case WIRE_MESSAGE:
        encode_message(field->message, value, out);
        break;
    }
}

static void encode_field(const struct wire_field *field, const void *message, struct buf *out)
{
    size_t count = field_count(field, message);

    wire_write_u64(out, field->id);
    if (field->list > 0)
        wire_write_array(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        encode_value(field, field_value(field, message, i), out);
}

static bool is_written(const struct wire_field *field, const void *message)
{
    return !field->optional || !field_is_empty(field, message);
}

static void encode_message(const struct wire_message *type, const void *message, struct buf *out)
{
    uint32_t pairs = 0;

    for (size_t i = 0; i < type->count; i++)
        pairs += is_written(&type->fields[i], message);
    wire_write_map(out, pairs);
    for (size_t i = 0; i < type->count; i++) {
        if (is_written(&type->fields[i], message))
            encode_field(&type->fields[i], message, out);
    }
}

void wire_message_encode(const struct wire_message *type, const void *message, struct buf *out)
{
    if (wire_message_check(type, message, NULL) < 0) {
        out->overflow = true;
        return;
    }
    encode_message(type, message, out);
}
