#include "net/readiness.h"

#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DATAGRAM_MAX 4096

struct readiness {
    int fd;
    char *path;
    struct watch *watch;
    loop_fn *ready;
    void (*status)(void *arg, const char *text);
    void *arg;
    bool said_ready;
};

/* An abstract name is written with '@' in the variable (sd_notify(3)). */
static bool make_address(struct sockaddr_un *address, socklen_t *len, const char *path)
{
    size_t size = strlen(path);
    if (size == 0 || size >= sizeof(address->sun_path))
        return false;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, path, size);
    if (path[0] == '@')
        address->sun_path[0] = '\0';
    *len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    return true;
}

void readiness_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t len;

    if (path == NULL || !make_address(&address, &len, path))
        return;
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
                         len) < 0)
        log_warn("NOTIFY_SOCKET %s: %s", path, strerror(errno));
}

static void take_line(struct readiness *readiness, const char *line)
{
    if (strcmp(line, "READY=1") == 0 && !readiness->said_ready) {
        readiness->said_ready = true;
        readiness->ready(readiness->arg);
    } else if (strncmp(line, "STATUS=", 7) == 0 && readiness->status != NULL) {
        readiness->status(readiness->arg, line + 7);
    }
}

/* The callback may free the object: one datagram a turn, and READY=1 is its last line. */
static void receive(void *arg)
{
    struct readiness *readiness = arg;
    char text[DATAGRAM_MAX + 1];
    bool ready = false;
    char *rest = NULL;
    ssize_t len = recv(readiness->fd, text, DATAGRAM_MAX, MSG_DONTWAIT);

    if (len <= 0)
        return;
    text[len] = '\0';
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (strcmp(line, "READY=1") == 0)
            ready = true;
        else
            take_line(readiness, line);
    }
    if (ready)
        take_line(readiness, "READY=1");
}

static int open_socket(const char *path, struct error *err)
{
    struct sockaddr_un address;
    socklen_t len;

    if (path[0] == '@' || !make_address(&address, &len, path))
        return error_set(err, ERROR_INVALID, "%s: too long for the path of a socket", path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_errno(err, errno, "socket");
    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || chmod(path, 0600) < 0) {
        error_errno(err, errno, "%s", path);
        close(fd);
        return -1;
    }
    return fd;
}

struct readiness *readiness_listen(struct loop *loop, const char *path, loop_fn *ready,
                                   void (*status)(void *arg, const char *text), void *arg,
                                   struct error *err)
{
    int fd = open_socket(path, err);
    if (fd < 0)
        return NULL;
    struct readiness *readiness = xcalloc(1, sizeof(*readiness));
    readiness->fd = fd;
    readiness->path = xstrdup(path);
    readiness->ready = ready;
    readiness->status = status;
    readiness->arg = arg;
    readiness->watch = watch_new(loop, fd, WATCH_READ, receive, readiness);
    return readiness;
}

void readiness_free(struct readiness *readiness)
{
    if (readiness == NULL)
        return;
    watch_free(readiness->watch);
    close(readiness->fd);
    unlink(readiness->path);
    free(readiness->path);
    free(readiness);
}
