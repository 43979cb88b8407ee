#include "process/volumes.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "process/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ARCH_FILE "leat-arch"

static int make_subvolume(const char *path, struct error *err)
{
    struct btrfs_ioctl_vol_args args = {0};
    _cleanup_free_ char *folder = xstrdup(path);
    char *name = strrchr(folder, '/');

    *name++ = '\0';
    _cleanup_close_ int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "%s", folder);
    text_copy(args.name, sizeof(args.name), name);
    if (ioctl(fd, BTRFS_IOC_SUBVOL_CREATE, &args) < 0 && errno != EEXIST)
        return error_errno(err, errno, "making subvolume %s", path);
    return 0;
}

int volumes_make(const char *path, const char *arch, struct error *err)
{
    _cleanup_free_ char *file = xasprintf("%s/%s", path, ARCH_FILE);

    if (access(file, F_OK) == 0)
        return 0;
    if (make_subvolume(path, err) < 0)
        return -1;
    return file_write_atomic(file, slice_text(arch), 0600, err);
}

static enum arch read_arch(const char *folder, const char *name, enum arch native)
{
    _cleanup_free_ char *path = xasprintf("%s/%s/%s", folder, name, ARCH_FILE);
    struct buf text = BUF_INIT(17);
    enum arch arch = native;

    if (file_read(path, 16, &text, NULL) == 0) {
        if (strcmp(buf_text(&text), "amd64") == 0)
            arch = ARCH_AMD64;
        else if (strcmp(buf_text(&text), "arm64") == 0)
            arch = ARCH_ARM64;
    }
    buf_free(&text);
    return arch;
}

int volumes_list(const char *folder, enum arch native, struct provider_volume **ret, size_t *count,
                 struct error *err)
{
    DIR *names = opendir(folder);
    struct dirent *entry;

    if (names == NULL)
        return error_errno(err, errno, "listing the volumes in %s", folder);
    while ((entry = readdir(names)) != NULL) {
        if (!record_is_id(entry->d_name))
            continue;
        *ret = xreallocarray(*ret, *count + 1, sizeof(**ret));
        struct provider_volume *volume = &(*ret)[(*count)++];
        *volume = (struct provider_volume){.arch = read_arch(folder, entry->d_name, native)};
        text_copy(volume->volume, sizeof(volume->volume), entry->d_name);
    }
    closedir(names);
    return 0;
}
