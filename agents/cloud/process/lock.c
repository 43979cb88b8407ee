#include "process/internal.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int process_lock(const char *state_folder, const char *name, struct error *err)
{
    _cleanup_free_ char *path = xasprintf("%s/%s.lock", state_folder, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0 || flock(fd, LOCK_EX) < 0) {
        error_errno(err, errno, "locking %s", path);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}
