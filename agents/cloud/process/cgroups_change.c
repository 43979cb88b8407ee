/* Making, limiting, joining and removing cgroups. */
#include "process/cgroups.h"

#include "base/memory.h"
#include "process/cgroup_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CPU_PERIOD_US  UINT64_C(100000)
#define CPU_QUOTA_LEAST_US UINT64_C(1000) /* the kernel's own */

/* --- make --- */

/* A v1 cpuset starts without processors and memory nodes, and nothing may join it so. */
static int inherit_cpuset(const char *parent, const char *folder, struct error *err)
{
    static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
    struct buf text = BUF_INIT(65536);
    int result = 0;

    for (size_t i = 0; i < array_size(files) && result == 0; i++) {
        buf_clear(&text);
        result = cgroup_file_read(folder, files[i], &text, err);
        if (result < 0 || text.len > 1)
            continue;
        buf_clear(&text);
        result = cgroup_file_read(parent, files[i], &text, err);
        if (result == 0)
            result = cgroup_file_write(folder, files[i], buf_text(&text), err);
    }
    buf_free(&text);
    return result;
}

/* The root that a container sees is an inner cgroup, which may hand controllers on only when no
 * process is in it: they all move to "init", as other programs for containers do as well. */
static int empty_root(const char *root, struct error *err)
{
    _cleanup_free_ char *init = xasprintf("%s/init", root);
    struct buf text = BUF_INIT((size_t)1 << 20);
    char *rest = NULL;

    if (mkdir(init, 0755) < 0 && errno != EEXIST)
        return error_errno(err, errno, "%s", init);
    int result = cgroup_file_read(root, "cgroup.procs", &text, err);
    _cleanup_free_ char *list = xstrdup(buf_text(&text));
    for (char *pid = strtok_r(list, "\n", &rest); pid != NULL && result == 0;
         pid = strtok_r(NULL, "\n", &rest)) {
        /* ESRCH: it ended meanwhile. */
        if (cgroup_file_write(init, "cgroup.procs", pid, err) < 0 && errno != ESRCH)
            result = -1;
    }
    buf_free(&text);
    return result;
}

static int hand_on_controller(const char *folder, const char *root, const char *controller,
                              struct error *err)
{
    char text[32];

    snprintf(text, sizeof(text), "+%s", controller);
    if (cgroup_file_write(folder, "cgroup.subtree_control", text, err) == 0)
        return 0;
    if (errno != EBUSY || strcmp(folder, root) != 0 || empty_root(root, err) < 0)
        return -1;
    return cgroup_file_write(folder, "cgroup.subtree_control", text, err);
}

static int hand_on(const struct cgroup_hierarchy *hierarchy, const char *folder, struct error *err)
{
    static const struct {
        const char *name;
        unsigned controller;
        bool needed;
    } wanted[] = {{"cpu", CGROUP_CPU, true},
                  {"memory", CGROUP_MEMORY, true},
                  {"pids", CGROUP_PIDS, true},
                  {"cpuset", CGROUP_CPUSET, false},
                  {"io", CGROUP_IO, false}};

    for (size_t i = 0; i < array_size(wanted); i++) {
        if ((hierarchy->controllers & wanted[i].controller) != 0 &&
            hand_on_controller(folder, hierarchy->path, wanted[i].name, err) < 0 &&
            wanted[i].needed)
            return -1;
    }
    return 0;
}

static int make_level(const struct cgroup_hierarchy *hierarchy, const char *parent,
                      const char *folder, struct error *err)
{
    if (hierarchy->unified && hand_on(hierarchy, parent, err) < 0)
        return -1;
    if (mkdir(folder, 0755) < 0 && errno != EEXIST)
        return error_errno(err, errno, "making cgroup %s", folder);
    if (!hierarchy->unified && (hierarchy->controllers & CGROUP_CPUSET) != 0)
        return inherit_cpuset(parent, folder, err);
    return 0;
}

static int make_path(const struct cgroup_hierarchy *hierarchy, const char *path, struct error *err)
{
    _cleanup_free_ char *folder = xasprintf("%s/%s/", hierarchy->path, path);
    _cleanup_free_ char *parent = xstrdup(hierarchy->path);

    for (char *slash = folder + strlen(hierarchy->path) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (make_level(hierarchy, parent, folder, err) < 0)
            return -1;
        free(parent);
        parent = xstrdup(folder);
        *slash = '/';
    }
    return 0;
}

int cgroups_make(const struct cgroups *cgroups, const char *path, struct error *err)
{
    for (size_t i = 0; i < cgroups->count; i++) {
        if (make_path(&cgroups->hierarchies[i], path, err) < 0)
            return -1;
    }
    return 0;
}

/* --- limit --- */

static int limit_number(const char *folder, const char *file, uint64_t number, struct error *err)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, number);
    return cgroup_file_write(folder, file, text, err);
}

static int limit_cpu(const char *folder, bool unified, uint64_t millis, struct error *err)
{
    uint64_t quota = millis * CPU_PERIOD_US / 1000;
    char text[64];

    if (quota < CPU_QUOTA_LEAST_US)
        quota = CPU_QUOTA_LEAST_US;
    if (unified) {
        snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64, quota, CPU_PERIOD_US);
        return cgroup_file_write(folder, "cpu.max", text, err);
    }
    if (limit_number(folder, "cpu.cfs_period_us", CPU_PERIOD_US, err) < 0)
        return -1;
    return limit_number(folder, "cpu.cfs_quota_us", quota, err);
}

static int limit_one(const struct cgroup_hierarchy *hierarchy, const char *path,
                     const struct cgroup_limits *limits, struct error *err)
{
    _cleanup_free_ char *folder = xasprintf("%s/%s", hierarchy->path, path);

    if ((hierarchy->controllers & CGROUP_CPU) != 0 && limits->cpu_millis > 0 &&
        limit_cpu(folder, hierarchy->unified, limits->cpu_millis, err) < 0)
        return -1;
    if ((hierarchy->controllers & CGROUP_MEMORY) != 0 && limits->memory_bytes > 0 &&
        limit_number(folder, hierarchy->unified ? "memory.max" : "memory.limit_in_bytes",
                     limits->memory_bytes, err) < 0)
        return -1;
    if ((hierarchy->controllers & CGROUP_PIDS) != 0 && limits->pids_max > 0)
        return limit_number(folder, "pids.max", limits->pids_max, err);
    return 0;
}

int cgroups_limit(const struct cgroups *cgroups, const char *path,
                  const struct cgroup_limits *limits, struct error *err)
{
    for (size_t i = 0; i < cgroups->count; i++) {
        if (limit_one(&cgroups->hierarchies[i], path, limits, err) < 0)
            return -1;
    }
    return 0;
}

int cgroups_join(const struct cgroups *cgroups, const char *path, struct error *err)
{
    for (size_t i = 0; i < cgroups->count; i++) {
        _cleanup_free_ char *folder = xasprintf("%s/%s", cgroups->hierarchies[i].path, path);
        /* 0 is the writer itself, whatever PID namespace it is in. */
        if (cgroup_file_write(folder, "cgroup.procs", "0", err) < 0)
            return -1;
    }
    return 0;
}

/* --- remove --- */

static int remove_folder(int parent, const char *name);

static int remove_children(int fd)
{
    DIR *folder = fdopendir(fd);
    struct dirent *entry;
    int result = 0;

    if (folder == NULL) {
        close(fd);
        return -1;
    }
    while (result == 0 && (entry = readdir(folder)) != NULL) {
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
            result = remove_folder(dirfd(folder), entry->d_name);
    }
    int reason = errno;
    closedir(folder);
    errno = reason;
    return result;
}

/* Only folders are removed: the files of a cgroup go with it. */
static int remove_folder(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    if (remove_children(fd) < 0)
        return -1;
    return unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

int cgroups_remove(const struct cgroups *cgroups, const char *path, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < cgroups->count; i++) {
        _cleanup_free_ char *folder = xasprintf("%s/%s", cgroups->hierarchies[i].path, path);
        if (remove_folder(AT_FDCWD, folder) == 0)
            continue;
        bool busy = errno == EBUSY || errno == ENOTEMPTY;
        result = error_errno(err, errno, "removing cgroup %s", folder);
        if (err != NULL)
            err->retriable = busy;
    }
    return result;
}
