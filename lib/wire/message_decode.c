#include "wire/message.h"

#include "base/memory.h"
#include "wire/cursor.h"
#include "wire/message_field.h"

#include <inttypes.h>

static void decode_message(struct wire_cursor *cursor, const struct wire_message *type,
                           void *message);

static void decode_bytes(struct wire_cursor *cursor, const struct wire_field *field, void *value)
{
    struct slice bytes = wire_read_bytes(cursor, field->max);
    struct owned_bytes *owned = value;

    if (bytes.len == 0)
        return;
    if (field->type == WIRE_OWNED_BYTES) {
        *owned = (struct owned_bytes){.data = xmemdup(bytes.data, bytes.len), .len = bytes.len};
        return;
    }
    memcpy(value, bytes.data, bytes.len);
    memcpy((char *)value + field->len_offset, &bytes.len, sizeof(bytes.len));
}

static void decode_enum(struct wire_cursor *cursor, const struct wire_enum *enumeration,
                        void *value)
{
    unsigned number = (unsigned)wire_read_u64(cursor, UINT32_MAX);

    if (number >= enumeration->count || !enumeration->value_names[number])
        wire_cursor_fail(cursor, "%u is no %s", number, enumeration->name);
    else
        memcpy(value, &number, sizeof(number));
}

static void decode_value(struct wire_cursor *cursor, const struct wire_field *field, void *value)
{
    switch (field->type) {
    case WIRE_STRING:
        wire_read_string(cursor, value, field->max);
        break;
    case WIRE_BYTES:
    case WIRE_OWNED_BYTES:
        decode_bytes(cursor, field, value);
        break;
    case WIRE_U64:
        *(uint64_t *)value = wire_read_u64(cursor, field->max);
        break;
    case WIRE_I64:
        *(int64_t *)value = wire_read_i64(cursor);
        break;
    case WIRE_BOOL:
        *(bool *)value = wire_read_bool(cursor);
        break;
    case WIRE_ENUM:
        decode_enum(cursor, field->enumeration, value);
        break;
    case WIRE_MESSAGE:
        decode_message(cursor, field->message, value);
        break;
    }
}

/* The count is checked against what the bytes left can hold before memory is taken for it. */
static char *allocate_list(struct wire_cursor *cursor, const struct wire_field *field, size_t count)
{
    size_t least = field->type == WIRE_MESSAGE ? field->message->min_encoded : 1;

    if (count > (cursor->bytes.len - cursor->at) / least)
        wire_cursor_fail(cursor, "list claims more than the bytes left can hold");
    return cursor->failed || count == 0 ? NULL : xcalloc(count, field->size);
}

static void decode_list(struct wire_cursor *cursor, const struct wire_field *field, void *message)
{
    size_t count = wire_read_array(cursor, field->list);
    char *elements = allocate_list(cursor, field, count);

    if (!elements)
        count = 0;
    memcpy((char *)message + field->offset, &elements, sizeof(elements));
    memcpy((char *)message + field->count_offset, &count, sizeof(count));
    for (size_t i = 0; i < count && !cursor->failed; i++)
        decode_value(cursor, field, elements + i * field->size);
    wire_leave(cursor);
}

/* An error gathers the names of the fields that it lies in: "builders: arch: byte 40: ...". */
static void decode_field(struct wire_cursor *cursor, const struct wire_field *field, void *message)
{
    if (field->list > 0)
        decode_list(cursor, field, message);
    else
        decode_value(cursor, field, (char *)message + field->offset);
    if (cursor->failed)
        error_prefix(&cursor->error, "%s", field->name);
}

/* Passes the fields before `id`, which must all be optional. */
static size_t pass_fields(struct wire_cursor *cursor, const struct wire_message *type, size_t next,
                          uint64_t id)
{
    for (; next < type->count && type->fields[next].id < id; next++) {
        if (!type->fields[next].optional)
            wire_cursor_fail(cursor, "required field %s is missing", type->fields[next].name);
    }
    return next;
}

static void check_ascending(struct wire_cursor *cursor, uint64_t last, uint64_t id)
{
    if (id == 0)
        wire_cursor_fail(cursor, "0 is no field id");
    else if (id == last)
        wire_cursor_fail(cursor, "field %" PRIu64 " is repeated", id);
    else if (id < last)
        wire_cursor_fail(cursor, "field %" PRIu64 " comes after field %" PRIu64, id, last);
}

/* Fields and pairs both ascend, so one walk along both finds every field. Ids begin at 1. */
static void decode_message(struct wire_cursor *cursor, const struct wire_message *type,
                           void *message)
{
    uint32_t pairs = wire_read_map(cursor, WIRE_FIELDS_MAX);
    uint64_t id = 0, last = 0;
    size_t next = 0;

    for (uint32_t i = 0; i < pairs && !cursor->failed; i++, last = id) {
        id = wire_read_u64(cursor, UINT32_MAX);
        check_ascending(cursor, last, id);
        next = pass_fields(cursor, type, next, id);
        if (cursor->failed)
            return;
        if (next < type->count && type->fields[next].id == id)
            decode_field(cursor, &type->fields[next++], message);
        else
            wire_skip(cursor);
    }
    pass_fields(cursor, type, next, UINT64_MAX);
    wire_leave(cursor);
}

int wire_message_decode(const struct wire_message *type, void *message, struct slice bytes,
                        struct error *err)
{
    struct wire_cursor cursor;

    memset(message, 0, type->size);
    wire_cursor_init(&cursor, bytes);
    decode_message(&cursor, type, message);
    if (wire_cursor_finish(&cursor, err) == 0)
        return 0;
    wire_message_clear(type, message);
    return error_prefix(err, "%s", type->name);
}

int wire_message_decode_json(const struct wire_message *type, struct slice bytes, struct buf *out,
                             struct error *err)
{
    _cleanup_free_ void *message = xmalloc(type->size);

    if (wire_message_decode(type, message, bytes, err) < 0)
        return -1;
    wire_message_json(type, message, out);
    wire_message_clear(type, message);
    return 0;
}
