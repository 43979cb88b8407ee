/* The first process of a PID namespace waits for the orphans that nobody else waits for. */
#ifndef MACHINE_REAPER_H
#define MACHINE_REAPER_H

#include "net/loop.h"

#include <stdbool.h>
#include <sys/types.h>

struct reaper;
/* Children for which `owned` says true are left to whoever started them. Does nothing unless this
 * program is process 1. */
struct reaper *reaper_new(struct loop *loop, bool (*owned)(void *arg, pid_t pid), void *arg);
void reaper_free(struct reaper *reaper);

#endif
