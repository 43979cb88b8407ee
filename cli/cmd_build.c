#include "base/memory.h"
#include "cli/build_arguments.h"
#include "cli/build_session.h"
#include "cli/command.h"
#include "cli/exit_codes.h"
#include "cli/tools.h"

#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "Usage: leat build [--project NAME] [ARGUMENTS OF `docker buildx build`] PATH|URL|-\n\n"
    "Builds on a remote builder with the project's persistent layer cache. Every argument is "
    "passed\n"
    "to `buildx build` unchanged; these are looked at:\n\n"
    "  --project NAME       whose cache and machines are used (default: LEAT_PROJECT, else\n"
    "                       leat.json here or in a folder above, else `default`)\n"
    "  --platform LIST      one builder for each CPU architecture named, all at once\n"
    "                       (default: this computer's)\n"
    "  --load, --push, --output   where the result goes; without one of them it stays in the "
    "cache\n"
    "  --builder            refused: Leat makes the builder\n\n"
    "Examples:\n"
    "  leat build -t app --load .\n"
    "  leat build --platform linux/amd64,linux/arm64 -t registry.example/app --push .\n"
    "  leat build --output type=local,dest=out .\n\n"
    "The exit code is the build's own. Leat's failures: 64 usage, 65 bad input, 69 something is\n"
    "missing, 75 no builder can be had now, 77 not allowed, 78 configuration, 130 interrupted.\n"
    "`docker buildx build --help` lists all arguments.\n";

/* No --platform: DOCKER_DEFAULT_PLATFORM as docker has it, else this computer's architecture. */
static int default_platform(struct build_arguments *arguments, struct error *err)
{
    const char *variable = getenv("DOCKER_DEFAULT_PLATFORM");

    if (arguments->any_platform)
        return 0;
    if (variable != NULL && variable[0] != '\0')
        return build_platforms_add(variable, build_native_arch(), arguments->archs, err);
    arguments->archs[build_native_arch()] = true;
    return 0;
}

static int build(const struct build_arguments *arguments)
{
    struct error err;
    struct profile profile;
    _cleanup_free_ char *buildx = tool_find("buildx", "LEAT_BUILDX", &err);
    if (buildx == NULL)
        return command_fail("build", exit_code_of(&err), "%s", err.message);
    _cleanup_free_ char *project = profile_project(arguments->project, &err);
    if (project == NULL)
        return command_fail("build", EXIT_BAD_INPUT, "%s", err.message);
    if (profile_load(&profile, &err) < 0)
        return command_fail("build", exit_code_of(&err), "%s", err.message);
    struct build_request request = {.command = "build",
                                    .buildx = buildx,
                                    .project = project,
                                    .profile = &profile,
                                    .quiet = arguments->quiet,
                                    .arguments = arguments->passed,
                                    .argument_count = arguments->passed_count};
    for (size_t i = 0; i < array_size(request.archs); i++)
        request.archs[i] = arguments->archs[i];
    int code = build_session_run(&request);
    if (code == 0 && !arguments->has_output && !arguments->quiet)
        fprintf(stderr,
                "leat: built; the result is in the cache of project %s only. Add --load, --push or "
                "--output to get it out.\n",
                project);
    profile_clear(&profile);
    return code;
}

static int run(int argc, char **argv)
{
    struct build_arguments arguments;
    struct error err;

    if (build_arguments_parse(&arguments, argc - 1, argv + 1, &err) < 0)
        return command_fail("build", EXIT_USAGE, "%s", err.message);
    int code;
    if (arguments.help)
        code = command_print_help(&command_build);
    else if (arguments.passed_count == 0)
        code = command_fail("build", EXIT_USAGE,
                            "what is to be built? `leat build .` builds the current folder");
    else if (default_platform(&arguments, &err) < 0)
        code = command_fail("build", EXIT_USAGE, "%s", err.message);
    else
        code = build(&arguments);
    build_arguments_clear(&arguments);
    return code;
}

const struct command command_build = {
    .name = "build",
    .summary = "build a Dockerfile, instead of `docker build`",
    .help = help,
    .run = run,
};
