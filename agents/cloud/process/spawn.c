#include "process/spawn.h"

#include "process/boot.h"
#include "process/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FDS 4

/* --- in the child: system calls only --- */

static void default_signals(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int signal_number = 1; signal_number < NSIG; signal_number++)
        sigaction(signal_number, &action, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void become_init(const int fds[FDS])
{
    static char name[] = "leat-machine", mode[] = PROCESS_MACHINE_INIT;
    char *const argv[] = {name, mode, NULL};

    default_signals();
    for (int i = 0; i < FDS; i++) {
        if (dup2(fds[i], i) < 0)
            _exit(126);
    }
    if (close_range(FDS, ~0U, 0) == 0)
        execve("/proc/self/exe", argv, environ);
    _exit(127);
}

/* --- in the parent --- */

/* Out of the way of 0 to 3, so that none is overwritten before it is in its place. */
static int move_up(const int fds[FDS], int ret[FDS], struct error *err)
{
    for (int i = 0; i < FDS; i++) {
        ret[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FDS);
        if (ret[i] < 0)
            return error_errno(err, errno, "descriptors of a machine");
    }
    return 0;
}

/* Network, IPC and host name follow in the machine itself: making a network waits for the kernel
 * to take down others, and this is the loop's thread. */
static int clone_machine(const int fds[FDS], struct spawned *ret, struct error *err)
{
    sigset_t all, before;
    int pidfd = -1;
    struct clone_args args = {
        .flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)&pidfd,
        .exit_signal = SIGCHLD,
    };

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
    if (pid == 0)
        become_init(fds);
    int reason = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid < 0)
        return error_errno(err, reason, "namespaces for a machine");
    *ret = (struct spawned){.pid = pid, .pidfd = pidfd};
    return 0;
}

int spawn_machine(int boot_fd, int log_fd, int control_fd, struct spawned *ret, struct error *err)
{
    int moved[FDS] = {-1, -1, -1, -1};
    int result = move_up((const int[FDS]){boot_fd, log_fd, log_fd, control_fd}, moved, err);

    if (result == 0)
        result = clone_machine(moved, ret, err);
    for (int i = 0; i < FDS; i++) {
        if (moved[i] >= 0)
            close(moved[i]);
    }
    return result;
}
