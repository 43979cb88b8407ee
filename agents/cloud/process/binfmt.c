#include "process/binfmt.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

#define FOLDER "/proc/sys/fs/binfmt_misc"

static const char *qemu_name(enum arch arch)
{
    return arch == ARCH_ARM64 ? "aarch64" : "x86_64";
}

enum arch binfmt_native(void)
{
    struct utsname name;

    if (uname(&name) < 0)
        return 0;
    if (strcmp(name.machine, "x86_64") == 0)
        return ARCH_AMD64;
    return strcmp(name.machine, "aarch64") == 0 ? ARCH_ARM64 : 0;
}

bool binfmt_entry_serves(const char *text, struct error *err)
{
    const char *flags = strstr(text, "\nflags: ");

    if (!text_starts_with(text, "enabled")) {
        error_set(err, ERROR_MISSING, "QEMU's entry in " FOLDER " is disabled");
        return false;
    }
    if (flags == NULL || memchr(flags + 8, 'F', strcspn(flags + 8, "\n")) == NULL) {
        error_set(err, ERROR_MISSING, "QEMU's entry in " FOLDER " lacks the flag F (fix binary)");
        return false;
    }
    return true;
}

/* ELF, 64 bit, little endian, executable or shared object, of that machine. The mask leaves out
 * the byte of the operating system's ABI and the lowest bit of the type. */
void binfmt_register_line(enum arch arch, const char *interpreter, struct buf *out)
{
    const char *machine = arch == ARCH_ARM64 ? "\\xb7" : "\\x3e";
    /* An interpreter of that name expects argv[0] to be kept (P). */
    const char *flags = text_ends_with(interpreter, "-binfmt-P") ? "OPF" : "OF";

    buf_printf(out,
               ":qemu-%s:M::\\x7f\\x45\\x4c\\x46\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
               "\\x00\\x00\\x02\\x00%s\\x00:\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff"
               "\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff:%s:%s",
               qemu_name(arch), machine, interpreter, flags);
}

/* Owned by the caller; NULL when QEMU is not installed. Dynamically linked ones do not run in the
 * roots of RUN steps. */
static char *find_interpreter(enum arch arch)
{
    char candidates[2][64];

    snprintf(candidates[0], sizeof(candidates[0]), "/usr/libexec/qemu-binfmt/%s-binfmt-P",
             qemu_name(arch));
    snprintf(candidates[1], sizeof(candidates[1]), "/usr/bin/qemu-%s-static", qemu_name(arch));
    for (size_t i = 0; i < array_size(candidates); i++) {
        if (access(candidates[i], X_OK) == 0)
            return xstrdup(candidates[i]);
    }
    return NULL;
}

static int mount_binfmt(struct error *err)
{
    if (access(FOLDER "/register", F_OK) == 0)
        return 0;
    if (mount("binfmt_misc", FOLDER, "binfmt_misc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return error_errno(err, errno, "mounting binfmt_misc");
    return 0;
}

static int register_qemu(enum arch arch, struct error *err)
{
    _cleanup_free_ char *interpreter = find_interpreter(arch);
    struct buf line = BUF_INIT(1024);
    int result = 0;

    if (interpreter == NULL)
        return error_set(err, ERROR_MISSING,
                         "QEMU for %s is not installed (Debian: qemu-user-static)", qemu_name(arch));
    binfmt_register_line(arch, interpreter, &line);
    _cleanup_close_ int fd = open(FOLDER "/register", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, line.data, line.len) < 0)
        result = error_errno(err, errno, "registering %s", interpreter);
    buf_free(&line);
    if (result == 0)
        log_info("registered %s for programs of %s", interpreter, qemu_name(arch));
    return result;
}

bool binfmt_ensure(enum arch arch, struct error *err)
{
    char path[64];
    struct buf text = BUF_INIT(4097);
    bool serves = false;

    snprintf(path, sizeof(path), FOLDER "/qemu-%s", qemu_name(arch));
    if (mount_binfmt(err) == 0 &&
        (access(path, F_OK) == 0 || register_qemu(arch, err) == 0) &&
        file_read(path, 4096, &text, err) == 0)
        serves = binfmt_entry_serves(buf_text(&text), err);
    buf_free(&text);
    return serves;
}
