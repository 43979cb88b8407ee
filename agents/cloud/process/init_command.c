#include "process/init.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX 200

static int input_file(const char *text, struct error *err)
{
    size_t len = strlen(text);
    int fd = memfd_create("input", MFD_CLOEXEC);

    if (fd < 0)
        return error_errno(err, errno, "memfd_create");
    if (write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) < 0) {
        close(fd);
        return error_set(err, ERROR_IO, "writing the input of a program");
    }
    return fd;
}

_Noreturn static void become(const char *const *argv, int input, int output, int netns_fd,
                             int keep_fd)
{
    if (netns_fd >= 0 && setns(netns_fd, CLONE_NEWNET) < 0)
        dprintf(output, "entering the network of this computer: %s", strerror(errno));
    else if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0 ||
             (keep_fd >= 0 && fcntl(keep_fd, F_SETFD, 0) < 0))
        dprintf(output, "descriptors: %s", strerror(errno));
    else {
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        dprintf(output, "%s", strerror(errno));
    }
    _exit(127);
}

/* The first line says why; what `ip` prints after it says where in its input. */
static void read_output(int fd, char ret[static OUTPUT_MAX])
{
    size_t len = 0;
    ssize_t got;

    while (len < OUTPUT_MAX - 1 && (got = read(fd, ret + len, OUTPUT_MAX - 1 - len)) > 0)
        len += (size_t)got;
    ret[len] = '\0';
    ret[strcspn(ret, "\n")] = '\0';
}

int init_run(const char *const *argv, const char *input, int netns_fd, int keep_fd,
             struct error *err)
{
    _cleanup_close_ int input_fd = input_file(input, err);
    char output[OUTPUT_MAX];
    int pipe_fds[2], status = 0;

    if (input_fd < 0)
        return -1;
    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return error_errno(err, errno, "pipe");
    pid_t pid = fork();
    if (pid == 0)
        become(argv, input_fd, pipe_fds[1], netns_fd, keep_fd);
    close(pipe_fds[1]);
    if (pid > 0)
        read_output(pipe_fds[0], output);
    close(pipe_fds[0]);
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return error_errno(err, errno, "running %s", argv[0]);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return error_set(err, ERROR_IO, "%s failed: %s", argv[0], output);
    return 0;
}
