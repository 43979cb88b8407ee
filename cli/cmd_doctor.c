#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/command.h"
#include "cli/exit_codes.h"
#include "cli/profile.h"
#include "cli/tools.h"

#include <stdarg.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char help[] =
    "Usage: leat doctor [--json]\n\n"
    "Looks at this computer: what is installed, what is missing and what to do about it.\n"
    "A client needs buildx and an installation; the computer that machines run on needs the rest.\n"
    "Exit code 0 when a client can build, 69 when something that it needs is missing.\n";

enum verdict { GOOD, MISSING, NOTE };

struct finding {
    char part[32];
    enum verdict verdict;
    bool client; /* a client cannot build without it */
    char text[400];
};

#define FINDINGS_MAX 32
struct findings {
    struct finding list[FINDINGS_MAX];
    size_t count;
};

static void add(struct findings *findings, const char *part, enum verdict verdict, bool client,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

static void add(struct findings *findings, const char *part, enum verdict verdict, bool client,
                const char *format, ...)
{
    va_list args;

    if (findings->count == FINDINGS_MAX)
        return;
    struct finding *finding = &findings->list[findings->count++];
    text_copy(finding->part, sizeof(finding->part), part);
    finding->verdict = verdict;
    finding->client = client;
    va_start(args, format);
    vsnprintf(finding->text, sizeof(finding->text), format, args);
    va_end(args);
}

static void look_for_tool(struct findings *findings, const char *name, const char *variable,
                          bool client)
{
    struct error err;
    _cleanup_free_ char *path = tool_find(name, variable, &err);

    if (path != NULL)
        add(findings, name, GOOD, client, "%s", path);
    else
        add(findings, name, MISSING, client, "%s", err.message);
}

static void look_for_own(struct findings *findings, const char *name)
{
    struct error err;
    _cleanup_free_ char *path = tool_find_own(name, &err);

    if (path != NULL)
        add(findings, name, GOOD, false, "%s", path);
    else
        add(findings, name, MISSING, false, "%s", err.message);
}

static void look_for_program(struct findings *findings, const char *name, const char *package)
{
    _cleanup_free_ char *sbin = xasprintf("/usr/sbin/%s", name);
    _cleanup_free_ char *path = file_find_program(name);

    if (path != NULL || access(sbin, X_OK) == 0)
        add(findings, name, GOOD, false, "%s", path != NULL ? path : sbin);
    else
        add(findings, name, MISSING, false, "on Debian: apt-get install %s", package);
}

static void look_at_kernel(struct findings *findings)
{
    struct utsname name;
    struct buf filesystems = BUF_INIT(65536);

    uname(&name);
    add(findings, "kernel", GOOD, false, "%s %s %s", name.sysname, name.release, name.machine);
    if (file_read("/proc/filesystems", 65535, &filesystems, NULL) == 0 &&
        strstr(buf_text(&filesystems), "\tbtrfs\n") == NULL)
        add(findings, "btrfs", NOTE, false,
            "not loaded in this kernel now; cache volumes need it (modprobe btrfs)");
    else
        add(findings, "btrfs", GOOD, false, "in this kernel");
    buf_free(&filesystems);
    if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0)
        add(findings, "cgroups", GOOD, false, "v2");
    else if (access("/sys/fs/cgroup/memory", F_OK) == 0)
        add(findings, "cgroups", GOOD, false, "v1");
    else
        add(findings, "cgroups", MISSING, false, "no cgroup hierarchy at /sys/fs/cgroup");
}

static void look_at_privileges(struct findings *findings)
{
    if (geteuid() == 0)
        add(findings, "privileges", GOOD, false, "root: machines can be run here");
    else
        add(findings, "privileges", NOTE, false,
            "not root: `sudo leat up` runs machines here; building needs no root");
}

static void look_at_emulation(struct findings *findings)
{
    struct utsname name;
    uname(&name);
    const char *other = text_equal(name.machine, "aarch64") ? "x86_64" : "aarch64";
    _cleanup_free_ char *path = xasprintf("/proc/sys/fs/binfmt_misc/qemu-%s", other);

    if (access(path, F_OK) == 0)
        add(findings, "emulation", GOOD, false, "%s programs run here by emulation", other);
    else
        add(findings, "emulation", NOTE, false,
            "none: for %s builders on this computer, on Debian: apt-get install qemu-user-static "
            "binfmt-support",
            other);
}

static void look_at_disk(struct findings *findings)
{
    struct statvfs disk;
    _cleanup_free_ char *folder = profile_state_folder();

    if (statvfs(folder, &disk) < 0 && statvfs("/var/lib", &disk) < 0)
        return;
    double gib = (double)disk.f_bavail * (double)disk.f_frsize / 1073741824.0;
    add(findings, "disk", gib < 5 ? NOTE : GOOD, false, "%.0f GiB free for %s%s", gib, folder,
        gib < 5 ? ": caches will be small" : "");
}

static void look_at_installation(struct findings *findings)
{
    struct profile profile;
    struct error err;
    json_t *body = NULL;

    if (profile_load(&profile, &err) < 0) {
        add(findings, "installation", MISSING, true, "%s", err.message);
        return;
    }
    struct loop *loop = loop_new();
    struct api *api = api_open(loop, &profile, &err);
    if (api != NULL && api_get(loop, api, "/v1/machines", &body, &err) == 0)
        add(findings, "installation", GOOD, true, "%s answers (from %s)", profile.api_url,
            profile.from);
    else
        add(findings, "installation", MISSING, true, "%s", err.message);
    json_decref(body);
    api_close(api);
    loop_free(loop);
    profile_clear(&profile);
}

static void look(struct findings *findings)
{
    look_for_tool(findings, "buildx", "LEAT_BUILDX", true);
    look_at_installation(findings);
    look_at_kernel(findings);
    look_at_privileges(findings);
    look_for_own(findings, "leat-api");
    look_for_own(findings, "leat-cloud-agent");
    look_for_own(findings, "leat-machine-agent");
    look_for_tool(findings, "buildkitd", "LEAT_BUILDKITD", false);
    look_for_tool(findings, "runc", "LEAT_RUNC", false);
    look_for_tool(findings, "redis-server", "LEAT_REDIS_SERVER", false);
    look_for_program(findings, "ip", "iproute2");
    look_for_program(findings, "iptables", "iptables");
    look_for_program(findings, "btrfs", "btrfs-progs");
    if (access("/usr/lib/cni/bridge", X_OK) == 0)
        add(findings, "cni", GOOD, false, "/usr/lib/cni");
    else
        add(findings, "cni", MISSING, false,
            "on Debian: apt-get install containernetworking-plugins");
    look_at_emulation(findings);
    look_at_disk(findings);
}

static const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {"ok", "missing", "note"};
    return names[verdict];
}

static void print_json(const struct findings *findings)
{
    json_t *list = json_array();
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:b, s:s}", "part", finding->part, "verdict",
                                        verdict_name(finding->verdict), "needed_by_clients",
                                        finding->client, "text", finding->text));
    }
    json_dumpf(list, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(list);
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    struct findings findings = {0};
    bool json = false, can_build = true;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option != 'j')
            return option == 'h' ? command_print_help(&command_doctor)
                                 : command_usage(&command_doctor);
        json = true;
    }
    look(&findings);
    for (size_t i = 0; i < findings.count; i++) {
        const struct finding *finding = &findings.list[i];
        can_build &= !finding->client || finding->verdict != MISSING;
        if (!json)
            printf("%-8s %-20s %s\n", verdict_name(finding->verdict), finding->part, finding->text);
    }
    if (json)
        print_json(&findings);
    return can_build ? EXIT_OK : EXIT_MISSING;
}

const struct command command_doctor = {.name = "doctor",
                                       .summary = "look for what is missing, say what to do",
                                       .help = help,
                                       .run = run};
