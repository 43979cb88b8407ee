#include "machine/reaper.h"

#include "base/memory.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct reaper {
    struct loop *loop;
    struct signal_watch *watch;
    bool (*owned)(void *arg, pid_t pid);
    void *arg;
};

/* Looks before it takes: a child of ours at the head of the queue is left, and what stands behind
 * it is taken at the next SIGCHLD. */
static void reap(void *arg)
{
    struct reaper *reaper = arg;
    siginfo_t info;

    for (;;) {
        info.si_pid = 0;
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
            return;
        if (reaper->owned(reaper->arg, info.si_pid))
            return;
        waitpid(info.si_pid, NULL, WNOHANG);
    }
}

struct reaper *reaper_new(struct loop *loop, bool (*owned)(void *arg, pid_t pid), void *arg)
{
    struct reaper *reaper = xcalloc(1, sizeof(*reaper));

    reaper->loop = loop;
    reaper->owned = owned;
    reaper->arg = arg;
    if (getpid() == 1)
        reaper->watch = signal_watch_new(loop, SIGCHLD, reap, reaper);
    return reaper;
}

void reaper_free(struct reaper *reaper)
{
    if (reaper == NULL)
        return;
    if (reaper->watch != NULL)
        signal_watch_free(reaper->watch);
    free(reaper);
}
