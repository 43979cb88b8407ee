/* What machines print: machines/<id>/log, and log.1 when it has become long. */
#include "process/internal.h"

#include "base/file.h"
#include "base/text.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MOST  (8 << 20)
#define LOG_KEPT  (1 << 20) /* of one that has become too long: its end */
#define ENDED_KEPT 32       /* folders of machines that ended, for their logs */

int machine_log_open(const char *folder, struct error *err)
{
    _cleanup_free_ char *path = xasprintf("%s/log", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    return fd >= 0 ? fd : error_errno(err, errno, "%s", path);
}

static ssize_t read_end(int fd, char *data, size_t size)
{
    struct stat status;

    if (fstat(fd, &status) < 0)
        return -1;
    off_t from = status.st_size > (off_t)size ? status.st_size - (off_t)size : 0;
    return pread(fd, data, size, from);
}

/* The machine appends, so that it goes on at the start of the emptied file. What it writes between
 * the copy and the cut is lost. */
void machine_log_trim(const char *folder)
{
    _cleanup_free_ char *path = xasprintf("%s/log", folder);
    _cleanup_free_ char *older = xasprintf("%s/log.1", folder);
    _cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
    struct stat status;

    if (fd < 0 || fstat(fd, &status) < 0 || status.st_size <= LOG_MOST)
        return;
    _cleanup_free_ char *data = xmalloc(LOG_KEPT);
    ssize_t len = read_end(fd, data, LOG_KEPT);
    if (len > 0)
        file_write_atomic(older, slice_of(data, (size_t)len), 0600, NULL);
    if (ftruncate(fd, 0) < 0)
        return;
}

void machine_log_last_line(const char *folder, char *ret, size_t size)
{
    _cleanup_free_ char *path = xasprintf("%s/log", folder);
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    char data[512];
    ssize_t len = fd >= 0 ? read_end(fd, data, sizeof(data) - 1) : 0;

    data[len > 0 ? len : 0] = '\0';
    if (len > 0 && data[len - 1] == '\n')
        data[len - 1] = '\0';
    const char *line = strrchr(data, '\n');
    snprintf(ret, size, "%s", line != NULL ? line + 1 : data);
}

/* --- machines that ended --- */

struct ended {
    char name[41];
    int64_t time;
};

static int newest_first(const void *a, const void *b)
{
    const struct ended *left = a, *right = b;
    return left->time < right->time ? 1 : left->time > right->time ? -1 : 0;
}

static bool find_ended(const char *machines_folder, const char *name, struct ended *ret)
{
    _cleanup_free_ char *state = xasprintf("%s/%s/state", machines_folder, name);
    _cleanup_free_ char *log = xasprintf("%s/%s/log", machines_folder, name);
    struct stat status;

    if (!record_is_id(name) || access(state, F_OK) == 0 || stat(log, &status) < 0)
        return false;
    text_copy(ret->name, sizeof(ret->name), name);
    ret->time = (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;
    return true;
}

void machine_log_forget_old(const char *machines_folder)
{
    DIR *folder = opendir(machines_folder);
    struct ended *found = NULL;
    struct dirent *entry;
    size_t count = 0;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        found = xreallocarray(found, count + 1, sizeof(*found));
        count += find_ended(machines_folder, entry->d_name, &found[count]) ? 1 : 0;
    }
    if (folder != NULL)
        closedir(folder);
    if (count > ENDED_KEPT)
        qsort(found, count, sizeof(*found), newest_first);
    for (size_t i = ENDED_KEPT; i < count; i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", machines_folder, found[i].name);
        file_remove_tree(path, NULL);
    }
    free(found);
}
