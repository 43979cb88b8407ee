#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/command.h"
#include "cli/exit_codes.h"
#include "cli/query.h"
#include "cli/table.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] = "Usage: leat builds [--project NAME] [--limit N] [--json] [BUILD]\n\n"
                           "Lists the newest builds, or shows one.\n\n"
                           "  --project NAME   of this project only\n"
                           "  --limit N        how many, 1 to 200 (default 20)\n"
                           "  --json           as the API answers\n";

static void describe_builders(const json_t *builders, struct buf *archs, struct buf *reason)
{
    size_t i;
    json_t *builder;

    json_array_foreach(builders, i, builder)
    {
        const char *why = query_text(builder, "reason");
        bool emulated = json_is_true(json_object_get(builder, "emulated"));
        buf_printf(archs, "%s%s%s", i > 0 ? "," : "", query_text(builder, "arch"),
                   emulated ? " (emulated)" : "");
        if (why[0] != '\0')
            buf_printf(reason, "%s%s", reason->len > 0 ? "; " : "", why);
    }
}

static void add_build(struct table *table, const json_t *build, long long now)
{
    char age[32];
    struct buf archs = BUF_INIT(4096), reason = BUF_INIT(4096);
    const char *outcome = query_text(build, "outcome");

    describe_builders(json_object_get(build, "builders"), &archs, &reason);
    table_age(age, sizeof(age), query_text(build, "created_at"), now);
    const char *cells[] = {query_text(build, "id"),
                           query_text(build, "project"),
                           outcome[0] != '\0' ? outcome : query_text(build, "state"),
                           buf_text(&archs),
                           age,
                           buf_text(&reason)};
    table_add(table, cells);
    buf_free(&archs);
    buf_free(&reason);
}

static void print_builds(const json_t *builds)
{
    static const char *const headings[] = {"BUILD", "PROJECT", "STATE",
                                           "ARCH",  "CREATED", "REASON"};
    struct table *table = table_new(headings, array_size(headings));
    size_t i;
    json_t *build;

    json_array_foreach(builds, i, build) add_build(table, build, clock_wall_ms());
    table_print(table, stdout);
    table_free(table);
}

static int list(const char *project, long limit, bool json)
{
    json_t *body;
    _cleanup_free_ char *path = project != NULL
                                    ? xasprintf("/v1/builds?limit=%ld&project=%s", limit, project)
                                    : xasprintf("/v1/builds?limit=%ld", limit);
    int code = query_get("builds", path, &body);
    if (code != EXIT_OK)
        return code;
    if (json)
        query_print(body);
    else if (json_array_size(json_object_get(body, "builds")) == 0)
        puts("No builds yet. `leat build .` makes the first.");
    else
        print_builds(json_object_get(body, "builds"));
    json_decref(body);
    return EXIT_OK;
}

static int show(const char *id, bool json)
{
    json_t *body;
    _cleanup_free_ char *escaped = api_escape(id);
    _cleanup_free_ char *path = xasprintf("/v1/builds/%s", escaped);
    int code = query_get("builds", path, &body);
    if (code != EXIT_OK)
        return code;
    if (json) {
        query_print(body);
    } else {
        json_t *one = json_pack("[O]", body);
        print_builds(one);
        json_decref(one);
    }
    json_decref(body);
    return EXIT_OK;
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {{"project", required_argument, NULL, 'p'},
                                            {"limit", required_argument, NULL, 'l'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *project = NULL;
    int64_t limit = 20;
    bool json = false;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'p' && text_is_name(optarg))
            project = optarg;
        else if (option == 'l' && text_parse_int(optarg, 1, 200, &limit, NULL) == 0)
            continue;
        else if (option == 'j')
            json = true;
        else if (option == 'p' || option == 'l')
            return command_fail("builds", EXIT_USAGE, "--%s does not take %s",
                                option == 'p' ? "project" : "limit", optarg);
        else
            return option == 'h' ? command_print_help(&command_builds)
                                 : command_usage(&command_builds);
    }
    if (argc - optind > 1)
        return command_usage(&command_builds);
    return optind < argc ? show(argv[optind], json) : list(project, (long)limit, json);
}

const struct command command_builds = {
    .name = "builds", .summary = "list builds, or show one", .help = help, .run = run};
