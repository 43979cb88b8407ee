/* A machine's place in the cgroup hierarchies of this computer, v1, v2 or both at once.
 *
 *   leat/<installation>/<machine>          limits
 *   leat/<installation>/<machine>/agent    the machine-agent and BuildKit
 *   leat/<installation>/<machine>/buildkit one cgroup for each RUN step, made by runc
 *
 * In v2 only cgroups without processes may hand controllers on, hence the leaf for the agent.
 */
#ifndef PROCESS_CGROUPS_H
#define PROCESS_CGROUPS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGROUPS_HIERARCHIES_MAX 24

enum cgroup_controller {
    CGROUP_CPU = 1,
    CGROUP_MEMORY = 2,
    CGROUP_PIDS = 4,
    CGROUP_CPUSET = 8,
    CGROUP_IO = 16,
};

struct cgroup_hierarchy {
    char path[256]; /* where it is mounted */
    unsigned device;
    bool unified;         /* v2 */
    unsigned controllers; /* enum cgroup_controller */
};

struct cgroups {
    struct cgroup_hierarchy hierarchies[CGROUPS_HIERARCHIES_MAX];
    size_t count;
};

struct cgroup_limits {
    uint64_t cpu_millis, memory_bytes, pids_max; /* 0: no limit */
};

/* From the text of /proc/self/mountinfo; of v2 it reads cgroup.controllers where it is mounted. */
void cgroups_parse(const char *mountinfo, struct cgroups *ret);
int cgroups_read(struct cgroups *ret, struct error *err);
unsigned cgroups_controllers(const struct cgroups *cgroups); /* of all hierarchies */

/* Makes `path` ("leat/x/m") in every hierarchy, with the controllers handed down to it in v2 and
 * the processors of its parent in v1. */
int cgroups_make(const struct cgroups *cgroups, const char *path, struct error *err);
int cgroups_limit(const struct cgroups *cgroups, const char *path,
                  const struct cgroup_limits *limits, struct error *err);
/* Moves the calling process. */
int cgroups_join(const struct cgroups *cgroups, const char *path, struct error *err);
/* Removes `path` and all below it. Retriable while processes are on their way out of it; a path
 * that does not exist is a success. */
int cgroups_remove(const struct cgroups *cgroups, const char *path, struct error *err);

#endif
