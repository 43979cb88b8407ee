#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/command.h"
#include "cli/exit_codes.h"
#include "cli/installation.h"
#include "cli/query.h"
#include "cli/table.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "Usage: leat status [--state FOLDER] [--json]\n\n"
    "Shows whether the installation on this computer runs, its parts, and what it is doing.\n"
    "Exit code 0 when everything is ready, 69 when it does not run, 75 when a part is not "
    "ready.\n\n"
    "  --state FOLDER   which one (default: LEAT_STATE, else /var/lib/leat)\n"
    "  --json           for machines\n";

#define STATUS_MAX 65536

static json_t *read_status(const struct installation *installation)
{
    _cleanup_free_ char *path = installation_path(installation, "run/status.json");
    struct buf text = BUF_INIT(STATUS_MAX + 1);
    json_t *status = NULL;

    if (file_read(path, STATUS_MAX, &text, NULL) == 0)
        status = json_loads(buf_text(&text), JSON_REJECT_DUPLICATES, NULL);
    buf_free(&text);
    return status;
}

struct api_view {
    json_t *machines; /* NULL when it does not tell */
    bool ready;
    struct error error; /* why it is not ready */
};

static void ask(struct api_view *view, struct loop *loop, struct api *api)
{
    json_t *readiness = NULL;

    view->ready = api_get(loop, api, "/readyz", &readiness, &view->error) == 0;
    json_decref(readiness);
    if (api_get(loop, api, "/v1/machines", &view->machines, view->ready ? &view->error : NULL) < 0)
        view->ready = false;
}

static void ask_api(struct api_view *view)
{
    struct profile profile;

    *view = (struct api_view){0};
    if (profile_load(&profile, &view->error) < 0)
        return;
    struct loop *loop = loop_new();
    struct api *api = api_open(loop, &profile, &view->error);
    if (api != NULL)
        ask(view, loop, api);
    api_close(api);
    loop_free(loop);
    profile_clear(&profile);
}

static bool all_ready(const json_t *status)
{
    json_t *part;
    size_t i;

    json_array_foreach(json_object_get(status, "parts"), i, part)
    {
        const char *state = query_text(part, "state"), *name = query_text(part, "name");
        if (!text_equal(state, "ready") && !text_equal(name, "redis"))
            return false;
    }
    return true;
}

static void print_parts(const json_t *status)
{
    static const char *const headings[] = {"PART", "STATE", "PID", "RESTARTS", "LAST WORDS"};
    struct table *table = table_new(headings, array_size(headings));
    json_t *part;
    size_t i;

    json_array_foreach(json_object_get(status, "parts"), i, part)
    {
        char pid[24], restarts[24];
        snprintf(pid, sizeof(pid), "%lld",
                 (long long)json_integer_value(json_object_get(part, "pid")));
        snprintf(restarts, sizeof(restarts), "%lld",
                 (long long)json_integer_value(json_object_get(part, "restarts")));
        const char *cells[] = {query_text(part, "name"), query_text(part, "state"), pid, restarts,
                               query_text(part, "last_line")};
        table_add(table, cells);
    }
    table_print(table, stdout);
    table_free(table);
}

static void print_work(const struct api_view *view)
{
    const json_t *list = json_object_get(view->machines, "machines");
    long long builds = 0;
    json_t *machine;
    size_t i;

    if (!view->ready)
        printf("The API is not ready: %s\n", view->error.message);
    if (view->machines == NULL)
        return;
    json_array_foreach(list, i, machine) builds +=
        json_integer_value(json_object_get(machine, "builds"));
    printf("machines: %zu, builds on them: %lld\n", json_array_size(list), builds);
}

static int show(const struct installation *installation, bool json)
{
    struct api_view view;
    json_t *status = read_status(installation);

    ask_api(&view);
    bool ready = status != NULL && view.ready && all_ready(status);
    if (json) {
        json_t *all = json_pack("{s:b, s:b, s:s, s:s, s:O?, s:O?}", "running", 1, "ready", ready,
                                "reason", view.ready ? "" : view.error.message, "folder",
                                installation->folder, "supervisor", status, "api", view.machines);
        query_print(all);
        json_decref(all);
    } else {
        printf("Leat runs in %s, log: %s, API: https://127.0.0.1:%lld\n", installation->folder,
               installation->brokers != NULL ? installation->brokers : "local",
               (long long)installation->port);
        print_parts(status);
        print_work(&view);
    }
    json_decref(status);
    json_decref(view.machines);
    return ready ? EXIT_OK : EXIT_TRY_AGAIN;
}

static int not_running(const char *folder, bool json)
{
    if (json)
        printf("{\"running\": false, \"folder\": \"%s\"}\n", folder);
    else
        printf("Leat does not run in %s; `sudo leat up` starts it.\n", folder);
    return EXIT_MISSING;
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {{"state", required_argument, NULL, 's'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct installation installation;
    struct error err;
    bool json = false;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 's')
            setenv("LEAT_STATE", optarg, 1);
        else if (option == 'j')
            json = true;
        else
            return option == 'h' ? command_print_help(&command_status)
                                 : command_usage(&command_status);
    }
    if (optind < argc)
        return command_usage(&command_status);
    _cleanup_free_ char *folder = profile_state_folder();
    if (installation_supervisor(folder) == 0)
        return not_running(folder, json);
    if (installation_load(&installation, folder, &err) < 0)
        return command_fail("status", exit_code_of(&err), "%s", err.message);
    int code = show(&installation, json);
    installation_clear(&installation);
    return code;
}

const struct command command_status = {.name = "status",
                                       .summary = "show the installation on this computer",
                                       .help = help,
                                       .run = run};
