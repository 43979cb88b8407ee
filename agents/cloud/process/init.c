#include "process/init.h"

#include "base/memory.h"
#include "base/text.h"
#include "process/cgroups.h"
#include "process/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* The launcher's end closes without BOOT_GO when it died or gave up. */
static bool wait_for_go(void)
{
    char text[8];
    ssize_t len = recv(BOOT_CONTROL_FD, text, sizeof(text), 0);
    return len == (ssize_t)strlen(BOOT_GO) && memcmp(text, BOOT_GO, strlen(BOOT_GO)) == 0;
}

static void tell(const char *text)
{
    send(BOOT_CONTROL_FD, text, strlen(text), MSG_NOSIGNAL);
}

static int number(const char *text, uint64_t *ret, struct error *err)
{
    int64_t value;

    if (text_parse_int(text, 0, INT64_MAX, &value, err) < 0)
        return -1;
    *ret = (uint64_t)value;
    return 0;
}

static int enter_cgroups(const struct boot *boot, struct error *err)
{
    _cleanup_free_ char *agent = xasprintf("%s/agent", boot->cgroup);
    struct cgroup_limits limits;
    struct cgroups cgroups;

    if (number(boot->cpu_millis, &limits.cpu_millis, err) < 0 ||
        number(boot->memory_bytes, &limits.memory_bytes, err) < 0 ||
        number(boot->pids_max, &limits.pids_max, err) < 0 || cgroups_read(&cgroups, err) < 0 ||
        cgroups_make(&cgroups, boot->cgroup, err) < 0 ||
        cgroups_limit(&cgroups, boot->cgroup, &limits, err) < 0 ||
        cgroups_make(&cgroups, agent, err) < 0)
        return -1;
    return cgroups_join(&cgroups, agent, err);
}

static int enter_namespaces(const struct boot *boot, struct error *err)
{
    if (unshare(CLONE_NEWUTS | CLONE_NEWIPC) < 0)
        return error_errno(err, errno, "namespaces for the machine");
    if (sethostname(boot->machine, strlen(boot->machine)) < 0)
        return error_errno(err, errno, "naming the machine");
    return 0;
}

/* BuildKit and what it runs open many files; the limit of an interactive shell is too low. */
static void raise_limits(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int make_world(const struct boot *boot, struct error *err)
{
    if (enter_cgroups(boot, err) < 0 || enter_namespaces(boot, err) < 0 ||
        init_network(boot, err) < 0 || init_mounts(boot, err) < 0)
        return -1;
    raise_limits();
    return chdir("/") == 0 ? 0 : error_errno(err, errno, "/");
}

/* Nothing of the launcher's environment but what a machine needs: LEAT_* would be taken for
 * configuration, and the rest may hold secrets. */
static char **make_environment(const struct boot *boot)
{
    static const char *const kept[] = {
        "PATH",        "LANG",         "HTTP_PROXY",    "HTTPS_PROXY",  "NO_PROXY",    "http_proxy",
        "https_proxy", "no_proxy",     "SSL_CERT_FILE", "SSL_CERT_DIR", "ASAN_OPTIONS",
        "LSAN_OPTIONS", "UBSAN_OPTIONS"};
    char **environment = xcalloc(array_size(kept) + 3, sizeof(*environment));
    size_t count = 0;

    for (size_t i = 0; i < array_size(kept); i++) {
        if (getenv(kept[i]) != NULL)
            environment[count++] = xasprintf("%s=%s", kept[i], getenv(kept[i]));
    }
    environment[count++] = xasprintf("TMPDIR=%s", boot->temporary);
    environment[count++] = xstrdup("HOME=" BOOT_RUN_FOLDER);
    return environment;
}

/* 0 is the instructions, 3 the control socket: the agent gets neither, nor anything else. */
static int close_descriptors(struct error *err)
{
    _cleanup_close_ int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null_fd < 0 || dup2(null_fd, BOOT_FD) < 0 ||
        close_range(BOOT_CONTROL_FD, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        return error_errno(err, errno, "closing descriptors");
    return 0;
}

static int become_agent(const struct boot *boot, struct error *err)
{
    char *argv[] = {boot->program, (char[]){"--config"}, (char[]){BOOT_CONFIG_FILE}, NULL};
    char **environment = make_environment(boot);

    if (close_descriptors(err) < 0)
        return -1;
    tell(BOOT_READY);
    execve(boot->program, argv, environment);
    return error_errno(err, errno, "starting %s", boot->program);
}

int process_machine_init(int argc, char **argv)
{
    struct boot boot;
    struct error err = ERROR_INIT;

    if (argc != 2 || getpid() != 1) {
        fprintf(stderr, "%s %s is for the launcher of machines only\n", argv[0],
                PROCESS_MACHINE_INIT);
        return 64;
    }
    setsid();
    umask(077);
    if (boot_read(BOOT_FD, &boot, &err) == 0 && wait_for_go() && make_world(&boot, &err) == 0)
        become_agent(&boot, &err);
    if (err.code != ERROR_NONE) {
        fprintf(stderr, "the machine could not be made: %s\n", err.message);
        tell(err.message);
    }
    _exit(1); /* at once: nothing of the launcher's is to be flushed or torn down here */
}
