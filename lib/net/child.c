#include "net/child.h"

#include "base/file.h"
#include "base/memory.h"
#include "net/child_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CAPTURE_DEFAULT ((size_t)64 << 10)
#define LINE_MAX_BYTES  ((size_t)8 << 10)

struct child {
    struct loop *loop;
    pid_t pid;
    int pidfd, output_fd, input_fd;
    struct watch *exit_watch, *output_watch, *input_watch;
    struct timer *limit;
    struct buf output, line, input;
    size_t capture_max;
    void (*on_line)(void *arg, const char *line);
    void (*exited)(void *arg, const struct child_exit *exit);
    void *arg;
    bool timed_out;
};

/* Both ends close-on-exec. */
struct pipe_ends {
    int read, write;
};

static int make_pipe(struct pipe_ends *ret, struct error *err)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0)
        return error_errno(err, errno, "pipe");
    *ret = (struct pipe_ends){.read = fds[0], .write = fds[1]};
    return 0;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void free_child(struct child *child)
{
    watch_free(child->exit_watch);
    watch_free(child->output_watch);
    watch_free(child->input_watch);
    timer_free(child->limit);
    close_fd(&child->pidfd);
    close_fd(&child->output_fd);
    close_fd(&child->input_fd);
    buf_free(&child->output);
    buf_free(&child->line);
    buf_free(&child->input);
    free(child);
}

/* --- output --- */

static void keep_output(struct child *child, const char *data, size_t len)
{
    if (child->output.len + len > 2 * child->capture_max)
        buf_consume(&child->output, child->output.len - child->capture_max);
    buf_append(&child->output, data, len);
}

static void end_line(struct child *child)
{
    child->on_line(child->arg, buf_text(&child->line));
    buf_clear(&child->line);
}

static void split_lines(struct child *child, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '\n' || child->line.len >= LINE_MAX_BYTES)
            end_line(child);
        if (data[i] != '\n' && data[i] != '\0')
            buf_putc(&child->line, data[i]);
    }
}

/* False at the end of the output. */
static bool read_output(struct child *child)
{
    char data[16384];
    ssize_t len = read(child->output_fd, data, sizeof(data));

    if (len < 0)
        return errno == EAGAIN || errno == EINTR;
    if (len == 0)
        return false;
    keep_output(child, data, (size_t)len);
    if (child->on_line != NULL)
        split_lines(child, data, (size_t)len);
    return true;
}

static void output_ready(void *arg)
{
    struct child *child = arg;
    if (!read_output(child))
        watch_enable(child->output_watch, false);
}

/* What is in the pipe when the child has ended; a grandchild may hold it open for ever. */
static void drain_output(struct child *child)
{
    size_t before;
    if (child->output_fd < 0)
        return;
    do {
        before = child->output.len;
    } while (read_output(child) && child->output.len != before);
    if (child->on_line != NULL && child->line.len > 0)
        end_line(child);
}

/* --- input --- */

static void input_ready(void *arg)
{
    struct child *child = arg;
    ssize_t len = write(child->input_fd, child->input.data, child->input.len);

    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (len > 0)
        buf_consume(&child->input, (size_t)len);
    if (len < 0 || child->input.len == 0) {
        watch_free(child->input_watch);
        child->input_watch = NULL;
        close_fd(&child->input_fd);
    }
}

/* --- the end --- */

static void child_ended(void *arg)
{
    struct child *child = arg;
    siginfo_t info = {0};

    if (waitid((idtype_t)P_PIDFD, (id_t)child->pidfd, &info, WEXITED | WNOHANG) == 0 &&
        info.si_pid == 0)
        return;
    drain_output(child);
    if (child->output.len > child->capture_max)
        buf_consume(&child->output, child->output.len - child->capture_max);
    bool exited = info.si_code == CLD_EXITED;
    struct child_exit ended = {
        .code = exited ? info.si_status : -1,
        .signal = exited ? 0 : info.si_status,
        .timed_out = child->timed_out,
        .output = buf_text(&child->output),
        .output_len = child->output.len,
    };
    watch_free(take_pointer(child->exit_watch));
    if (child->exited != NULL)
        child->exited(child->arg, &ended);
    free_child(child);
}

static void too_late(void *arg)
{
    struct child *child = arg;
    child->timed_out = true;
    child_signal(child, SIGKILL, NULL);
}

/* --- the start --- */

static int open_null(int flags, struct error *err)
{
    int fd = open("/dev/null", flags | O_CLOEXEC);
    return fd >= 0 ? fd : error_errno(err, errno, "/dev/null");
}

struct start {
    struct child_exec exec;
    struct pipe_ends input, output, failure;
    int null_fd;
};

static void close_start(struct start *start)
{
    close_fd(&start->input.read);
    close_fd(&start->input.write);
    close_fd(&start->output.read);
    close_fd(&start->output.write);
    close_fd(&start->failure.read);
    close_fd(&start->failure.write);
    close_fd(&start->null_fd);
}

static int choose_descriptors(struct start *start, const struct child_options *options,
                              struct error *err)
{
    bool feeds = options->stdin_fd < 0 && options->stdin_text.len > 0;
    bool captures = options->stdout_fd < 0 || options->stderr_fd < 0;

    start->null_fd = open_null(O_RDWR, err);
    if (start->null_fd < 0 || make_pipe(&start->failure, err) < 0 ||
        (feeds && make_pipe(&start->input, err) < 0) ||
        (captures && make_pipe(&start->output, err) < 0))
        return -1;
    start->exec.fds[0] = options->stdin_fd >= 0 ? options->stdin_fd
                         : feeds                ? start->input.read
                                                : start->null_fd;
    start->exec.fds[1] = options->stdout_fd >= 0 ? options->stdout_fd : start->output.write;
    start->exec.fds[2] = options->stderr_fd >= 0 ? options->stderr_fd : start->output.write;
    start->exec.failure_fd = start->failure.write;
    return 0;
}

/* Signals are blocked from the fork to the child's own defaults: no handler of ours runs there. */
static pid_t fork_child(const struct child_exec *exec)
{
    sigset_t all, before;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0)
        child_exec(exec);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return pid;
}

/* The pipe closes at exec; what comes through before is why there was none. */
static int wait_for_exec(struct start *start, pid_t pid, struct error *err)
{
    int reason = 0;
    ssize_t len;

    close_fd(&start->failure.write);
    do {
        len = read(start->failure.read, &reason, sizeof(reason));
    } while (len < 0 && errno == EINTR);
    if (len != sizeof(reason))
        return 0;
    waitpid(pid, NULL, 0);
    return error_errno(err, reason, "starting %s", start->exec.program);
}

static void watch_child(struct child *child, struct start *start)
{
    if (start->output.read >= 0) {
        child->output_fd = start->output.read;
        start->output.read = -1;
        fcntl(child->output_fd, F_SETFL, O_NONBLOCK);
        child->output_watch =
            watch_new(child->loop, child->output_fd, WATCH_READ, output_ready, child);
    }
    if (start->input.write >= 0) {
        child->input_fd = start->input.write;
        start->input.write = -1;
        fcntl(child->input_fd, F_SETFL, O_NONBLOCK);
        child->input_watch =
            watch_new(child->loop, child->input_fd, WATCH_WRITE, input_ready, child);
    }
    child->exit_watch = watch_new(child->loop, child->pidfd, WATCH_READ, child_ended, child);
}

static struct child *make_child(struct loop *loop, const struct child_options *options, pid_t pid)
{
    struct child *child = xcalloc(1, sizeof(*child));

    child->loop = loop;
    child->pid = pid;
    child->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    child->output_fd = child->input_fd = -1;
    child->capture_max = options->capture_max > 0 ? options->capture_max : CAPTURE_DEFAULT;
    child->output = BUF_INIT(2 * child->capture_max + 16384);
    child->line = BUF_INIT(LINE_MAX_BYTES + 1);
    child->input = BUF_INIT(options->stdin_text.len + 1);
    buf_append_slice(&child->input, options->stdin_text);
    child->on_line = options->line;
    child->exited = options->exited;
    child->arg = options->arg;
    if (options->timeout_ms > 0) {
        child->limit = timer_new(loop, too_late, child);
        timer_set(child->limit, options->timeout_ms);
    }
    return child;
}

static struct child *start_child(struct loop *loop, const struct child_options *options,
                                 struct start *start, struct error *err)
{
    if (choose_descriptors(start, options, err) < 0)
        return NULL;
    pid_t pid = fork_child(&start->exec);
    if (pid < 0) {
        error_errno(err, errno, "fork");
        return NULL;
    }
    if (wait_for_exec(start, pid, err) < 0)
        return NULL;
    struct child *child = make_child(loop, options, pid);
    if (child->pidfd < 0) {
        error_errno(err, errno, "pidfd_open");
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        free_child(child);
        return NULL;
    }
    watch_child(child, start);
    return child;
}

static char *find_program(const char *name, struct error *err)
{
    char *found = strchr(name, '/') != NULL ? xstrdup(name) : file_find_program(name);
    if (found == NULL)
        error_set(err, ERROR_MISSING, "there is no program %s in PATH", name);
    return found;
}

struct child *child_start(struct loop *loop, const struct child_options *options,
                          struct error *err)
{
    _cleanup_free_ char *program = find_program(options->argv[0], err);
    struct start start = {.exec = {.options = options, .program = program, .parent = getpid()},
                          .input = {-1, -1},
                          .output = {-1, -1},
                          .failure = {-1, -1},
                          .null_fd = -1};
    if (program == NULL)
        return NULL;
    struct child *child = start_child(loop, options, &start, err);
    close_start(&start);
    return child;
}

pid_t child_pid(const struct child *child)
{
    return child->pid;
}

int child_signal(struct child *child, int signal_number, struct error *err)
{
    if (syscall(SYS_pidfd_send_signal, child->pidfd, signal_number, NULL, 0) < 0)
        return error_errno(err, errno, "signal %d to process %d", signal_number, (int)child->pid);
    return 0;
}

void child_abandon(struct child *child, bool kill_it)
{
    if (kill_it) {
        child_signal(child, SIGKILL, NULL);
        waitpid(child->pid, NULL, 0);
    }
    free_child(child);
}
