#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/exit_codes.h"
#include "cli/query.h"
#include "cli/table.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] = "Usage: leat machines [--all] [--json]\n\n"
                           "Lists the machines that exist, with what they do.\n\n"
                           "  --all    also the last 200 that are gone\n"
                           "  --json   as the API answers\n";

static void add_machine(struct table *table, const json_t *machine, long long now)
{
    char age[32], builds[24], arch[32], address[96];
    bool emulated = json_is_true(json_object_get(machine, "emulated"));
    const char *ip = query_text(machine, "address");

    table_age(age, sizeof(age), query_text(machine, "launched_at"), now);
    snprintf(builds, sizeof(builds), "%lld",
             (long long)json_integer_value(json_object_get(machine, "builds")));
    snprintf(arch, sizeof(arch), "%s%s", query_text(machine, "arch"),
             emulated ? " (emulated)" : "");
    snprintf(address, sizeof(address), "%s:%lld", ip,
             (long long)json_integer_value(json_object_get(machine, "port")));
    const char *cells[] = {query_text(machine, "id"),
                           query_text(machine, "project"),
                           arch,
                           query_text(machine, "state"),
                           builds,
                           ip[0] != '\0' ? address : "-",
                           age,
                           query_text(machine, "reason")};
    table_add(table, cells);
}

static void print_machines(const json_t *machines)
{
    static const char *const headings[] = {"MACHINE", "PROJECT", "ARCH",     "STATE",
                                           "BUILDS",  "ADDRESS", "LAUNCHED", "REASON"};
    struct table *table = table_new(headings, array_size(headings));
    size_t i;
    json_t *machine;

    json_array_foreach(machines, i, machine) add_machine(table, machine, clock_wall_ms());
    table_print(table, stdout);
    table_free(table);
}

static int list(bool all, bool json)
{
    json_t *body;
    int code = query_get("machines", all ? "/v1/machines?all=true" : "/v1/machines", &body);
    if (code != EXIT_OK)
        return code;
    if (json)
        query_print(body);
    else if (json_array_size(json_object_get(body, "machines")) == 0)
        puts("No machines. The next build launches one.");
    else
        print_machines(json_object_get(body, "machines"));
    json_decref(body);
    return EXIT_OK;
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {{"all", no_argument, NULL, 'a'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    bool all = false, json = false;
    int option;

    while ((option = getopt_long(argc, argv, "ah", options, NULL)) != -1) {
        if (option == 'a')
            all = true;
        else if (option == 'j')
            json = true;
        else
            return option == 'h' ? command_print_help(&command_machines)
                                 : command_usage(&command_machines);
    }
    return optind < argc ? command_usage(&command_machines) : list(all, json);
}

const struct command command_machines = {
    .name = "machines", .summary = "list machines", .help = help, .run = run};
