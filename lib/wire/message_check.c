#include "wire/message.h"

#include "base/text.h"
#include "wire/message_field.h"

static const char *problem_of_string(const struct wire_field *field, const char *text)
{
    size_t len = strnlen(text, field->size);

    if (len > field->max)
        return "string is over its bound";
    return text_is_utf8(slice_of(text, len)) ? NULL : "string is not valid UTF-8";
}

static const char *problem_of_enum(const struct wire_field *field, unsigned value)
{
    if (value == 0)
        return field->optional && field->list == 0 ? NULL : "required field is not set";
    if (value >= field->enumeration->count || !field->enumeration->value_names[value])
        return "number has no name";
    return NULL;
}

/* NULL when there is none. WIRE_MESSAGE is checked by its own walk. */
static const char *problem_of_value(const struct wire_field *field, const void *value)
{
    switch (field->type) {
    case WIRE_STRING:
        return problem_of_string(field, value);
    case WIRE_BYTES:
    case WIRE_OWNED_BYTES:
        return field_bytes(field, value).len > field->max ? "bytes are over their bound" : NULL;
    case WIRE_U64:
        return *(const uint64_t *)value > field->max ? "number is over its bound" : NULL;
    case WIRE_ENUM:
        return problem_of_enum(field, enum_number(value));
    case WIRE_I64:
    case WIRE_BOOL:
    case WIRE_MESSAGE:
        return NULL;
    }
    return "field has no type";
}

static int check_value(const struct wire_message *type, const struct wire_field *field,
                       const void *value, struct error *err)
{
    const char *problem = problem_of_value(field, value);

    if (problem)
        return error_set(err, ERROR_INVALID, "%s.%s: %s", type->name, field->name, problem);
    if (field->type != WIRE_MESSAGE || wire_message_check(field->message, value, err) == 0)
        return 0;
    return error_prefix(err, "%s.%s", type->name, field->name);
}

static int check_field(const struct wire_message *type, const struct wire_field *field,
                       const void *message, struct error *err)
{
    size_t count = field_count(field, message);

    if (field->list > 0 && count > field->list)
        return error_set(err, ERROR_INVALID, "%s.%s: list is over its bound", type->name,
                         field->name);
    for (size_t i = 0; i < count; i++) {
        if (check_value(type, field, field_value(field, message, i), err) < 0)
            return -1;
    }
    return 0;
}

int wire_message_check(const struct wire_message *type, const void *message, struct error *err)
{
    for (size_t i = 0; i < type->count; i++) {
        if (check_field(type, &type->fields[i], message, err) < 0)
            return -1;
    }
    return 0;
}
