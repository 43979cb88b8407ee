#include "cli/command.h"
#include "cli/exit_codes.h"

#include <stdio.h>

static const char help[] = "Usage: leat version\n\nPrints the version of this program.\n";

static int run(int argc, char **argv)
{
    if (argc > 1 && argv[1][0] == '-' && (argv[1][1] == 'h' || argv[1][2] == 'h'))
        return command_print_help(&command_version);
    printf("leat %s\n", LEAT_VERSION);
    return EXIT_OK;
}

const struct command command_version = {
    .name = "version", .summary = "print the version", .help = help, .run = run};
