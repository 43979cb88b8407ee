/* The first process of a machine. */
#ifndef PROCESS_SPAWN_H
#define PROCESS_SPAWN_H

#include "base/error.h"

#include <sys/types.h>

struct spawned {
    pid_t pid;
    int pidfd;
};

/* Starts this program as `--machine-init` in a PID and a mount namespace of its own. Descriptor 0
 * is `boot_fd`, 1 and 2 are `log_fd`, 3 is `control_fd`; none of them is closed here. The child does
 * nothing but exec between: other threads may hold any lock of this process. */
int spawn_machine(int boot_fd, int log_fd, int control_fd, struct spawned *ret, struct error *err);

#endif
