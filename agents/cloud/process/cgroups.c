#include "process/cgroups.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOUNTINFO_MAX ((size_t)4 << 20)

static const struct {
    const char *name;
    unsigned controller;
} names[] = {{"cpu", CGROUP_CPU},       {"memory", CGROUP_MEMORY}, {"pids", CGROUP_PIDS},
             {"cpuset", CGROUP_CPUSET}, {"io", CGROUP_IO},         {"blkio", CGROUP_IO}};

static unsigned controllers_in(char *list, const char *separators)
{
    unsigned controllers = 0;
    char *rest = NULL;

    for (char *name = strtok_r(list, separators, &rest); name != NULL;
         name = strtok_r(NULL, separators, &rest)) {
        for (size_t i = 0; i < array_size(names); i++) {
            if (strcmp(name, names[i].name) == 0)
                controllers |= names[i].controller;
        }
    }
    return controllers;
}

static unsigned unified_controllers(const char *path)
{
    _cleanup_free_ char *file = xasprintf("%s/cgroup.controllers", path);
    struct buf text = BUF_INIT(4097);
    unsigned controllers = 0;

    if (file_read(file, 4096, &text, NULL) == 0 && text.len > 0) {
        _cleanup_free_ char *list = xstrdup(buf_text(&text));
        controllers = controllers_in(list, " \n");
    }
    buf_free(&text);
    return controllers;
}

/* "34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime shared:9 - cgroup cgroup rw,cpuset": what follows
 * the dash are type, source and the hierarchy's own options. */
static bool parse_line(char *line, struct cgroup_hierarchy *ret)
{
    unsigned major, minor;
    char type[16], options[256];
    char *dash = strstr(line, " - ");

    if (dash == NULL || sscanf(line, "%*s %*s %u:%u %*s %255s", &major, &minor, ret->path) != 3 ||
        sscanf(dash + 3, "%15s %*s %255s", type, options) != 2)
        return false;
    ret->device = major << 20 | minor;
    ret->unified = strcmp(type, "cgroup2") == 0;
    if (!ret->unified && strcmp(type, "cgroup") != 0)
        return false;
    ret->controllers =
        ret->unified ? unified_controllers(ret->path) : controllers_in(options, ",");
    return true;
}

static bool is_known(const struct cgroups *cgroups, unsigned device)
{
    for (size_t i = 0; i < cgroups->count; i++) {
        if (cgroups->hierarchies[i].device == device)
            return true;
    }
    return false;
}

void cgroups_parse(const char *mountinfo, struct cgroups *ret)
{
    _cleanup_free_ char *copy = xstrdup(mountinfo);
    struct cgroup_hierarchy found;
    char *rest = NULL;

    *ret = (struct cgroups){.count = 0};
    for (char *line = strtok_r(copy, "\n", &rest);
         line != NULL && ret->count < CGROUPS_HIERARCHIES_MAX; line = strtok_r(NULL, "\n", &rest)) {
        if (parse_line(line, &found) && !is_known(ret, found.device))
            ret->hierarchies[ret->count++] = found;
    }
}

int cgroups_read(struct cgroups *ret, struct error *err)
{
    struct buf text = BUF_INIT(MOUNTINFO_MAX + 1);
    int result = file_read("/proc/self/mountinfo", MOUNTINFO_MAX, &text, err);

    if (result == 0)
        cgroups_parse(buf_text(&text), ret);
    buf_free(&text);
    return result;
}

unsigned cgroups_controllers(const struct cgroups *cgroups)
{
    unsigned controllers = 0;

    for (size_t i = 0; i < cgroups->count; i++)
        controllers |= cgroups->hierarchies[i].controllers;
    return controllers;
}
