#include "base/text.h"
#include "cli/command.h"
#include "cli/exit_codes.h"

#include <stdio.h>

static int print_overview(FILE *out)
{
    fputs("leat - builds containers on remote builders with a shared, persistent layer cache\n\n"
          "Usage: leat COMMAND [OPTIONS]\n\nCommands:\n",
          out);
    for (size_t i = 0; commands[i] != NULL; i++)
        fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\nFirst steps:\n"
          "  leat doctor        see what is installed and what is missing\n"
          "  sudo leat up       start the installation on this computer\n"
          "  leat build .       instead of `docker build .`\n\n"
          "`leat COMMAND --help` explains a command.\n",
          out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return print_overview(stderr);
    const char *name = argv[1];
    if (text_equal(name, "--help") || text_equal(name, "-h") || text_equal(name, "help")) {
        const struct command *topic = argc > 2 ? command_find(argv[2]) : NULL;
        return topic != NULL ? command_print_help(topic) : print_overview(stdout);
    }
    if (text_equal(name, "--version"))
        name = "version";
    const struct command *command = command_find(name);
    if (command == NULL) {
        fprintf(stderr, "leat: there is no command `%s`; `leat --help` lists them.\n", name);
        return EXIT_USAGE;
    }
    return command->run(argc - 1, argv + 1);
}
