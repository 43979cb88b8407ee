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

/* NULL when the API does not answer. */
static json_t *ask_machines(void)
{
    struct profile profile;
    json_t *body = NULL;

    if (profile_load(&profile, NULL) < 0)
        return NULL;
    struct loop *loop = loop_new();
    struct api *api = api_open(loop, &profile, NULL);
    if (api != NULL)
        api_get(loop, api, "/v1/machines", &body, NULL);
    api_close(api);
    loop_free(loop);
    profile_clear(&profile);
    return body;
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

static void print_work(const json_t *machines)
{
    const json_t *list = json_object_get(machines, "machines");
    long long builds = 0;
    json_t *machine;
    size_t i;

    if (machines == NULL) {
        puts("The API does not answer.");
        return;
    }
    json_array_foreach(list, i, machine) builds +=
        json_integer_value(json_object_get(machine, "builds"));
    printf("machines: %zu, builds on them: %lld\n", json_array_size(list), builds);
}

static int show(const struct installation *installation, bool json)
{
    json_t *status = read_status(installation);
    json_t *machines = ask_machines();
    bool ready = status != NULL && machines != NULL && all_ready(status);

    if (json) {
        json_t *all = json_pack("{s:b, s:s, s:O?, s:O?}", "running", 1, "folder",
                                installation->folder, "supervisor", status, "api", machines);
        query_print(all);
        json_decref(all);
    } else {
        printf("Leat runs in %s, log: %s, API: https://127.0.0.1:%lld\n", installation->folder,
               installation->brokers != NULL ? installation->brokers : "local",
               (long long)installation->port);
        print_parts(status);
        print_work(machines);
    }
    json_decref(status);
    json_decref(machines);
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
