#include "machine/volume.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

int volume_mount(const struct machine_config *config, struct error *err)
{
    if (file_make_folders(config->volume_folder, 0700, err) < 0)
        return error_prefix(err, "cache volume");
    if (config->volume_device[0] != '\0' &&
        mount(config->volume_device, config->volume_folder, config->volume_filesystem, MS_NOATIME,
              NULL) < 0)
        return error_errno(err, errno, "mounting %s on %s", config->volume_device,
                           config->volume_folder);
    if (access(config->volume_folder, W_OK) < 0)
        return error_errno(err, errno, "cache volume %s", config->volume_folder);
    return 0;
}

static bool is_below(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return strncmp(path, folder, len) == 0 && path[len] == '/';
}

/* Later mounts lie over earlier ones, so they are taken off in reverse order. */
static void unmount_below(const char *folder)
{
    char *found[256];
    size_t count = 0;
    FILE *mounts = setmntent("/proc/self/mounts", "r");

    if (mounts == NULL)
        return;
    struct mntent *entry;
    while ((entry = getmntent(mounts)) != NULL) {
        if (is_below(entry->mnt_dir, folder) && count < array_size(found))
            found[count++] = xstrdup(entry->mnt_dir);
    }
    endmntent(mounts);
    while (count > 0) {
        char *path = found[--count];
        if (umount2(path, 0) < 0 && umount2(path, MNT_DETACH) < 0)
            log_warn("unmounting %s: %s", path, strerror(errno));
        free(path);
    }
}

static int sync_folder(const char *folder, struct error *err)
{
    _cleanup_close_ int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "%s", folder);
    if (syncfs(fd) < 0)
        return error_errno(err, errno, "syncing %s", folder);
    return 0;
}

int volume_unmount(const struct machine_config *config, struct error *err)
{
    unmount_below(config->volume_folder);
    if (sync_folder(config->volume_folder, err) < 0)
        return -1;
    /* EINVAL: not a mount point, as in a test that runs the agent on a plain folder. */
    if (umount2(config->volume_folder, 0) < 0 && errno != EINVAL)
        return error_errno(err, errno, "unmounting %s", config->volume_folder);
    return 0;
}
