/* Configuration as one table per program: the table is also the reference page.
 *
 * A value comes from, later over earlier: the default, the INI file (lib/daemon reads it with
 * libinih), an environment variable LEAT_<SECTION>_<NAME>, and `--set section.name=value`.
 * All fields of the target struct are plain C: strings are owned char pointers (never NULL; ""
 * when unset), freed by config_clear().
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "base/buf.h"
#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum config_type {
    CONFIG_STRING,   /* char *                        */
    CONFIG_PATH,     /* char *, absolute or ""        */
    CONFIG_INT,      /* int64_t                       */
    CONFIG_BOOL,     /* bool: true/false/yes/no/on/off */
    CONFIG_DURATION, /* int64_t milliseconds: 250ms, 30s, 10m, 2h, 14d */
    CONFIG_BYTES,    /* int64_t: 512, 64KiB, 20MiB, 4GiB (KB, MB, GB mean the same) */
    CONFIG_CHOICE,   /* int: index into `choices`; -1 when unset */
};

struct config_option {
    const char *section;
    const char *name;
    enum config_type type;
    size_t offset;             /* offsetof the field in the program's config struct */
    const char *default_value; /* as it would be written in the file; "" for unset */
    int64_t min, max; /* INT, DURATION, BYTES: inclusive; STRING, PATH: max length (0: 4096) */
    const char *const *choices; /* CHOICE: NULL-terminated */
    bool required;              /* must not be left unset: "", or 0 for numbers */
    bool secret;                /* value is never printed */
    const char *about;          /* one or two sentences for the reference page */
};

struct config_table {
    const char *program; /* "leat-api" */
    const struct config_option *options;
    size_t count;
};

void config_defaults(const struct config_table *table, void *target);
/* Unknown option, unparsable value or value out of range: ERROR_INVALID that names the option, the
 * value and what would be valid; the target is unchanged then. */
int config_set(const struct config_table *table, void *target, const char *section,
               const char *name, const char *value, struct error *err);
/* Applies every LEAT_<SECTION>_<NAME> of `environ` that names an option of this table. */
int config_set_environment(const struct config_table *table, void *target, char *const *environment,
                           struct error *err);
int config_check_required(const struct config_table *table, const void *target, struct error *err);
/* Markdown: a heading for each section and a row for each option. */
void config_print_reference(const struct config_table *table, struct buf *out);
void config_clear(const struct config_table *table, void *target);

#endif
