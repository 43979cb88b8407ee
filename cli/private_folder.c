#include "cli/private_folder.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX    "leat-build-"
#define SWEEP_MAX 64 /* folders looked at in one run */

static const char *base_folder(void)
{
    const char *base = getenv("XDG_RUNTIME_DIR");

    if (base == NULL || access(base, W_OK) < 0)
        base = getenv("TMPDIR");
    return base != NULL && base[0] != '\0' ? base : "/tmp";
}

/* Under its final name the lock file is always locked, or its run is gone. */
static int make_lock(const char *folder, struct error *err)
{
    _cleanup_free_ char *path = xasprintf("%s/lock", folder);
    _cleanup_free_ char *unlocked = xasprintf("%s/lock.new", folder);
    int fd = open(unlocked, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && rename(unlocked, path) == 0)
        return fd;
    error_errno(err, errno, "locking the private folder %s", folder);
    if (fd >= 0)
        close(fd);
    return -1;
}

struct private_folder *private_folder_make(struct error *err)
{
    _cleanup_free_ char *path = xasprintf("%s/" PREFIX "XXXXXX", base_folder());

    if (mkdtemp(path) == NULL) {
        error_errno(err, errno, "making a private folder in %s", base_folder());
        return NULL;
    }
    int lock = make_lock(path, err);
    if (lock < 0) {
        file_remove_tree(path, NULL);
        return NULL;
    }
    struct private_folder *folder = xcalloc(1, sizeof(*folder));
    *folder = (struct private_folder){.path = xstrdup(path), .lock = lock};
    return folder;
}

void private_folder_remove(struct private_folder *folder)
{
    if (folder == NULL)
        return;
    file_remove_tree(folder->path, NULL);
    close(folder->lock);
    free(folder->path);
    free(folder);
}

/* --- those that were left --- */

static bool is_mine(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid();
}

static void remove_if_left(const char *path)
{
    _cleanup_free_ char *lock = xasprintf("%s/lock", path);

    if (!is_mine(path))
        return;
    _cleanup_close_ int fd = open(lock, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        file_remove_tree(path, NULL);
}

void private_folder_sweep(void)
{
    const char *base = base_folder();
    DIR *entries = opendir(base);
    const struct dirent *entry;
    unsigned looked_at = 0;

    if (entries == NULL)
        return;
    while (looked_at < SWEEP_MAX && (entry = readdir(entries)) != NULL) {
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0)
            continue;
        looked_at++;
        _cleanup_free_ char *path = xasprintf("%s/%s", base, entry->d_name);
        remove_if_left(path);
    }
    closedir(entries);
}
