/* What every daemon of Leat does in the same way: arguments, configuration, signals, readiness.
 *
 *   daemon_main() parses --config FILE, --set section.name=value (repeatable), --check-config,
 *   --config-reference, --version, --help; loads configuration (defaults, file, environment,
 *   --set); sets up logging (options [log] level and format, which every table includes through
 *   DAEMON_CONFIG_OPTIONS); makes the loop; calls `start`; notifies READY=1 when the program says
 *   so; runs the loop until SIGTERM or SIGINT; calls `stop`, which may go on asynchronously until
 *   it calls daemon_stopped() (a second signal, or the program's limit, ends it at once); returns the
 *   exit code.
 *
 * Exit codes (sysexits.h): 0 a clean end, 64 usage, 69 something needed is missing, 70 a defect,
 * 74 an IO error, 75 try again, 78 configuration.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "base/config.h"
#include "base/error.h"
#include "net/loop.h"

struct daemon;

struct daemon_log_config {
    int level;  /* enum log_level */
    int format; /* enum log_format */
};

extern const char *const daemon_log_levels[];
extern const char *const daemon_log_formats[];

/* The options that every program has; `config_type` holds a `struct daemon_log_config log`. */
#define DAEMON_CONFIG_OPTIONS(config_type)                                                         \
    {.section = "log", .name = "level", .type = CONFIG_CHOICE,                                     \
     .offset = offsetof(config_type, log) + offsetof(struct daemon_log_config, level),             \
     .default_value = "info", .choices = daemon_log_levels,                                        \
     .about = "Least severe messages that are logged."},                                           \
    {.section = "log", .name = "format", .type = CONFIG_CHOICE,                                    \
     .offset = offsetof(config_type, log) + offsetof(struct daemon_log_config, format),            \
     .default_value = "text", .choices = daemon_log_formats,                                       \
     .about = "`text` for people, `json` for machines: one object per line."}

struct daemon_program {
    const char *name;      /* "leat-api" */
    const char *component; /* in log lines: "api" */
    const char *summary;   /* one sentence for --help */
    const struct config_table *config;
    size_t config_size; /* sizeof the config struct */
    size_t log_offset;  /* offsetof(config, log) */
    /* Returns the program's state, or NULL with an error: then the exit code follows from its
     * code (MISSING 69, INVALID 78, IO 74, UNAVAILABLE 75, else 70). */
    void *(*start)(struct daemon *daemon, struct loop *loop, const void *config,
                   struct error *err);
    void (*stop)(void *state); /* begin to end; call daemon_stopped() when done */
    void (*free)(void *state);
    int64_t stop_limit_ms; /* how long the end may take; 0: 30 s; -1: for ever (a drain) */
};

int daemon_main(const struct daemon_program *program, int argc, char **argv);

void daemon_ready(struct daemon *daemon);   /* tells whoever started it (NOTIFY_SOCKET) */
void daemon_stopped(struct daemon *daemon); /* ends the loop; exit code 0 */
void daemon_fail(struct daemon *daemon, const struct error *err); /* logs, ends with its code */
int daemon_exit_code(const struct error *err);

/* INI by libinih: unknown sections and names, values out of range and lines that do not parse are
 * errors that name the file and the line; "~" is not expanded; at most 1 MiB. */
int daemon_load_config(const struct config_table *table, void *target, const char *path,
                       struct error *err);

#endif
