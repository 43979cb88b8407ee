#include "cli/log_file.h"

#include "base/memory.h"

#include <errno.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <string.h>
#include <unistd.h>

struct log_file {
    char *path;
    int fd;
    off_t size;
    char last[LOG_FILE_TAIL];
};

static int open_file(struct log_file *file)
{
    struct stat about;
    file->fd = open(file->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    file->size = file->fd >= 0 && fstat(file->fd, &about) == 0 ? about.st_size : 0;
    return file->fd;
}

struct log_file *log_file_open(const char *path, struct error *err)
{
    struct log_file *file = xcalloc(1, sizeof(*file));

    file->path = xstrdup(path);
    if (open_file(file) < 0) {
        error_errno(err, errno, "%s", path);
        log_file_close(file);
        return NULL;
    }
    return file;
}

static void rotate(struct log_file *file)
{
    _cleanup_free_ char *old = xasprintf("%s.1", file->path);
    rename(file->path, old);
    close(file->fd);
    open_file(file);
}

void log_file_line(struct log_file *file, const char *line)
{
    struct iovec parts[] = {{(void *)(uintptr_t)line, strlen(line)}, {(void *)(uintptr_t) "\n", 1}};
    ssize_t written = file->fd >= 0 ? writev(file->fd, parts, 2) : -1;

    snprintf(file->last, sizeof(file->last), "%s", line);
    if (written > 0)
        file->size += written;
    if (file->size >= LOG_FILE_MAX)
        rotate(file);
}

const char *log_file_last(const struct log_file *file)
{
    return file->last;
}

void log_file_close(struct log_file *file)
{
    if (file == NULL)
        return;
    if (file->fd >= 0)
        close(file->fd);
    free(file->path);
    free(file);
}
