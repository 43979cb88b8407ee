/* Where the values of a field lie (private to lib/wire). */
#ifndef WIRE_MESSAGE_FIELD_H
#define WIRE_MESSAGE_FIELD_H

#include "wire/message.h"

#include <string.h>

static inline const void *field_at(const struct wire_field *field, const void *message)
{
    return (const char *)message + field->offset;
}

/* The elements of a list, or the one value. */
static inline const void *field_values(const struct wire_field *field, const void *message)
{
    const void *elements;

    if (field->list == 0)
        return field_at(field, message);
    memcpy(&elements, field_at(field, message), sizeof(elements));
    return elements;
}

static inline size_t field_count(const struct wire_field *field, const void *message)
{
    size_t count;

    if (field->list == 0)
        return 1;
    memcpy(&count, (const char *)message + field->count_offset, sizeof(count));
    return count;
}

static inline const void *field_value(const struct wire_field *field, const void *message, size_t i)
{
    return (const char *)field_values(field, message) + i * field->size;
}

static inline unsigned enum_number(const void *value)
{
    unsigned number;

    memcpy(&number, value, sizeof(number));
    return number;
}

/* Of WIRE_BYTES and WIRE_OWNED_BYTES. */
static inline struct slice field_bytes(const struct wire_field *field, const void *value)
{
    const struct owned_bytes *owned = value;
    size_t len;

    if (field->type == WIRE_OWNED_BYTES)
        return slice_of(owned->data, owned->len);
    memcpy(&len, (const char *)value + field->len_offset, sizeof(len));
    return slice_of(value, len);
}

/* Empty, zero or false: what is left out when the field is optional. */
bool field_is_empty(const struct wire_field *field, const void *message);

#endif
