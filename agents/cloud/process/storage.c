#include "process/storage.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "process/host_command.h"
#include "process/requirements.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#define IMAGE_LEAST  (UINT64_C(256) << 20)
#define LOOP_MAJOR   7

int storage_image_size(uint64_t wanted, uint64_t free_bytes, uint64_t *ret, struct error *err)
{
    uint64_t most = free_bytes / 10 * 6;
    uint64_t size = wanted < most ? wanted : most;

    if (size < IMAGE_LEAST)
        return error_set(err, ERROR_LIMIT,
                         "%llu MiB are too little for the image of cache volumes: 60 %% of what is "
                         "free, and process.image_size, must be at least %llu MiB",
                         (unsigned long long)(size >> 20), (unsigned long long)(IMAGE_LEAST >> 20));
    *ret = size & ~UINT64_C(0xfffff);
    return 0;
}

static bool is_btrfs(const char *path)
{
    struct statfs status;
    return statfs(path, &status) == 0 && status.f_type == BTRFS_SUPER_MAGIC;
}

static int make_sparse(const char *path, uint64_t size, struct error *err)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
        return error_errno(err, errno, "%s", path);
    return 0;
}

/* Made under another name, so that one that was not finished is never taken for whole. Metadata is
 * kept once: a cache can be lost. */
static int make_image(const char *state_folder, const char *path, uint64_t wanted,
                      struct error *err)
{
    _cleanup_free_ char *fresh = xasprintf("%s.new", path);
    const char *const mkfs[] = {"mkfs.btrfs", "-q", "-f", "-m", "single", "-d", "single", fresh, NULL};
    struct statvfs space;
    uint64_t size;

    if (statvfs(state_folder, &space) < 0)
        return error_errno(err, errno, "%s", state_folder);
    if (storage_image_size(wanted, (uint64_t)space.f_bavail * space.f_frsize, &size, err) < 0 ||
        make_sparse(fresh, size, err) < 0 || host_command(mkfs, err) < 0)
        return -1;
    if (rename(fresh, path) < 0)
        return error_errno(err, errno, "%s", path);
    log_info("made %s for cache volumes, at most %llu MiB", path, (unsigned long long)(size >> 20));
    return 0;
}

/* In a container /dev holds the loop devices that existed when it was started: the next free one
 * may lack its node. */
static void make_loop_node(void)
{
    _cleanup_close_ int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    int number = control >= 0 ? ioctl(control, LOOP_CTL_GET_FREE) : -1;
    char path[32];

    if (number < 0)
        return;
    snprintf(path, sizeof(path), "/dev/loop%d", number);
    if (access(path, F_OK) < 0)
        mknod(path, S_IFBLK | 0600, makedev(LOOP_MAJOR, (unsigned)number));
}

/* mount(8) takes the loop device that the image has already, so one image is never on two. */
static int mount_image(const char *image, const char *folder, struct error *err)
{
    const char *const argv[] = {"mount", "-t", "btrfs", "-o", "loop,noatime",
                                image,   folder, NULL};

    if (access("/dev/loop-control", R_OK | W_OK) < 0)
        return error_set(err, ERROR_MISSING,
                         "there is no /dev/loop-control: without loop devices the state folder must "
                         "be on btrfs%s", requirements_container_hint());
    make_loop_node();
    if (host_command(argv, err) < 0)
        return error_prefix(err, "the image of cache volumes (delete %s to begin with empty caches)",
                            image);
    return 0;
}

int storage_set_up(const char *state_folder, uint64_t image_bytes, struct error *err)
{
    _cleanup_free_ char *folder = xasprintf("%s/volumes", state_folder);
    _cleanup_free_ char *image = xasprintf("%s/volumes.img", state_folder);

    if (file_make_folders(folder, 0700, err) < 0)
        return -1;
    if (is_btrfs(folder))
        return 0;
    if (access(image, F_OK) < 0 && make_image(state_folder, image, image_bytes, err) < 0)
        return -1;
    return mount_image(image, folder, err);
}

int storage_release(const char *state_folder, struct error *err)
{
    _cleanup_free_ char *folder = xasprintf("%s/volumes", state_folder);

    if (!is_btrfs(folder) || is_btrfs(state_folder))
        return 0;
    if (umount2(folder, 0) < 0)
        return error_errno(err, errno, "unmounting %s", folder);
    return 0;
}
