/* The commands of `leat`: one file each, with its own options and help. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

struct command {
    const char *name;
    const char *summary;               /* one line in `leat --help` */
    const char *help;                  /* the whole text of `leat NAME --help` */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit code */
};

extern const struct command command_up, command_down, command_status, command_init, command_build,
    command_bake, command_builds, command_machines, command_events, command_logs, command_doctor,
    command_version;

/* All of them, in the order of the help page; ends with NULL. */
extern const struct command *const commands[];

const struct command *command_find(const char *name);

/* Writes to standard error "leat NAME: message" and what to do next; returns `exit_code`. */
int command_fail(const char *name, int exit_code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* An option that getopt does not know: points to the help; returns EXIT_USAGE. */
int command_usage(const struct command *command);
int command_print_help(const struct command *command);

#endif
