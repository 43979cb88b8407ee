#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/exit_codes.h"

#include <ctype.h>
#include <getopt.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: leat init [--project NAME] [--force]\n\n"
    "Writes leat.json here, which names the project of every build in this folder and below:\n"
    "whose layer cache and machines they share. Commit it with the code.\n\n"
    "  --project NAME   a-z, 0-9 and '-', at most 63 characters (default: the folder's name)\n"
    "  --force          replace a leat.json that is there\n";

/* The folder's name with everything that a project name cannot have turned into '-'. */
static char *name_of_folder(void)
{
    char folder[PATH_MAX];
    char name[64];
    size_t len = 0;

    if (getcwd(folder, sizeof(folder)) == NULL)
        return xstrdup("default");
    for (const char *p = strrchr(folder, '/') + 1; *p != '\0' && len < sizeof(name) - 1; p++) {
        if (isalnum((unsigned char)*p))
            name[len++] = (char)tolower((unsigned char)*p);
        else if (len > 0 && name[len - 1] != '-')
            name[len++] = '-';
    }
    while (len > 0 && name[len - 1] == '-')
        len--;
    name[len] = '\0';
    return xstrdup(text_is_name(name) ? name : "default");
}

static int write_file(const char *project)
{
    struct error err;
    json_t *json = json_pack("{s:s}", "project", project);
    _cleanup_free_ char *text = json_dumps(json, JSON_INDENT(2));
    _cleanup_free_ char *content = xasprintf("%s\n", text);

    json_decref(json);
    if (file_write_atomic("leat.json", slice_text(content), 0644, &err) < 0)
        return command_fail("init", exit_code_of(&err), "%s", err.message);
    printf("Wrote leat.json: builds here and below belong to project %s.\n", project);
    return EXIT_OK;
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {{"project", required_argument, NULL, 'p'},
                                            {"force", no_argument, NULL, 'f'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *project = NULL;
    bool force = false;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'p')
            project = optarg;
        else if (option == 'f')
            force = true;
        else
            return option == 'h' ? command_print_help(&command_init) : command_usage(&command_init);
    }
    if (optind < argc)
        return command_usage(&command_init);
    if (project != NULL && !text_is_name(project))
        return command_fail("init", EXIT_USAGE,
                            "%s is not a project name: a-z, 0-9 and '-', at most 63 characters",
                            project);
    if (!force && access("leat.json", F_OK) == 0)
        return command_fail("init", EXIT_BAD_INPUT,
                            "leat.json is here already; --force replaces it");
    _cleanup_free_ char *name = project != NULL ? xstrdup(project) : name_of_folder();
    return write_file(name);
}

const struct command command_init = {.name = "init",
                                     .summary = "name the project of this folder in leat.json",
                                     .help = help,
                                     .run = run};
