#include "base/config.h"

#include "base/config_value.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX_DEFAULT 4096
#define CHOICE_UNSET     (-1)

static void *field_of(const struct config_option *option, void *target)
{
    return (char *)target + option->offset;
}

static const void *const_field_of(const struct config_option *option, const void *target)
{
    return (const char *)target + option->offset;
}

static bool is_text(const struct config_option *option)
{
    return option->type == CONFIG_STRING || option->type == CONFIG_PATH;
}

static bool text_is_valid(const struct config_option *option, const char *value)
{
    size_t max = option->max ? (size_t)option->max : TEXT_MAX_DEFAULT;

    if (strlen(value) > max || !text_is_utf8(slice_text(value)))
        return false;
    return option->type == CONFIG_STRING || value[0] == '\0' || value[0] == '/';
}

static bool set_text(const struct config_option *option, char **field, const char *value)
{
    if (!text_is_valid(option, value))
        return false;
    free(*field);
    *field = xstrdup(value);
    return true;
}

static bool set_number(const struct config_option *option, int64_t *field, const char *value)
{
    int64_t number;
    bool ok;

    if (option->type == CONFIG_DURATION)
        ok = config_parse_duration(value, &number);
    else if (option->type == CONFIG_BYTES)
        ok = config_parse_bytes(value, &number);
    else
        ok = text_parse_int(value, INT64_MIN, INT64_MAX, &number, NULL) == 0;
    if (!ok || number < option->min || number > option->max)
        return false;
    *field = number;
    return true;
}

static bool set_value(const struct config_option *option, void *target, const char *value)
{
    void *field = field_of(option, target);

    switch (option->type) {
    case CONFIG_STRING:
    case CONFIG_PATH:
        return set_text(option, field, value);
    case CONFIG_BOOL:
        return config_parse_bool(value, field);
    case CONFIG_CHOICE:
        return config_parse_choice(value, option->choices, field);
    case CONFIG_INT:
    case CONFIG_DURATION:
    case CONFIG_BYTES:
        return set_number(option, field, value);
    }
    return false;
}

static void set_unset(const struct config_option *option, void *target)
{
    void *field = field_of(option, target);

    if (is_text(option))
        *(char **)field = xstrdup("");
    else if (option->type == CONFIG_BOOL)
        *(bool *)field = false;
    else if (option->type == CONFIG_CHOICE)
        *(int *)field = CHOICE_UNSET;
    else
        *(int64_t *)field = 0;
}

static bool is_unset(const struct config_option *option, const void *target)
{
    const void *field = const_field_of(option, target);

    if (is_text(option))
        return **(char *const *)field == '\0';
    if (option->type == CONFIG_BOOL)
        return false;
    if (option->type == CONFIG_CHOICE)
        return *(const int *)field == CHOICE_UNSET;
    return *(const int64_t *)field == 0;
}

void config_defaults(const struct config_table *table, void *target)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct config_option *option = &table->options[i];

        set_unset(option, target);
        if (option->default_value[0] != '\0' && !set_value(option, target, option->default_value)) {
            log_error("defect: the default of %s.%s of %s is not valid", option->section,
                      option->name, table->program);
            abort();
        }
    }
}

static const struct config_option *find_option(const struct config_table *table,
                                               const char *section, const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct config_option *option = &table->options[i];

        if (strcmp(option->section, section) == 0 && strcmp(option->name, name) == 0)
            return option;
    }
    return NULL;
}

static int set_option(const struct config_option *option, void *target, const char *value,
                      struct error *err)
{
    _cleanup_buf_ struct buf valid = BUF_INIT(0);

    if (set_value(option, target, value))
        return 0;
    config_describe_valid(option, &valid);
    if (is_text(option))
        buf_printf(&valid, " of at most %lld bytes",
                   (long long)(option->max ? option->max : TEXT_MAX_DEFAULT));
    return error_set(err, ERROR_INVALID, "%s.%s: \"%.100s\" is not valid, it must be %.150s",
                     option->section, option->name, option->secret ? "***" : value,
                     buf_text(&valid));
}

int config_set(const struct config_table *table, void *target, const char *section,
               const char *name, const char *value, struct error *err)
{
    const struct config_option *option = find_option(table, section, name);

    if (!option)
        return error_set(err, ERROR_INVALID, "%s.%s: %s has no such option", section, name,
                         table->program);
    return set_option(option, target, value, err);
}

static bool variable_char_matches(char variable, char option)
{
    if (option == '-' || option == '.')
        option = '_';
    return variable == toupper((unsigned char)option);
}

/* Returns what follows `part` in upper case at the front of `variable`, or NULL. */
static const char *skip_part(const char *variable, const char *part)
{
    for (; *part; part++, variable++) {
        if (!variable_char_matches(*variable, *part))
            return NULL;
    }
    return variable;
}

/* The value of "LEAT_<SECTION>_<NAME>=value", NULL when the variable is another. */
static const char *variable_value(const struct config_option *option, const char *variable)
{
    const char *rest = skip_part(variable, "leat_");

    if (rest)
        rest = skip_part(rest, option->section);
    if (rest)
        rest = skip_part(rest, "_");
    if (rest)
        rest = skip_part(rest, option->name);
    return rest && *rest == '=' ? rest + 1 : NULL;
}

static int set_from_variable(const struct config_table *table, void *target, const char *variable,
                             struct error *err)
{
    for (size_t i = 0; i < table->count; i++) {
        const char *value = variable_value(&table->options[i], variable);

        if (value && set_option(&table->options[i], target, value, err) < 0)
            return error_prefix(err, "environment variable %.*s", (int)(value - variable - 1),
                                variable);
    }
    return 0;
}

int config_set_environment(const struct config_table *table, void *target, char *const *environment,
                           struct error *err)
{
    for (; environment && *environment; environment++) {
        if (set_from_variable(table, target, *environment, err) < 0)
            return -1;
    }
    return 0;
}

int config_check_required(const struct config_table *table, const void *target, struct error *err)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct config_option *option = &table->options[i];

        if (option->required && is_unset(option, target))
            return error_set(err, ERROR_INVALID, "%s.%s must be set: %s", option->section,
                             option->name, option->about);
    }
    return 0;
}

void config_clear(const struct config_table *table, void *target)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct config_option *option = &table->options[i];
        char **field;

        if (!is_text(option))
            continue;
        field = field_of(option, target);
        free(*field);
        *field = NULL;
    }
}
