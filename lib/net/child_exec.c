#include "net/child_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

_Noreturn static void fail(const struct child_exec *exec)
{
    int reason = errno;
    ssize_t written = write(exec->failure_fd, &reason, sizeof(reason));
    _exit(written > 0 ? 127 : 126);
}

static void default_signals(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        sigaction(number, &action, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* First out of the way of 0, 1 and 2, then into place: the sources may be among them. */
static void place_descriptors(const struct child_exec *exec)
{
    int moved[3];

    for (int i = 0; i < 3; i++) {
        moved[i] = fcntl(exec->fds[i], F_DUPFD, 10);
        if (moved[i] < 0)
            fail(exec);
    }
    for (int i = 0; i < 3; i++) {
        if (dup2(moved[i], i) < 0)
            fail(exec);
    }
}

/* Everything but 0, 1, 2 and the way to tell of a failure is closed at exec. */
static void close_the_rest(const struct child_exec *exec)
{
    if (syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) == 0)
        return;
    for (int fd = 3; fd < 65536; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
}

_Noreturn void child_exec(const struct child_exec *exec)
{
    const struct child_options *options = exec->options;
    char *const *argv = (char *const *)(uintptr_t)options->argv;
    char *const *environment = options->environment != NULL
                                   ? (char *const *)(uintptr_t)options->environment
                                   : environ;

    default_signals();
    if (options->die_with_parent) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != exec->parent)
            _exit(125);
    }
    if (options->new_session)
        setsid();
    place_descriptors(exec);
    close_the_rest(exec);
    if (options->folder != NULL && chdir(options->folder) < 0)
        fail(exec);
    if (options->gid != (gid_t)-1 && setresgid(options->gid, options->gid, options->gid) < 0)
        fail(exec);
    if (options->uid != (uid_t)-1 && setresuid(options->uid, options->uid, options->uid) < 0)
        fail(exec);
    execve(exec->program, argv, environment);
    fail(exec);
}
