#include "base/config_value.h"

#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

struct unit {
    const char *name;
    int64_t factor;
};

/* Largest first: a number is printed in the largest unit that divides it. */
static const struct unit duration_units[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
static const struct unit byte_units[] = {
    {"TiB", INT64_C(1) << 40}, {"GiB", INT64_C(1) << 30}, {"MiB", INT64_C(1) << 20},
    {"KiB", INT64_C(1) << 10}, {"TB", INT64_C(1) << 40},  {"GB", INT64_C(1) << 30},
    {"MB", INT64_C(1) << 20},  {"KB", INT64_C(1) << 10},  {"", 1}};

bool config_parse_bool(const char *text, bool *ret)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};

    for (size_t i = 0; i < array_size(words); i++) {
        if (strcmp(text, words[i]) == 0) {
            *ret = i % 2 == 1;
            return true;
        }
    }
    return false;
}

static const struct unit *find_unit(const struct unit *units, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(units[i].name, name) == 0)
            return &units[i];
    }
    return NULL;
}

static bool parse_number_with_unit(const char *text, const struct unit *units, size_t count,
                                   int64_t *ret)
{
    size_t digits = strspn(text, "0123456789");
    const struct unit *unit = find_unit(units, count, text + digits);
    char number[20];
    int64_t value;

    if (digits == 0 || digits >= sizeof(number) || !unit)
        return false;
    memcpy(number, text, digits);
    number[digits] = '\0';
    if (text_parse_int(number, 0, INT64_MAX, &value, NULL) < 0)
        return false;
    return !__builtin_mul_overflow(value, unit->factor, ret);
}

bool config_parse_duration(const char *text, int64_t *ret_ms)
{
    if (strcmp(text, "0") == 0)
        text = "0s";
    return parse_number_with_unit(text, duration_units, array_size(duration_units), ret_ms);
}

bool config_parse_bytes(const char *text, int64_t *ret)
{
    return parse_number_with_unit(text, byte_units, array_size(byte_units), ret);
}

bool config_parse_choice(const char *text, const char *const *choices, int *ret)
{
    for (int i = 0; choices[i]; i++) {
        if (strcmp(text, choices[i]) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static void put_number(enum config_type type, int64_t value, struct buf *out)
{
    bool duration = type == CONFIG_DURATION;
    const struct unit *unit = duration ? duration_units : byte_units;

    if (type == CONFIG_INT || value == 0) {
        buf_printf(out, "%" PRId64, value);
        return;
    }
    while (value % unit->factor != 0)
        unit++;
    buf_printf(out, "%" PRId64 "%s", value / unit->factor, unit->name);
}

static void put_range(const struct config_option *option, const char *what, struct buf *out)
{
    buf_printf(out, "%s from ", what);
    put_number(option->type, option->min, out);
    buf_puts(out, " to ");
    put_number(option->type, option->max, out);
}

void config_describe_valid(const struct config_option *option, struct buf *out)
{
    switch (option->type) {
    case CONFIG_STRING:
        buf_puts(out, "text");
        break;
    case CONFIG_PATH:
        buf_puts(out, "an absolute path");
        break;
    case CONFIG_INT:
        put_range(option, "a whole number", out);
        break;
    case CONFIG_BOOL:
        buf_puts(out, "true or false");
        break;
    case CONFIG_DURATION:
        put_range(option, "a duration", out);
        break;
    case CONFIG_BYTES:
        put_range(option, "a size", out);
        break;
    case CONFIG_CHOICE:
        for (size_t i = 0; option->choices[i]; i++)
            buf_printf(out, "%s%s", i > 0 ? ", " : "one of ", option->choices[i]);
        break;
    }
}
