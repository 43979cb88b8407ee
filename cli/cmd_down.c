#include "base/memory.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/command.h"
#include "cli/exit_codes.h"
#include "cli/installation.h"
#include "cli/query.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char help[] =
    "Usage: leat down [--state FOLDER] [--now]\n\n"
    "Stops the installation on this computer: its machines drain, sync and end, then the parts.\n"
    "Caches, the log and settings are kept. While builds run it refuses.\n\n"
    "  --state FOLDER   which one (default: LEAT_STATE, else /var/lib/leat)\n"
    "  --now            cut builds that run\n";

#define LIMIT_S 120

/* Builds that have a place on a machine; 0 when the API cannot tell. */
static long long builds_running(void)
{
    struct profile profile;
    json_t *body = NULL, *machine;
    long long builds = 0;
    size_t i;

    if (profile_load(&profile, NULL) < 0)
        return 0;
    struct loop *loop = loop_new();
    struct api *api = api_open(loop, &profile, NULL);
    if (api != NULL && api_get(loop, api, "/v1/machines", &body, NULL) == 0) {
        json_array_foreach(json_object_get(body, "machines"), i, machine) builds +=
            json_integer_value(json_object_get(machine, "builds"));
    }
    json_decref(body);
    api_close(api);
    loop_free(loop);
    profile_clear(&profile);
    return builds;
}

static int stop(pid_t supervisor)
{
    _cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, supervisor, 0);
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    bool terminal = isatty(STDERR_FILENO) == 1;

    if (fd < 0 || syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0) < 0)
        return command_fail("down", errno == EPERM ? EXIT_NOT_ALLOWED : EXIT_IO,
                            "the supervisor (process %d): %s%s", (int)supervisor, strerror(errno),
                            errno == EPERM ? "; use sudo" : "");
    for (int second = 0; second < LIMIT_S; second++) {
        if (terminal)
            fprintf(stderr, "\r\033[Kleat: stopping, %d s", second);
        int came = poll(&ended, 1, 1000);
        if (terminal)
            fputs("\r\033[K", stderr);
        if (came > 0) {
            puts("Leat is down; caches and the log are kept. `leat up` starts it again.");
            return EXIT_OK;
        }
    }
    return command_fail("down", EXIT_TRY_AGAIN, "it did not end within %d s; see `leat logs`",
                        LIMIT_S);
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {{"state", required_argument, NULL, 's'},
                                            {"now", no_argument, NULL, 'n'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    bool now = false;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 's')
            setenv("LEAT_STATE", optarg, 1);
        else if (option == 'n')
            now = true;
        else
            return option == 'h' ? command_print_help(&command_down) : command_usage(&command_down);
    }
    if (optind < argc)
        return command_usage(&command_down);
    _cleanup_free_ char *folder = profile_state_folder();
    pid_t supervisor = installation_supervisor(folder);
    if (supervisor == 0) {
        printf("Leat is not running in %s.\n", folder);
        return EXIT_OK;
    }
    long long builds = now ? 0 : builds_running();
    if (builds > 0)
        return command_fail("down", EXIT_TRY_AGAIN,
                            "builds are running: %lld; wait for them, or cut them with --now",
                            builds);
    return stop(supervisor);
}

const struct command command_down = {.name = "down",
                                     .summary = "stop Leat on this computer, keep the caches",
                                     .help = help,
                                     .run = run};
