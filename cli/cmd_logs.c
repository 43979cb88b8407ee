#include "base/memory.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/exit_codes.h"
#include "cli/profile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] = "Usage: leat logs [--lines N] [PART | MACHINE]\n\n"
                           "Shows what the parts of the installation on this computer have "
                           "written: supervisor, redis, api,\n"
                           "cloud-agent, or a machine by its id (while its folder is there). "
                           "Without a name: all parts.\n\n"
                           "  --lines N   the last N lines of each (default 50)\n";

#define TAIL_BYTES ((off_t)1 << 20)

/* The last `lines` lines of the last mebibyte. */
static void print_tail(const char *text, size_t len, int64_t lines)
{
    size_t start = len;

    while (start > 0) {
        if (text[start - 1] == '\n' && start < len && --lines == 0)
            break;
        start--;
    }
    fwrite(text + start, 1, len - start, stdout);
}

static int show_file(const char *path, int64_t lines)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
    off_t start = size > TAIL_BYTES ? size - TAIL_BYTES : 0;

    if (size < 0)
        return command_fail("logs", errno == ENOENT ? EXIT_MISSING : EXIT_IO, "%s: %s", path,
                            strerror(errno));
    _cleanup_free_ char *text = xmalloc((size_t)(size - start) + 1);
    ssize_t len = pread(fd, text, (size_t)(size - start), start);
    if (len > 0)
        print_tail(text, (size_t)len, lines);
    return EXIT_OK;
}

static int show_all(const char *folder, int64_t lines)
{
    static const char *const parts[] = {"supervisor", "redis", "api", "cloud-agent"};

    for (size_t i = 0; i < array_size(parts); i++) {
        _cleanup_free_ char *path = xasprintf("%s/logs/%s.log", folder, parts[i]);
        printf("==> %s <==\n", parts[i]);
        fflush(stdout);
        if (access(path, F_OK) == 0)
            show_file(path, lines);
    }
    return EXIT_OK;
}

static int show(const char *name, int64_t lines)
{
    _cleanup_free_ char *folder = profile_state_folder();

    if (name == NULL)
        return show_all(folder, lines);
    if (!text_is_name(name))
        return command_fail("logs", EXIT_USAGE, "%s is neither a part nor a machine", name);
    _cleanup_free_ char *part = xasprintf("%s/logs/%s.log", folder, name);
    if (access(part, F_OK) == 0)
        return show_file(part, lines);
    _cleanup_free_ char *machine = xasprintf("%s/machines/machines/%s/log", folder, name);
    return show_file(machine, lines);
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {
        {"lines", required_argument, NULL, 'n'}, {"help", no_argument, NULL, 'h'}, {0}};
    int64_t lines = 50;
    int option;

    while ((option = getopt_long(argc, argv, "n:h", options, NULL)) != -1) {
        if (option == 'n' && text_parse_int(optarg, 1, 100000, &lines, NULL) == 0)
            continue;
        return option == 'h' ? command_print_help(&command_logs) : command_usage(&command_logs);
    }
    if (argc - optind > 1)
        return command_usage(&command_logs);
    return show(optind < argc ? argv[optind] : NULL, lines);
}

const struct command command_logs = {
    .name = "logs", .summary = "show what the parts have written", .help = help, .run = run};
