#include "cli/command.h"

#include "base/text.h"
#include "cli/exit_codes.h"

#include <stdarg.h>
#include <stdio.h>

const struct command *const commands[] = {
    &command_up,
    &command_down,
    &command_status,
    &command_init,
    &command_build,
    &command_bake,
    &command_builds,
    &command_machines,
    &command_events,
    &command_logs,
    &command_doctor,
    &command_version,
    NULL,
};

const struct command *command_find(const char *name)
{
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (text_equal(commands[i]->name, name))
            return commands[i];
    }
    return NULL;
}

int command_fail(const char *name, int exit_code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "leat %s: ", name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return exit_code;
}

int command_usage(const struct command *command)
{
    fprintf(stderr, "Try `leat %s --help`.\n", command->name);
    return EXIT_USAGE;
}

int command_print_help(const struct command *command)
{
    fputs(command->help, stdout);
    return EXIT_OK;
}

int exit_code_of(const struct error *err)
{
    switch (err->code) {
    case ERROR_NONE:
        return EXIT_OK;
    case ERROR_INVALID:
    case ERROR_CONFLICT:
        return EXIT_CONFIG;
    case ERROR_NOT_FOUND:
    case ERROR_MISSING:
        return EXIT_MISSING;
    case ERROR_DENIED:
        return EXIT_NOT_ALLOWED;
    case ERROR_UNAVAILABLE:
    case ERROR_TIMEOUT:
    case ERROR_LIMIT:
        return EXIT_TRY_AGAIN;
    case ERROR_IO:
        return EXIT_IO;
    case ERROR_CORRUPT:
    case ERROR_INTERNAL:
        break;
    }
    return EXIT_DEFECT;
}
