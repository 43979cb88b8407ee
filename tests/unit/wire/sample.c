#include "sample.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static void fill_message(struct sample *sample, const struct wire_message *type, char *message);

uint64_t sample_random(struct sample *sample)
{
    sample->seed = sample->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return sample->seed >> 32;
}

static size_t pick_length(struct sample *sample, uint64_t max)
{
    if (sample->kind == SAMPLE_EMPTY)
        return 0;
    return (size_t)(sample->kind == SAMPLE_FULL ? max : sample_random(sample) % (max + 1));
}

static void fill_text(struct sample *sample, char *out, size_t len)
{
    static const char *const characters[] = {"a", "-", "\"", "\n", "\xc3\xbc", "\xe2\x82\xac"};

    while (len > 0) {
        const char *character = characters[sample_random(sample) % array_size(characters)];
        size_t used = strlen(character);

        if (used > len)
            continue;
        memcpy(out, character, used);
        out += used;
        len -= used;
    }
}

static void fill_bytes(struct sample *sample, const struct wire_field *field, char *value)
{
    size_t len = pick_length(sample, field->max);
    struct owned_bytes owned = {.len = len};
    uint8_t *data = (uint8_t *)value;

    if (field->type == WIRE_OWNED_BYTES) {
        data = owned.data = len > 0 ? xmalloc(len) : NULL;
        memcpy(value, &owned, sizeof(owned));
    } else {
        memcpy(value + field->len_offset, &len, sizeof(len));
    }
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)sample_random(sample);
}

static unsigned pick_enum(struct sample *sample, const struct wire_enum *enumeration)
{
    unsigned number = 0;

    while (number == 0 || !enumeration->value_names[number])
        number = (unsigned)(sample_random(sample) % enumeration->count);
    return number;
}

static uint64_t pick_number(struct sample *sample, uint64_t max)
{
    uint64_t number = sample_random(sample) << 32 | sample_random(sample);

    if (sample->kind != SAMPLE_RANDOM)
        return sample->kind == SAMPLE_FULL ? max : 0;
    number >>= sample_random(sample) % 64;
    return max == UINT64_MAX ? number : number % (max + 1);
}

static void fill_value(struct sample *sample, const struct wire_field *field, char *value)
{
    unsigned number;

    switch (field->type) {
    case WIRE_STRING:
        fill_text(sample, value, pick_length(sample, field->max));
        break;
    case WIRE_BYTES:
    case WIRE_OWNED_BYTES:
        fill_bytes(sample, field, value);
        break;
    case WIRE_U64:
        *(uint64_t *)value = pick_number(sample, field->max);
        break;
    case WIRE_I64:
        *(int64_t *)value = -(int64_t)pick_number(sample, INT64_MAX);
        break;
    case WIRE_BOOL:
        *(bool *)value = sample->kind != SAMPLE_EMPTY && sample_random(sample) % 2;
        break;
    case WIRE_ENUM:
        number = pick_enum(sample, field->enumeration);
        memcpy(value, &number, sizeof(number));
        break;
    case WIRE_MESSAGE:
        fill_message(sample, field->message, value);
        break;
    }
}

static void fill_list(struct sample *sample, const struct wire_field *field, char *message)
{
    size_t most = field->list < 3 ? field->list : 3;
    size_t count = pick_length(sample, most);
    char *elements = count > 0 ? xcalloc(count, field->size) : NULL;

    memcpy(message + field->offset, &elements, sizeof(elements));
    memcpy(message + field->count_offset, &count, sizeof(count));
    for (size_t i = 0; i < count; i++)
        fill_value(sample, field, elements + i * field->size);
}

static bool is_left_out(struct sample *sample, const struct wire_field *field)
{
    if (!field->optional || sample->kind == SAMPLE_FULL)
        return false;
    return sample->kind == SAMPLE_EMPTY || sample_random(sample) % 3 == 0;
}

static void fill_message(struct sample *sample, const struct wire_message *type, char *message)
{
    for (size_t i = 0; i < type->count; i++) {
        const struct wire_field *field = &type->fields[i];

        if (is_left_out(sample, field))
            continue;
        if (field->list > 0)
            fill_list(sample, field, message);
        else
            fill_value(sample, field, message + field->offset);
    }
}

void *sample_make(struct sample *sample, const struct wire_message *type)
{
    void *message = xcalloc(1, type->size);

    fill_message(sample, type, message);
    return message;
}

void sample_free(const struct wire_message *type, void *message)
{
    wire_message_clear(type, message);
    free(message);
}
