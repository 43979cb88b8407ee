#include "process/requirements.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "process/cgroups.h"
#include "process/host_command.h"

#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUILDKIT_MINOR_LEAST 17 /* older ones do not negotiate HTTP/2 over TLS */

void programs_clear(struct programs *programs)
{
    free(programs->machine_agent);
    free(programs->buildkitd);
    free(programs->runc);
    *programs = (struct programs){0};
}

const char *requirements_container_hint(void)
{
    if (access("/.dockerenv", F_OK) < 0 && access("/run/.containerenv", F_OK) < 0 &&
        getenv("container") == NULL)
        return "";
    return "; this is a container: start it with `docker run --privileged -v leat:/var/lib/leat`";
}

/* --- findings --- */

struct findings {
    unsigned count;
    struct error first;
};

__attribute__((format(printf, 2, 3))) static void missing(struct findings *findings,
                                                          const char *format, ...)
{
    char text[300];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (findings->count++ == 0)
        error_set(&findings->first, ERROR_MISSING, "%s", text);
    log_error("machines cannot be run here: %s", text);
}

/* --- privileges --- */

static uint64_t effective_capabilities(void)
{
    struct buf text = BUF_INIT(65536);
    unsigned long long capabilities = 0;

    if (file_read("/proc/self/status", 65535, &text, NULL) == 0) {
        const char *line = strstr(buf_text(&text), "CapEff:");
        if (line != NULL && sscanf(line, "CapEff: %llx", &capabilities) != 1)
            capabilities = 0;
    }
    buf_free(&text);
    return capabilities;
}

static void check_privileges(struct findings *findings)
{
    uint64_t capabilities = effective_capabilities();

    if (geteuid() != 0)
        missing(findings, "not root: machines need namespaces, mounts and a bridge (use sudo)");
    else if ((capabilities >> CAP_SYS_ADMIN & 1) == 0)
        missing(findings, "root lacks CAP_SYS_ADMIN%s", requirements_container_hint());
    else if ((capabilities >> CAP_NET_ADMIN & 1) == 0)
        missing(findings, "root lacks CAP_NET_ADMIN%s", requirements_container_hint());
}

/* --- programs --- */

static void check_tools(struct findings *findings)
{
    static const struct {
        const char *name, *package;
    } tools[] = {{"ip", "iproute2"},          {"iptables", "iptables"},
                 {"iptables-restore", "iptables"}, {"mkfs.btrfs", "btrfs-progs"},
                 {"btrfs", "btrfs-progs"},    {"mount", "mount"}};

    for (size_t i = 0; i < array_size(tools); i++) {
        _cleanup_free_ char *path = file_find_program(tools[i].name);
        if (path == NULL)
            missing(findings, "there is no program %s in PATH (Debian: %s)", tools[i].name,
                    tools[i].package);
    }
}

static void check_cni(const char *folder, struct findings *findings)
{
    static const char *const plugins[] = {"bridge", "firewall", "host-local", "loopback"};

    for (size_t i = 0; i < array_size(plugins); i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", folder, plugins[i]);
        if (access(path, X_OK) < 0)
            missing(findings, "there is no CNI plug-in %s (Debian: containernetworking-plugins)", path);
    }
}

/* A name is looked for beside this program too, where our own programs are. */
static char *find_program(const char *name)
{
    char own[PATH_MAX];

    if (strchr(name, '/') != NULL)
        return access(name, X_OK) == 0 ? realpath(name, NULL) : NULL;
    ssize_t len = readlink("/proc/self/exe", own, sizeof(own) - 1);
    if (len > 0) {
        own[len] = '\0';
        _cleanup_free_ char *beside = xasprintf("%.*s/%s", (int)(strrchr(own, '/') - own), own, name);
        if (access(beside, X_OK) == 0)
            return take_pointer(beside);
    }
    return file_find_program(name);
}

static char *check_program(const char *option, const char *name, struct findings *findings)
{
    char *path = find_program(name);

    if (path == NULL)
        missing(findings, "process.%s: there is no program %s", option, name);
    return path;
}

int requirements_buildkit_version(const char *output, struct error *err)
{
    static const char before[] = "github.com/moby/buildkit ";
    const char *version = strstr(output, before);
    unsigned major, minor;

    version = version != NULL ? version + strlen(before) : "";
    if (*version == 'v')
        version++;
    if (sscanf(version, "%u.%u", &major, &minor) != 2)
        return error_set(err, ERROR_MISSING, "its version is not understood: %.80s", output);
    if (major == 0 && minor < BUILDKIT_MINOR_LEAST)
        return error_set(err, ERROR_MISSING, "it is BuildKit %u.%u; v0.%d or newer is needed", major,
                         minor, BUILDKIT_MINOR_LEAST);
    return 0;
}

static void check_buildkit(const char *path, struct findings *findings)
{
    const char *const argv[] = {path, "--version", NULL};
    struct buf output = BUF_INIT(65536);
    struct error err = ERROR_INIT;

    if (host_command_code(argv, &output, &err) < 0 ||
        requirements_buildkit_version(buf_text(&output), &err) < 0)
        missing(findings, "process.buildkitd: %s: %s", path, err.message);
    buf_free(&output);
}

/* --- the kernel --- */

static bool kernel_has_btrfs(void)
{
    struct buf text = BUF_INIT(65536);
    bool has = file_read("/proc/filesystems", 65535, &text, NULL) == 0 &&
               strstr(buf_text(&text), "\tbtrfs\n") != NULL;

    buf_free(&text);
    return has;
}

static void check_kernel(struct findings *findings)
{
    static const char *const modprobe[] = {"modprobe", "btrfs", NULL};

    if (!kernel_has_btrfs() && host_command(modprobe, NULL) < 0)
        missing(findings, "the kernel has no btrfs (modprobe btrfs fails)");
}

static void check_cgroups(struct findings *findings)
{
    static const struct {
        const char *name;
        unsigned controller;
    } needed[] = {{"cpu", CGROUP_CPU}, {"memory", CGROUP_MEMORY}, {"pids", CGROUP_PIDS}};
    struct cgroups cgroups;
    struct error err;

    if (cgroups_read(&cgroups, &err) < 0) {
        missing(findings, "%s", err.message);
        return;
    }
    for (size_t i = 0; i < array_size(needed); i++) {
        if ((cgroups_controllers(&cgroups) & needed[i].controller) == 0)
            missing(findings, "no cgroup hierarchy has the controller %s%s", needed[i].name,
                    requirements_container_hint());
    }
}

int requirements_check(const struct process_provider_options *options, struct programs *ret,
                       struct error *err)
{
    struct findings findings = {0};

    check_privileges(&findings);
    check_tools(&findings);
    check_cni(options->cni_folder, &findings);
    check_kernel(&findings);
    check_cgroups(&findings);
    ret->machine_agent = check_program("machine_agent", options->machine_agent, &findings);
    ret->runc = check_program("runc", options->runc, &findings);
    ret->buildkitd = check_program("buildkitd", options->buildkitd, &findings);
    if (ret->buildkitd != NULL)
        check_buildkit(ret->buildkitd, &findings);
    if (findings.count == 0)
        return 0;
    if (findings.count > 1)
        error_set(err, ERROR_MISSING, "%s; and %u more, see above", findings.first.message,
                  findings.count - 1);
    else
        error_set(err, ERROR_MISSING, "%s", findings.first.message);
    return -1;
}
