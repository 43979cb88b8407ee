#include "process/record.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "process/subnet.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RECORD_MAX 4096

bool record_is_id(const char *text)
{
    size_t len = strlen(text);
    return len >= 1 && len <= 40 && text[0] != '-' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

void record_print(const struct record *record, struct buf *out)
{
    char address[SUBNET_ADDRESS_SIZE];

    buf_printf(out, "machine=%s\nvolume=%s\narch=%s\naddress=%s\nboot_id=%s\n", record->machine,
               record->volume, record->arch == ARCH_ARM64 ? "arm64" : "amd64",
               subnet_format_address(record->address, address), record->boot_id);
    if (record->pid != 0)
        buf_printf(out, "pid=%d\nstart_time=%" PRIu64 "\n", (int)record->pid, record->start_time);
}

static bool take_number(const char *value, int64_t max, int64_t *ret)
{
    return text_parse_int(value, 1, max, ret, NULL) == 0;
}

static bool take(struct record *record, const char *name, const char *value)
{
    int64_t number;

    if (strcmp(name, "machine") == 0)
        return record_is_id(value) && text_copy(record->machine, sizeof(record->machine), value);
    if (strcmp(name, "volume") == 0)
        return record_is_id(value) && text_copy(record->volume, sizeof(record->volume), value);
    if (strcmp(name, "arch") == 0) {
        record->arch = strcmp(value, "arm64") == 0 ? ARCH_ARM64 : ARCH_AMD64;
        return record->arch == ARCH_ARM64 || strcmp(value, "amd64") == 0;
    }
    if (strcmp(name, "address") == 0)
        return subnet_parse_address(value, &record->address);
    if (strcmp(name, "boot_id") == 0)
        return text_copy(record->boot_id, sizeof(record->boot_id), value);
    if (strcmp(name, "pid") == 0 && take_number(value, INT32_MAX, &number)) {
        record->pid = (pid_t)number;
        return true;
    }
    if (strcmp(name, "start_time") == 0 && take_number(value, INT64_MAX, &number)) {
        record->start_time = (uint64_t)number;
        return true;
    }
    return false;
}

int record_parse(const char *text, struct record *ret, struct error *err)
{
    _cleanup_free_ char *copy = xstrdup(text);
    struct record record = {0};
    char *rest = NULL;

    for (char *line = strtok_r(copy, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        char *equals = strchr(line, '=');
        if (equals != NULL)
            *equals = '\0';
        if (equals == NULL || !take(&record, line, equals + 1))
            return error_set(err, ERROR_CORRUPT, "%.40s is not understood", line);
    }
    if (record.machine[0] == '\0' || record.volume[0] == '\0' || record.address == 0 ||
        record.arch == 0 || record.boot_id[0] == '\0' || (record.pid != 0) != (record.start_time != 0))
        return error_set(err, ERROR_CORRUPT, "something is not there");
    *ret = record;
    return 0;
}

int record_read(const char *folder, struct record *ret, struct error *err)
{
    _cleanup_free_ char *path = xasprintf("%s/state", folder);
    struct buf text = BUF_INIT(RECORD_MAX + 1);
    int result = file_read(path, RECORD_MAX, &text, err);

    if (result == 0 && record_parse(buf_text(&text), ret, err) < 0)
        result = error_prefix(err, "%s", path);
    buf_free(&text);
    return result;
}

static int write_text(const char *path, struct slice text, struct error *err)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        return error_errno(err, errno, "%s", path);
    ssize_t len = write(fd, text.data, text.len);
    if (len < 0 || (size_t)len != text.len)
        return error_errno(err, len < 0 ? errno : ENOSPC, "writing %s", path);
    return 0;
}

int record_write(const char *folder, const struct record *record, struct error *err)
{
    _cleanup_free_ char *path = xasprintf("%s/state", folder);
    _cleanup_free_ char *fresh = xasprintf("%s/state.new", folder);
    struct buf text = BUF_INIT(RECORD_MAX);
    int result;

    record_print(record, &text);
    result = write_text(fresh, buf_slice(&text), err);
    if (result == 0 && rename(fresh, path) < 0)
        result = error_errno(err, errno, "%s", path);
    buf_free(&text);
    return result;
}

bool record_parse_start_time(const char *stat, uint64_t *ret)
{
    const char *at = strrchr(stat, ')');
    unsigned long long value;

    /* Field 3 is the one after the name; 22 lies 19 further on. */
    for (int field = 2; at != NULL && field < 22; field++) {
        at = strchr(at, ' ');
        if (at != NULL)
            at++;
    }
    if (at == NULL || sscanf(at, "%20llu", &value) != 1)
        return false;
    *ret = value;
    return true;
}

int record_start_time(pid_t pid, uint64_t *ret, struct error *err)
{
    char path[32];
    struct buf text = BUF_INIT(RECORD_MAX + 1);

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    int result = file_read(path, RECORD_MAX, &text, err);
    if (result == 0 && !record_parse_start_time(buf_text(&text), ret))
        result = error_set(err, ERROR_CORRUPT, "%s has no start time", path);
    buf_free(&text);
    return result;
}

int record_boot_id(char ret[static 37], struct error *err)
{
    struct buf text = BUF_INIT(65);
    int result = file_read("/proc/sys/kernel/random/boot_id", 64, &text, err);

    if (result == 0)
        snprintf(ret, 37, "%.36s", buf_text(&text));
    buf_free(&text);
    return result;
}

static bool has_ended(int pidfd)
{
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    return poll(&ended, 1, 0) != 0;
}

int record_open_process(const struct record *record)
{
    char boot_id[37];
    uint64_t start_time;

    if (record->pid == 0 || record_boot_id(boot_id, NULL) < 0 ||
        strcmp(boot_id, record->boot_id) != 0)
        return -1;
    int pidfd = (int)syscall(SYS_pidfd_open, record->pid, 0);
    if (pidfd < 0)
        return -1;
    /* The pidfd first: what /proc says afterwards is about the process that it holds, or it ended. */
    if (record_start_time(record->pid, &start_time, NULL) < 0 || start_time != record->start_time ||
        has_ended(pidfd)) {
        close(pidfd);
        return -1;
    }
    return pidfd;
}
