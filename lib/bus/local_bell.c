/* How the processes that share a log wake each other: files beside the database, watched with
 * inotify(7).
 *
 *   PATH-bell   written to after each commit
 *   PATH-locks  its bytes are locked by the members of groups; written to when one leaves, and
 *               closed by the kernel when one dies
 *
 * The watch is there before the first read and stays, so there is no moment between reading to the
 * end and sleeping in which a ring could be missed. Files that are removed or replaced while they
 * are in use would separate processes from each other, or records from their file: that is fatal.
 */
#include "bus/local.h"

#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define IDENTITY_EVENTS (IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)

static int read_inode(const char *path, uint64_t *ret)
{
    struct stat status;
    if (stat(path, &status) < 0)
        return -1;
    *ret = status.st_ino;
    return 0;
}

static int open_sidecar(struct local *local, struct local_sidecar *sidecar, const char *suffix,
                        struct error *err)
{
    sidecar->path = xasprintf("%s%s", local->path, suffix);
    sidecar->fd = open(sidecar->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (sidecar->fd < 0 || read_inode(sidecar->path, &sidecar->inode) < 0)
        return error_errno(err, errno, "cannot open %s", sidecar->path);
    return 0;
}

int local_bell_open(struct local *local, struct error *err)
{
    if (open_sidecar(local, &local->bell, "-bell", err) < 0 ||
        open_sidecar(local, &local->locks, "-locks", err) < 0)
        return -1;
    return 0;
}

void local_bell_close(struct local *local)
{
    struct local_sidecar *sidecars[] = {&local->bell, &local->locks};
    watch_free(local->watch);
    local->watch = NULL;
    for (size_t i = 0; i < array_size(sidecars); i++) {
        memory_close_fd(&sidecars[i]->fd);
        sidecars[i]->fd = -1;
        memory_free_pointer(&sidecars[i]->path);
        sidecars[i]->path = NULL;
    }
    memory_close_fd(&local->inotify);
    local->inotify = -1;
}

void local_bell_ring(struct local *local)
{
    if (pwrite(local->bell.fd, "", 1, 0) != 1)
        log_warn("cannot write to %s; other processes read late", local->bell.path);
}

/* The bell rings for this process' own commits too; its readers know of those already. */
static void hear_bell(struct local *local)
{
    int64_t version;
    struct error err;
    int found = local_query(local, local->statements[LOCAL_DATA_VERSION], &version, &err);
    if (found < 0 && !local_is_busy(&err))
        local_check_fatal(local, &err);
    if (found == 1 && version == local->data_version)
        return;
    if (found == 1)
        local->data_version = version;
    local->readers_due = true;
    local_wake(local);
}

static bool is_same_file(const char *path, uint64_t inode)
{
    uint64_t now;
    return read_inode(path, &now) == 0 && now == inode;
}

static void check_files(struct local *local)
{
    const char *gone = !is_same_file(local->path, local->inode)               ? local->path
                       : !is_same_file(local->bell.path, local->bell.inode)   ? local->bell.path
                       : !is_same_file(local->locks.path, local->locks.inode) ? local->locks.path
                                                                              : NULL;
    struct error err;
    if (gone == NULL)
        return;
    error_set(&err, ERROR_IO, "%s was removed or replaced while the log is in use", gone);
    bus_fail(&local->base, &err);
}

struct heard {
    bool bell, locks, files;
};

static void note_event(const struct local *local, const struct inotify_event *event,
                       struct heard *heard)
{
    bool overflow = (event->mask & IN_Q_OVERFLOW) != 0;
    heard->files |= overflow || (event->mask & IDENTITY_EVENTS) != 0;
    heard->bell |= overflow || event->wd == local->bell.watch;
    heard->locks |= overflow || event->wd == local->locks.watch;
}

static struct heard drain(const struct local *local)
{
    _Alignas(struct inotify_event) char buffer[4096];
    struct heard heard = {0};
    ssize_t len;
    while ((len = read(local->inotify, buffer, sizeof(buffer))) > 0) {
        const char *at = buffer;
        while (at < buffer + len) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)at;
            note_event(local, event, &heard);
            at += sizeof(*event) + event->len;
        }
    }
    return heard;
}

static void hear(void *arg)
{
    struct local *local = arg;
    struct bus *bus = &local->base;
    struct heard heard = drain(local);
    bus_enter(bus);
    if (heard.files)
        check_files(local);
    if (heard.bell && !bus->closed && !bus->failed)
        hear_bell(local);
    if (heard.locks && !bus->closed && !bus->failed)
        local_group_wake_all(local);
    bus_leave(bus);
}

int local_bell_watch(struct local *local, struct error *err)
{
    local->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (local->inotify < 0)
        return error_errno(err, errno, "cannot watch files (fs.inotify.max_user_instances)");
    local->bell.watch =
        inotify_add_watch(local->inotify, local->bell.path, IN_MODIFY | IDENTITY_EVENTS);
    local->locks.watch = inotify_add_watch(local->inotify, local->locks.path,
                                           IN_MODIFY | IN_CLOSE_WRITE | IDENTITY_EVENTS);
    local->db_watch = inotify_add_watch(local->inotify, local->path, IDENTITY_EVENTS);
    if (local->bell.watch < 0 || local->locks.watch < 0 || local->db_watch < 0 ||
        read_inode(local->path, &local->inode) < 0)
        return error_errno(err, errno, "cannot watch %s (fs.inotify.max_user_watches)",
                           local->path);
    local->watch = watch_new(local->base.loop, local->inotify, WATCH_READ, hear, local);
    return 0;
}
