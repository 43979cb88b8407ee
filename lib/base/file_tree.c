/* Folders: made with their parents, removed with all they hold. */
#include "base/file.h"

#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a build writes can be nested as deep as it likes. Each level of the walk holds a descriptor,
 * so a folder that lies deeper than this is first moved up to the top. */
#define WALK_DEPTH_MAX 64

static int make_folder(const char *path, mode_t mode, struct error *err)
{
    struct stat status;

    if (mkdir(path, mode) == 0)
        return 0;
    if (errno != EEXIST)
        return error_errno(err, errno, "cannot make folder %s", path);
    if (stat(path, &status) < 0)
        return error_errno(err, errno, "cannot look at %s", path);
    if (!S_ISDIR(status.st_mode))
        return error_errno(err, ENOTDIR, "cannot make folder %s", path);
    return 0;
}

int file_make_folders(const char *path, mode_t mode, struct error *err)
{
    _cleanup_free_ char *part = xstrdup(path);

    for (char *slash = part; (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        if (make_folder(part, mode, err) < 0)
            return -1;
        *slash = '/';
    }
    return make_folder(path, mode, err);
}

struct walk {
    int top;        /* descriptor of the folder to remove */
    unsigned moved; /* folders moved up so far; makes their names unique */
    struct error *err;
};

static int remove_entry(struct walk *walk, int parent, const char *name, unsigned depth);

static int is_mount_point(int fd, bool *ret)
{
    struct statx status;

    if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &status) < 0)
        return -1;
    *ret = (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
    return 0;
}

/* A folder may have become a link since it was looked at, so it is opened without following. */
static int open_folder(int parent, const char *name, struct error *err)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool mounted = false;

    if (fd < 0 || is_mount_point(fd, &mounted) < 0)
        error_errno(err, errno, "cannot open folder %s", name);
    else if (mounted)
        error_set(err, ERROR_CONFLICT, "folder %s is a mount point", name);
    else
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static void close_folder(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int empty_folder(struct walk *walk, int fd, const char *name, unsigned depth)
{
    _cleanup_(close_folder) DIR *folder = NULL;
    struct dirent *entry;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

    folder = copy < 0 ? NULL : fdopendir(copy);
    if (!folder) {
        error_errno(walk->err, errno, "cannot list folder %s", name);
        if (copy >= 0)
            close(copy);
        return -1;
    }
    rewinddir(folder); /* the copy shares its position with earlier passes */
    while ((errno = 0, entry = readdir(folder))) {
        if (!is_dot(entry->d_name) && remove_entry(walk, fd, entry->d_name, depth) < 0)
            return -1;
    }
    return errno ? error_errno(walk->err, errno, "cannot list folder %s", name) : 0;
}

static int move_to_top(struct walk *walk, int parent, const char *name)
{
    char moved[32];
    int failed;

    do {
        snprintf(moved, sizeof(moved), ".leat-moved-%u", walk->moved++);
        failed = renameat(parent, name, walk->top, moved);
    } while (failed && (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR));
    return failed ? error_errno(walk->err, errno, "cannot move folder %s", name) : 0;
}

static int remove_folder(struct walk *walk, int parent, const char *name, unsigned depth)
{
    _cleanup_close_ int fd = -1;

    if (depth >= WALK_DEPTH_MAX)
        return move_to_top(walk, parent, name);
    fd = open_folder(parent, name, walk->err);
    if (fd < 0 || empty_folder(walk, fd, name, depth + 1) < 0)
        return -1;
    if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return error_errno(walk->err, errno, "cannot remove folder %s", name);
    return 0;
}

/* Unlinks first and asks later: Linux answers EISDIR for a folder and follows no link. */
static int remove_entry(struct walk *walk, int parent, const char *name, unsigned depth)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR)
        return error_errno(walk->err, errno, "cannot remove %s", name);
    return remove_folder(walk, parent, name, depth);
}

/* Folders that the walk moved up may have passed its reading position, hence the repetition. */
static int remove_top(const char *path, struct error *err)
{
    _cleanup_close_ int top = open_folder(AT_FDCWD, path, err);
    struct walk walk = {.top = top, .err = err};
    unsigned moved;

    if (top < 0)
        return -1;
    do {
        moved = walk.moved;
        if (empty_folder(&walk, top, path, 0) < 0)
            return -1;
    } while (walk.moved != moved);
    if (rmdir(path) < 0 && errno != ENOENT)
        return error_errno(err, errno, "cannot remove the folder");
    return 0;
}

int file_remove_tree(const char *path, struct error *err)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR)
        return error_errno(err, errno, "cannot remove %s", path);
    if (remove_top(path, err) < 0)
        return error_prefix(err, "removing %s", path);
    return 0;
}
