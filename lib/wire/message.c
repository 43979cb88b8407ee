/* Owning, copying and naming what messages hold. */
#include "wire/message.h"

#include "base/memory.h"
#include "wire/message_field.h"

#include <stdlib.h>

const char *wire_enum_name(const struct wire_enum *enumeration, unsigned value)
{
    if (value >= enumeration->count || !enumeration->value_names[value])
        return "?";
    return enumeration->value_names[value];
}

unsigned wire_enum_from_name(const struct wire_enum *enumeration, const char *name)
{
    for (unsigned i = 1; i < enumeration->count; i++) {
        if (enumeration->value_names[i] && strcmp(enumeration->value_names[i], name) == 0)
            return i;
    }
    return 0;
}

static bool value_is_empty(const struct wire_field *field, const void *value)
{
    switch (field->type) {
    case WIRE_STRING:
        return *(const char *)value == '\0';
    case WIRE_BYTES:
    case WIRE_OWNED_BYTES:
        return field_bytes(field, value).len == 0;
    case WIRE_U64:
        return *(const uint64_t *)value == 0;
    case WIRE_I64:
        return *(const int64_t *)value == 0;
    case WIRE_BOOL:
        return !*(const bool *)value;
    case WIRE_ENUM:
        return enum_number(value) == 0;
    case WIRE_MESSAGE:
        return false;
    }
    return false;
}

bool field_is_empty(const struct wire_field *field, const void *message)
{
    if (field->list > 0)
        return field_count(field, message) == 0;
    return value_is_empty(field, field_at(field, message));
}

static void clear_value(const struct wire_field *field, void *value)
{
    struct owned_bytes *owned = value;

    if (field->type == WIRE_MESSAGE) {
        wire_message_clear(field->message, value);
    } else if (field->type == WIRE_OWNED_BYTES) {
        if (owned->data)
            explicit_bzero(owned->data, owned->len);
        free(owned->data);
    }
}

static void clear_field(const struct wire_field *field, void *message)
{
    char *values = (char *)(uintptr_t)field_values(field, message);
    size_t count = field_count(field, message);

    for (size_t i = 0; i < count; i++)
        clear_value(field, values + i * field->size);
    if (field->list == 0)
        return;
    if (values)
        explicit_bzero(values, count * field->size);
    free(values);
}

void wire_message_clear(const struct wire_message *type, void *message)
{
    for (size_t i = 0; i < type->count; i++)
        clear_field(&type->fields[i], message);
    explicit_bzero(message, type->size);
}

/* `value` holds a copy of the bytes of another; makes what it points to its own. */
static void own_value(const struct wire_field *field, void *value);

static void own_field(const struct wire_field *field, void *message)
{
    char *values = (char *)(uintptr_t)field_values(field, message);
    size_t count = field_count(field, message);

    if (field->list > 0) {
        values = count > 0 ? xmemdup(values, count * field->size) : NULL;
        memcpy((char *)message + field->offset, &values, sizeof(values));
    }
    for (size_t i = 0; i < count; i++)
        own_value(field, values + i * field->size);
}

static void own_message(const struct wire_message *type, void *message)
{
    for (size_t i = 0; i < type->count; i++)
        own_field(&type->fields[i], message);
}

static void own_value(const struct wire_field *field, void *value)
{
    struct owned_bytes *owned = value;

    if (field->type == WIRE_MESSAGE)
        own_message(field->message, value);
    else if (field->type == WIRE_OWNED_BYTES)
        owned->data = owned->len > 0 ? xmemdup(owned->data, owned->len) : NULL;
}

void wire_message_copy(const struct wire_message *type, void *ret, const void *from)
{
    memcpy(ret, from, type->size);
    own_message(type, ret);
}
