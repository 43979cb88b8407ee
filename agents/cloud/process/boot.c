#include "process/boot.h"

#include "base/memory.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FIELDS (sizeof(struct boot) / sizeof(char *))

static char **field(const struct boot *boot, size_t i)
{
    return (char **)(uintptr_t)boot + i;
}

static int write_all(int fd, struct slice bytes, struct error *err)
{
    while (bytes.len > 0) {
        ssize_t len = write(fd, bytes.data, bytes.len);
        if (len < 0)
            return error_errno(err, errno, "handing its instructions to a machine");
        bytes.data += len;
        bytes.len -= (size_t)len;
    }
    return 0;
}

static int fill(int fd, struct slice bytes, struct error *err)
{
    if (write_all(fd, bytes, err) < 0)
        return -1;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return error_errno(err, errno, "rewinding the instructions of a machine");
    return fd;
}

int boot_write(const struct boot *boot, struct error *err)
{
    struct buf bytes = BUF_INIT(BOOT_MAX);
    int result = -1;

    for (size_t i = 0; i < FIELDS; i++) {
        const char *text = *field(boot, i);
        buf_append(&bytes, text != NULL ? text : "", text != NULL ? strlen(text) + 1 : 1);
    }
    int fd = memfd_create("leat-machine", MFD_CLOEXEC);
    if (bytes.overflow)
        error_set(err, ERROR_LIMIT, "the configuration of a machine is too long");
    else if (fd < 0)
        error_errno(err, errno, "memfd_create");
    else
        result = fill(fd, buf_slice(&bytes), err);
    if (result < 0 && fd >= 0)
        close(fd);
    explicit_bzero(bytes.data, bytes.len);
    buf_free(&bytes);
    return result;
}

static int read_all(int fd, struct buf *out, struct error *err)
{
    char part[16384];
    ssize_t len;

    while ((len = read(fd, part, sizeof(part))) > 0)
        buf_append(out, part, (size_t)len);
    if (len < 0)
        return error_errno(err, errno, "reading the instructions of this machine");
    return 0;
}

int boot_read(int fd, struct boot *ret, struct error *err)
{
    struct buf bytes = BUF_INIT(BOOT_MAX);
    struct boot boot = {0};
    size_t at = 0, count = 0;
    int result = read_all(fd, &bytes, err);

    while (result == 0 && at < bytes.len && count < FIELDS) {
        size_t len = strnlen((const char *)bytes.data + at, bytes.len - at);
        if (at + len == bytes.len)
            break;
        *field(&boot, count++) = xstrdup((const char *)bytes.data + at);
        at += len + 1;
    }
    if (result == 0 && (count != FIELDS || at != bytes.len || bytes.overflow))
        result = error_set(err, ERROR_CORRUPT, "the instructions of this machine are not whole");
    buf_free(&bytes);
    if (result < 0)
        boot_clear(&boot);
    else
        *ret = boot;
    return result;
}

void boot_clear(struct boot *boot)
{
    if (boot->token != NULL)
        explicit_bzero(boot->token, strlen(boot->token));
    for (size_t i = 0; i < FIELDS; i++) {
        free(*field(boot, i));
        *field(boot, i) = NULL;
    }
}
