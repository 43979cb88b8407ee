#include "base/memory.h"
#include "base/text.h"
#include "cli/build_arguments.h"
#include "cli/build_session.h"
#include "cli/command.h"
#include "cli/exit_codes.h"
#include "cli/tools.h"
#include "net/child.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: leat bake [--project NAME] [ARGUMENTS OF `docker buildx bake`] [TARGET...]\n\n"
    "Builds the targets of a bake file (docker-bake.hcl, docker-bake.json, compose.yaml) on "
    "remote\n"
    "builders with the project's persistent layer cache: one builder for each CPU architecture "
    "that\n"
    "a target names, all at once. Every argument is passed to `buildx bake` unchanged; --builder "
    "is\n"
    "refused, since Leat makes the builder.\n\n"
    "  --project NAME   whose cache and machines are used (default: LEAT_PROJECT, else leat.json\n"
    "                   here or in a folder above, else `default`)\n"
    "  --print          shows the targets and ends; needs no builder\n\n"
    "Exit codes are those of `leat build`. `docker buildx bake --help` lists all arguments.\n";

#define DEFINITION_MAX ((size_t)4 << 20)

struct resolved {
    struct loop *loop;
    int code;
    char *definition; /* what `buildx bake --print` says */
};

static void print_ended(void *arg, const struct child_exit *ended)
{
    struct resolved *resolved = arg;
    resolved->code = ended->signal != 0 ? 128 + ended->signal : ended->code;
    resolved->definition = xstrndup(ended->output, ended->output_len);
    loop_stop(resolved->loop);
}

static const char **bake_argv(const char *buildx, const struct build_arguments *arguments,
                              const char *extra)
{
    const char **argv = xcalloc(arguments->passed_count + 4, sizeof(*argv));
    size_t count = 0;

    argv[count++] = buildx;
    argv[count++] = "bake";
    if (extra != NULL)
        argv[count++] = extra;
    for (size_t i = 0; i < arguments->passed_count; i++)
        argv[count++] = arguments->passed[i];
    return argv;
}

/* Runs `buildx bake --print`; its complaints go to standard error as they are. */
static int resolve(const char *buildx, const struct build_arguments *arguments, char **ret,
                   struct error *err)
{
    struct resolved resolved = {.loop = loop_new(), .code = EXIT_DEFECT};
    _cleanup_free_ const char **argv = bake_argv(buildx, arguments, "--print");
    struct child_options options = CHILD_OPTIONS_INIT;

    options.argv = argv;
    options.stderr_fd = STDERR_FILENO;
    options.stdin_fd = STDIN_FILENO;
    options.capture_max = DEFINITION_MAX;
    options.exited = print_ended;
    options.arg = &resolved;
    options.die_with_parent = true;
    if (child_start(resolved.loop, &options, err) != NULL)
        loop_run(resolved.loop);
    else
        resolved.code = command_fail("bake", exit_code_of(err), "%s", err->message);
    loop_free(resolved.loop);
    *ret = resolved.definition;
    return resolved.code;
}

static int add_target(const json_t *target, bool archs[static 3], bool *has_output,
                      struct error *err)
{
    const json_t *platforms = json_object_get(target, "platforms");
    json_t *platform;
    size_t i;

    if (json_array_size(json_object_get(target, "output")) > 0)
        *has_output = true;
    if (json_array_size(platforms) == 0)
        archs[build_native_arch()] = true;
    json_array_foreach(platforms, i, platform)
    {
        const char *text = json_string_value(platform);
        if (text == NULL || build_platforms_add(text, build_native_arch(), archs, err) < 0)
            return -1;
    }
    return 0;
}

/* The architectures of all targets together. */
static int read_definition(const char *text, bool archs[static 3], bool *has_output,
                           struct error *err)
{
    const char *name;
    json_t *target;
    json_t *definition = json_loads(text, 0, NULL);
    json_t *targets = json_object_get(definition, "target");
    int result = 0;

    if (json_object_size(targets) == 0)
        result = error_set(err, ERROR_INVALID, "the bake file names no target");
    json_object_foreach(targets, name, target)
    {
        if (result == 0)
            result = add_target(target, archs, has_output, err);
    }
    json_decref(definition);
    return result;
}

static int run_session(const char *buildx, const struct build_arguments *arguments,
                       const bool archs[static 3], const char *project)
{
    struct profile profile;
    struct error err;

    if (profile_load(&profile, &err) < 0)
        return command_fail("bake", exit_code_of(&err), "%s", err.message);
    struct build_request request = {.command = "bake",
                                    .buildx = buildx,
                                    .project = project,
                                    .profile = &profile,
                                    .quiet = arguments->quiet,
                                    .arguments = arguments->passed,
                                    .argument_count = arguments->passed_count};
    memcpy(request.archs, archs, sizeof(request.archs));
    int code = build_session_run(&request);
    profile_clear(&profile);
    return code;
}

static int bake(const struct build_arguments *arguments)
{
    bool archs[3] = {false}, has_output = arguments->has_output;
    struct error err;
    _cleanup_free_ char *definition = NULL;
    _cleanup_free_ char *buildx = tool_find("buildx", "LEAT_BUILDX", &err);

    if (buildx == NULL)
        return command_fail("bake", exit_code_of(&err), "%s", err.message);
    _cleanup_free_ char *project = profile_project(arguments->project, &err);
    if (project == NULL)
        return command_fail("bake", EXIT_BAD_INPUT, "%s", err.message);
    int code = resolve(buildx, arguments, &definition, &err);
    if (code != EXIT_OK)
        return code;
    if (arguments->prints_only) {
        fputs(definition, stdout);
        return EXIT_OK;
    }
    if (read_definition(definition, archs, &has_output, &err) < 0)
        return command_fail("bake", EXIT_BAD_INPUT, "%s", err.message);
    code = run_session(buildx, arguments, archs, project);
    if (code == EXIT_OK && !has_output && !arguments->quiet)
        fprintf(stderr,
                "leat: built; the results are in the cache of project %s only. Add --load, --push "
                "or an output to the targets to get them out.\n",
                project);
    return code;
}

static int run(int argc, char **argv)
{
    struct build_arguments arguments;
    struct error err;

    if (build_arguments_parse(&arguments, argc - 1, argv + 1, &err) < 0)
        return command_fail("bake", EXIT_USAGE, "%s", err.message);
    int code = arguments.help ? command_print_help(&command_bake) : bake(&arguments);
    build_arguments_clear(&arguments);
    return code;
}

const struct command command_bake = {
    .name = "bake", .summary = "build the targets of a bake file", .help = help, .run = run};
