/* Child processes on the loop, held by pidfd so that a reused pid is never signalled.
 *
 * Children get default signal dispositions, an empty signal mask, only the descriptors named
 * here, and end with their parent when asked to (PR_SET_PDEATHSIG through a tiny re-check of
 * getppid, so that no child outlives a parent that died before the call).
 */
#ifndef NET_CHILD_H
#define NET_CHILD_H

#include "base/buf.h"
#include "base/error.h"
#include "net/loop.h"

#include <sys/types.h>

struct child;
struct child_exit;

struct child_options {
    const char *const *argv;        /* NULL-terminated; argv[0] is looked up in PATH */
    const char *const *environment; /* NULL: the parent's */
    const char *folder;             /* working folder; NULL: the parent's */
    int stdin_fd;                   /* -1: /dev/null */
    int stdout_fd, stderr_fd;       /* -1: captured, see below; else given to the child */
    size_t capture_max;             /* bytes of captured output kept, the last ones; 0: 64 KiB */
    struct slice stdin_text;        /* written to its standard input when stdin_fd is -1 and len > 0 */
    void (*line)(void *arg, const char *line); /* each captured line as it comes; may be NULL */
    void (*exited)(void *arg, const struct child_exit *exit); /* once; the child is freed after it */
    void *arg;
    bool die_with_parent;
    bool new_session;               /* setsid */
    uid_t uid; gid_t gid;           /* (uid_t)-1: unchanged */
    int64_t timeout_ms;             /* 0: none; past it SIGKILL, and exit->timed_out */
};

struct child_exit {
    int code;       /* exit code, or -1 when a signal ended it */
    int signal;     /* 0 when it exited */
    bool timed_out;
    const char *output; /* captured standard output and error, interleaved; NUL-terminated */
    size_t output_len;
};

#define CHILD_OPTIONS_INIT                                                                         \
    ((struct child_options){.stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1,                      \
                            .uid = (uid_t)-1, .gid = (gid_t)-1})

struct child *child_start(struct loop *loop, const struct child_options *options,
                          struct error *err);
pid_t child_pid(const struct child *child);
int child_signal(struct child *child, int signal_number, struct error *err);
/* Forgets the child without a callback; it is killed first when `kill` is set. */
void child_abandon(struct child *child, bool kill);

#endif
