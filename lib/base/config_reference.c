#include "base/config.h"
#include "base/config_value.h"

#include <ctype.h>
#include <string.h>

/* A cell of a Markdown table: a bar would end it. */
static void put_cell(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            buf_putc(out, '\\');
        buf_putc(out, *text == '\n' ? ' ' : *text);
    }
}

static void put_variable(struct buf *out, const char *part)
{
    buf_putc(out, '_');
    for (; *part; part++)
        buf_putc(out, *part == '-' || *part == '.' ? '_' : (char)toupper((unsigned char)*part));
}

static void put_default(struct buf *out, const struct config_option *option)
{
    if (option->default_value[0] == '\0') {
        buf_puts(out, option->required ? "required" : "unset");
        return;
    }
    buf_putc(out, '`');
    put_cell(out, option->default_value);
    buf_putc(out, '`');
}

static void put_row(struct buf *out, const struct config_option *option)
{
    buf_printf(out, "| `%s` | ", option->name);
    config_describe_valid(option, out);
    buf_puts(out, " | ");
    put_default(out, option);
    buf_puts(out, " | `LEAT");
    put_variable(out, option->section);
    put_variable(out, option->name);
    buf_puts(out, "` | ");
    put_cell(out, option->about);
    buf_puts(out, option->secret ? " Secret: never printed. |\n" : " |\n");
}

void config_print_reference(const struct config_table *table, struct buf *out)
{
    const char *section = "";

    for (size_t i = 0; i < table->count; i++) {
        const struct config_option *option = &table->options[i];

        if (strcmp(section, option->section) != 0) {
            buf_printf(out, "%s## [%s]\n\n", i > 0 ? "\n" : "", option->section);
            buf_puts(out, "| option | value | default | environment variable | about |\n");
            buf_puts(out, "|---|---|---|---|---|\n");
        }
        section = option->section;
        put_row(out, option);
    }
}
