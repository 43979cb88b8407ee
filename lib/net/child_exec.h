/* The part of starting a child that runs in the child. */
#ifndef NET_CHILD_EXEC_H
#define NET_CHILD_EXEC_H

#include "net/child.h"

struct child_exec {
    const struct child_options *options;
    const char *program; /* absolute */
    int fds[3];          /* standard input, output, error */
    int failure_fd;      /* close-on-exec: gets the errno when exec fails */
    pid_t parent;
};

/* Only async-signal-safe calls: the parent may have threads. */
_Noreturn void child_exec(const struct child_exec *exec);

#endif
