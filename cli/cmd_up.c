#include "base/environment.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/exit_codes.h"
#include "cli/installation.h"
#include "cli/profile.h"
#include "cli/supervisor.h"
#include "cli/tools.h"
#include "net/child.h"
#include "net/readiness.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: leat up [--state FOLDER] [--kafka HOST:PORT,...] [--foreground]\n\n"
    "Starts Leat on this computer: Redis, the API and a cloud-agent that launches machines in\n"
    "namespaces of their own. Everything is kept in one folder; `leat down` stops it and keeps "
    "the\n"
    "caches, and after `leat up` builds find them again.\n\n"
    "  --state FOLDER      where (default: LEAT_STATE, else /var/lib/leat)\n"
    "  --kafka BROKERS     Kafka for the log in place of a file on this computer\n"
    "  --foreground        stay, and end with Ctrl-C\n\n"
    "Needs root for namespaces, mounts and the bridge. Exit codes: 69 something is missing (the\n"
    "message says what), 75 it runs already, 78 configuration.\n";

#define READY_LIMIT_MS 60000

struct start {
    struct loop *loop;
    bool ready, ended;
    int exit_code;
    char why[600];
};

static void supervisor_ready(void *arg)
{
    struct start *start = arg;
    start->ready = true;
    loop_stop(start->loop);
}

static void supervisor_says(void *arg, const char *text)
{
    struct start *start = arg;
    text_copy(start->why, sizeof(start->why), text);
}

static void supervisor_ended(void *arg, const struct child_exit *ended)
{
    struct start *start = arg;
    start->ended = true;
    start->exit_code = ended->code > 0 ? ended->code : EXIT_DEFECT;
    loop_stop(start->loop);
}

static void too_slow(void *arg)
{
    struct start *start = arg;
    snprintf(start->why, sizeof(start->why), "not ready after %d s; see `leat logs`",
             READY_LIMIT_MS / 1000);
    start->exit_code = EXIT_TRY_AGAIN;
    loop_stop(start->loop);
}

/* Starts this program again as the supervisor: `leat up --supervise`, in a session of its own. */
static struct child *start_supervisor(struct start *start, const struct installation *installation,
                                      const char *notify, struct error *err)
{
    _cleanup_free_ char *program = tool_find_own("leat", err);
    const char *argv[] = {program,
                          "up",
                          "--supervise",
                          "--state",
                          installation->folder,
                          installation->brokers != NULL ? "--kafka" : NULL,
                          installation->brokers,
                          NULL};
    struct child_options options = CHILD_OPTIONS_INIT;
    _cleanup_free_ char *log = installation_path(installation, "logs/supervisor.log");
    _cleanup_close_ int log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    _cleanup_free_ char *variable = xasprintf("NOTIFY_SOCKET=%s", notify);

    if (program == NULL)
        return NULL;
    char **environment = environment_with((const char *const[]){variable, NULL});
    options.argv = argv;
    options.environment = (const char *const *)environment;
    options.folder = "/";
    options.stdout_fd = options.stderr_fd = log_fd;
    options.exited = supervisor_ended;
    options.arg = start;
    options.new_session = true;
    struct child *child = child_start(start->loop, &options, err);
    environment_free(environment);
    return child;
}

static int wait_until_ready(struct start *start, const struct installation *installation,
                            struct error *err)
{
    _cleanup_free_ char *notify = installation_path(installation, "run/up.notify");
    struct readiness *readiness =
        readiness_listen(start->loop, notify, supervisor_ready, supervisor_says, start, err);
    if (readiness == NULL)
        return -1;
    struct timer *limit = timer_new(start->loop, too_slow, start);
    struct child *child = start_supervisor(start, installation, notify, err);
    if (child != NULL) {
        timer_set(limit, READY_LIMIT_MS);
        loop_run(start->loop);
        if (!start->ended)
            child_abandon(child, false);
    }
    timer_free(limit);
    readiness_free(readiness);
    return child != NULL ? 0 : -1;
}

static int print_started(const struct installation *installation, int64_t took_ms)
{
    printf("Leat is up after %.1f s: %s, log: %s, API: https://127.0.0.1:%lld\n",
           (double)took_ms / 1000.0, installation->folder,
           installation->brokers != NULL ? installation->brokers : "local",
           (long long)installation->port);
    puts(
        "Next: `leat build .` in a folder with a Dockerfile; `leat status`; `leat down` stops it.");
    return EXIT_OK;
}

static int start_in_background(const struct installation *installation)
{
    struct start start = {.loop = loop_new()};
    struct error err;
    int code;
    int64_t began = loop_now_ms(start.loop);

    if (wait_until_ready(&start, installation, &err) < 0)
        code = command_fail("up", exit_code_of(&err), "%s", err.message);
    else if (start.ready)
        code = print_started(installation, loop_now_ms(start.loop) - began);
    else
        code = command_fail("up", start.exit_code, "%s",
                            start.why[0] != '\0' ? start.why : "it ended; see `leat logs`");
    loop_free(start.loop);
    return code;
}

static int up(const char *folder, const char *brokers, bool foreground, bool supervise)
{
    struct installation installation;
    struct error err;
    pid_t running = installation_supervisor(folder);

    if (running != 0)
        return command_fail("up", EXIT_TRY_AGAIN,
                            "Leat is running already in %s (process %d); `leat status` shows it",
                            folder, (int)running);
    if (geteuid() != 0)
        return command_fail("up", EXIT_MISSING,
                            "root is needed for namespaces, mounts and the bridge: sudo leat up");
    int result = supervise ? installation_load(&installation, folder, &err)
                           : installation_prepare(&installation, folder, brokers, &err);
    if (result < 0)
        return command_fail("up", exit_code_of(&err), "%s", err.message);
    int code;
    if (supervise || foreground) {
        log_setup("supervisor", LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
        code = supervisor_run(&installation);
    } else {
        code = start_in_background(&installation);
    }
    installation_clear(&installation);
    return code;
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {
        {"state", required_argument, NULL, 's'}, {"kafka", required_argument, NULL, 'k'},
        {"foreground", no_argument, NULL, 'f'},  {"supervise", no_argument, NULL, 'S'},
        {"help", no_argument, NULL, 'h'},        {0}};
    _cleanup_free_ char *folder = profile_state_folder();
    const char *brokers = NULL;
    bool foreground = false, supervise = false;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 's') {
            free(folder);
            folder = xstrdup(optarg);
        } else if (option == 'k') {
            brokers = optarg;
        } else if (option == 'f') {
            foreground = true;
        } else if (option == 'S') {
            supervise = true;
        } else {
            return option == 'h' ? command_print_help(&command_up) : command_usage(&command_up);
        }
    }
    if (optind < argc)
        return command_usage(&command_up);
    if (folder[0] != '/')
        return command_fail("up", EXIT_USAGE, "--state takes an absolute path, not %s", folder);
    return up(folder, brokers, foreground, supervise);
}

const struct command command_up = {
    .name = "up", .summary = "start Leat on this computer", .help = help, .run = run};
