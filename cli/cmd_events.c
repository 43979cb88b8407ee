#include "base/memory.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/command.h"
#include "cli/exit_codes.h"
#include "cli/query.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: leat events [--from now|start] [--topics LIST] [--no-follow] [--json]\n\n"
    "Shows the records of the log as they come: requests, machine events, decisions.\n\n"
    "  --from now|start   where to begin (default: now; start with --no-follow)\n"
    "  --topics LIST      of builder-requests, machine-events, fleet, dead-letters, "
    "comma-separated\n"
    "                     (default: all)\n"
    "  --no-follow        end at the end of the log\n"
    "  --json             one JSON object a line, secrets as ***\n";

#define LINE_MAX_BYTES ((size_t)4 << 20)

struct tail {
    struct loop *loop;
    struct api *api;
    struct buf line;
    bool json;
    int code;
};

static void print_change_part(const json_t *data, const char *list, const char *id)
{
    size_t i;
    json_t *entity;

    json_array_foreach(json_object_get(data, list), i, entity)
    {
        const char *reason = query_text(entity, "reason");
        printf(" %s=%s%s%s%s", query_text(entity, id), query_text(entity, "state"),
               reason[0] != '\0' ? " (" : "", reason, reason[0] != '\0' ? ")" : "");
    }
}

static void print_scalars(const json_t *data)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)data, name, value)
    {
        if (json_is_string(value) && json_string_length(value) > 0)
            printf(" %s=%s", name, json_string_value(value));
        else if (json_is_integer(value))
            printf(" %s=%lld", name, (long long)json_integer_value(value));
        else if (json_is_boolean(value))
            printf(" %s=%s", name, json_is_true(value) ? "true" : "false");
    }
}

static void print_for_people(const json_t *event)
{
    const json_t *data = json_object_get(event, "data");
    const char *type = query_text(event, "type"), *problem = query_text(event, "error");

    printf("%s %s/%lld@%lld %s", query_text(event, "time"), query_text(event, "topic"),
           (long long)json_integer_value(json_object_get(event, "partition")),
           (long long)json_integer_value(json_object_get(event, "offset")), type);
    if (problem[0] != '\0')
        printf(" cannot be read: %s", problem);
    if (text_equal(type, "leat.fleet.change")) {
        printf(" cause=%s", query_text(data, "cause"));
        print_change_part(data, "builders", "build");
        print_change_part(data, "machines", "machine");
        print_change_part(data, "volumes", "volume");
    } else if (data != NULL) {
        print_scalars(data);
    }
    putchar('\n');
}

static void print_line(struct tail *tail)
{
    if (tail->line.len == 0)
        return;
    if (tail->json) {
        puts(buf_text(&tail->line));
    } else {
        json_t *event = json_loads(buf_text(&tail->line), 0, NULL);
        if (event != NULL)
            print_for_people(event);
        json_decref(event);
    }
    buf_clear(&tail->line);
}

static void take_data(void *arg, struct slice data)
{
    struct tail *tail = arg;

    while (data.len > 0) {
        const uint8_t *end = memchr(data.data, '\n', data.len);
        size_t len = end != NULL ? (size_t)(end - data.data) : data.len;
        buf_append(&tail->line, data.data, len);
        if (end == NULL)
            break;
        print_line(tail);
        data = slice_of(end + 1, data.len - len - 1);
    }
    if (fflush(stdout) == EOF) /* a pipe that was closed: `leat events | head` */
        loop_stop(tail->loop);
}

static void ended(void *arg, const struct http_response *response, const struct error *err)
{
    struct tail *tail = arg;
    struct error problem;
    char code[64];

    if (err != NULL) {
        problem = *err;
        api_advise(tail->api, &problem);
        tail->code = command_fail("events", exit_code_of(err), "%s", problem.message);
    } else if (response->status != 200) {
        api_problem(response, code, &problem);
        tail->code = command_fail("events", exit_code_of(&problem), "%s", problem.message);
    }
    loop_stop(tail->loop);
}

static void stop_tail(void *arg)
{
    struct tail *tail = arg;
    loop_stop(tail->loop);
}

static int follow(const char *path, bool json)
{
    struct profile profile;
    struct error err;
    struct tail tail = {.json = json, .line = BUF_INIT(LINE_MAX_BYTES)};

    if (profile_load(&profile, &err) < 0)
        return command_fail("events", exit_code_of(&err), "%s", err.message);
    signal(SIGPIPE, SIG_IGN);
    tail.loop = loop_new();
    struct signal_watch *interrupt = signal_watch_new(tail.loop, SIGINT, stop_tail, &tail);
    struct signal_watch *terminate = signal_watch_new(tail.loop, SIGTERM, stop_tail, &tail);
    struct api *api = tail.api = api_open(tail.loop, &profile, &err);
    struct http_call_options options = {
        .path = path, .timeout_ms = -1, .data = take_data, .done = ended, .arg = &tail};
    if (api == NULL || http_client_call(api_http(api), &options, &err) == NULL)
        tail.code = command_fail("events", exit_code_of(&err), "%s", err.message);
    else
        loop_run(tail.loop);
    api_close(api);
    signal_watch_free(interrupt);
    signal_watch_free(terminate);
    loop_free(tail.loop);
    buf_free(&tail.line);
    profile_clear(&profile);
    return tail.code;
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {
        {"from", required_argument, NULL, 'f'}, {"topics", required_argument, NULL, 't'},
        {"no-follow", no_argument, NULL, 'n'},  {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},       {0}};
    const char *from = NULL, *topics = NULL;
    bool json = false, follows = true;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'f' && (text_equal(optarg, "now") || text_equal(optarg, "start")))
            from = optarg;
        else if (option == 't')
            topics = optarg;
        else if (option == 'n')
            follows = false;
        else if (option == 'j')
            json = true;
        else if (option == 'f')
            return command_fail("events", EXIT_USAGE, "--from takes now or start, not %s", optarg);
        else
            return option == 'h' ? command_print_help(&command_events)
                                 : command_usage(&command_events);
    }
    if (optind < argc)
        return command_usage(&command_events);
    if (from == NULL)
        from = follows ? "now" : "start";
    _cleanup_free_ char *escaped = api_escape(topics != NULL ? topics : "");
    _cleanup_free_ char *path =
        xasprintf("/v1/events?from=%s&follow=%s%s%s", from, follows ? "true" : "false",
                  topics != NULL ? "&topics=" : "", escaped);
    return follow(path, json);
}

const struct command command_events = {
    .name = "events", .summary = "show the log's records as they come", .help = help, .run = run};
