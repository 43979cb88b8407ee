/* Taking off this computer what opening the provider put there. */
#include "process/internal.h"

#include "base/memory.h"
#include "process/host_command.h"
#include "process/host_network.h"
#include "process/storage.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

static int check_empty(const char *state_folder, struct error *err)
{
    _cleanup_free_ char *machines = xasprintf("%s/machines", state_folder);
    DIR *folder = opendir(machines);
    struct dirent *entry;
    int result = 0;

    if (folder == NULL)
        return errno == ENOENT ? 0 : error_errno(err, errno, "%s", machines);
    while (result == 0 && (entry = readdir(folder)) != NULL) {
        _cleanup_free_ char *state = xasprintf("%s/%s/state", machines, entry->d_name);
        if (access(state, F_OK) == 0)
            result = error_set(err, ERROR_CONFLICT, "machine %s exists: stop it first",
                               entry->d_name);
    }
    closedir(folder);
    return result;
}

/* "leat" itself goes only with its last installation. */
static int remove_cgroups(const char *installation, struct error *err)
{
    _cleanup_free_ char *path = xasprintf("leat/%s", installation);
    struct cgroups cgroups;

    if (cgroups_read(&cgroups, err) < 0 || cgroups_remove(&cgroups, path, err) < 0)
        return -1;
    for (size_t i = 0; i < cgroups.count; i++) {
        _cleanup_free_ char *top = xasprintf("%s/leat", cgroups.hierarchies[i].path);
        if (rmdir(top) < 0 && errno != ENOENT && errno != EBUSY && errno != ENOTEMPTY)
            return error_errno(err, errno, "removing cgroup %s", top);
    }
    return 0;
}

/* On btrfs the volumes are subvolumes of the state folder's own file system: `rm` empties and
 * removes these like folders, where file_remove_tree() stops at what looks like another one. */
static int remove_files(const char *state_folder, struct error *err)
{
    const char *const argv[] = {"rm", "-rf", "--", state_folder, NULL};
    return host_command(argv, err);
}

int process_provider_purge(const struct process_provider_options *options, bool files,
                           struct error *err)
{
    struct subnet subnet;
    _cleanup_close_ int lock = -1;

    if (process_options_check(options, &subnet, err) < 0)
        return -1;
    if (access(options->state_folder, F_OK) == 0) {
        lock = process_lock(options->state_folder, "setup", err);
        if (lock < 0)
            return -1;
    }
    if (check_empty(options->state_folder, err) < 0 ||
        host_network_remove(options, &subnet, err) < 0 ||
        remove_cgroups(options->installation, err) < 0 ||
        storage_release(options->state_folder, err) < 0)
        return -1;
    rmdir(BOOT_RUN_FOLDER); /* a mount point of every machine; in use elsewhere it stays */
    return files ? remove_files(options->state_folder, err) : 0;
}
