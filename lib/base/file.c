#include "base/file.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 16384

/* One byte more than `max` is enough to know that there are too many. */
static int read_all(int fd, const char *path, size_t max, struct buf *out, struct error *err)
{
    uint8_t chunk[CHUNK];

    while (out->len <= max && !out->overflow) {
        ssize_t got = read(fd, chunk, sizeof(chunk));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_errno(err, errno, "cannot read %s", path);
        if (got == 0)
            return 0;
        buf_append(out, chunk, (size_t)got);
    }
    return error_set(err, ERROR_LIMIT, "%s has more than %zu bytes", path, max);
}

int file_read(const char *path, size_t max, struct buf *out, struct error *err)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    buf_clear(out);
    if (fd < 0)
        return error_errno(err, errno, "cannot open %s", path);
    if (read_all(fd, path, max, out, err) == 0)
        return 0;
    buf_clear(out);
    return -1;
}

static int write_all(int fd, struct slice content)
{
    while (content.len > 0) {
        ssize_t put = write(fd, content.data, content.len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        content = slice_of(content.data + put, content.len - (size_t)put);
    }
    return 0;
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return xstrdup(".");
    return xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static int sync_folder(const char *path, struct error *err)
{
    _cleanup_free_ char *folder = folder_of(path);
    _cleanup_close_ int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fsync(fd) < 0)
        return error_errno(err, errno, "cannot sync folder %s", folder);
    return 0;
}

/* fchmod, because the mode asked for is the mode wanted, whatever the umask. */
static int write_and_rename(int fd, const char *temporary, const char *path, struct slice content,
                            mode_t mode, struct error *err)
{
    if (write_all(fd, content) < 0 || fchmod(fd, mode) < 0 || fsync(fd) < 0)
        return error_errno(err, errno, "cannot write %s", temporary);
    if (rename(temporary, path) < 0)
        return error_errno(err, errno, "cannot rename %s to %s", temporary, path);
    return sync_folder(path, err);
}

int file_write_atomic(const char *path, struct slice content, mode_t mode, struct error *err)
{
    _cleanup_free_ char *temporary = xasprintf("%s.XXXXXX", path);
    _cleanup_close_ int fd = mkostemp(temporary, O_CLOEXEC);

    if (fd < 0)
        return error_errno(err, errno, "cannot create a file beside %s", path);
    if (write_and_rename(fd, temporary, path, content, mode, err) == 0)
        return 0;
    unlink(temporary);
    return -1;
}

static bool is_program(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

char *file_find_program(const char *name)
{
    const char *folders = getenv("PATH");

    if (strchr(name, '/'))
        return is_program(name) ? xstrdup(name) : NULL;
    while (name[0] != '\0' && folders && *folders) {
        size_t len = strcspn(folders, ":");
        _cleanup_free_ char *path = xasprintf("%.*s/%s", (int)len, folders, name);

        if (len > 0 && is_program(path))
            return take_pointer(path);
        folders += len + (folders[len] == ':');
    }
    return NULL;
}
