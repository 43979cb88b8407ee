#include "process/cgroup_file.h"

#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX ((size_t)1 << 20)

int cgroup_file_write(const char *folder, const char *name, const char *text, struct error *err)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, name);
    _cleanup_close_ int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) < 0) {
        int reason = errno;
        error_errno(err, reason, "writing %s to %s", text, path);
        errno = reason;
        return -1;
    }
    return 0;
}

int cgroup_file_read(const char *folder, const char *name, struct buf *out, struct error *err)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, name);
    return file_read(path, FILE_MAX, out, err);
}

bool cgroup_file_exists(const char *folder, const char *name)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, name);
    return access(path, F_OK) == 0;
}
