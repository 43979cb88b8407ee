/* Parts of the machine's first process before it becomes the agent. One thread, no loop: here
 * everything may block. */
#ifndef PROCESS_INIT_H
#define PROCESS_INIT_H

#include "base/error.h"
#include "process/boot.h"

/* Runs a program to its end with `input` as its standard input; in another network namespace when
 * `netns_fd` >= 0. Any other exit code than 0 is an error with the program's last words. `keep_fd`
 * (or -1) is left open in it, as the same number. */
int init_run(const char *const *argv, const char *input, int netns_fd, int keep_fd,
             struct error *err);

/* A network namespace of its own with loopback and eth0, whose other end is a port of the bridge. */
int init_network(const struct boot *boot, struct error *err);

/* Its own /proc, run folder with configuration, token and CA, cache volume, and private copies of
 * the few folders where BuildKit, runc and CNI would leave traces on this computer. */
int init_mounts(const struct boot *boot, struct error *err);

#endif
