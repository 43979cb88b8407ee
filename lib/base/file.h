/* Whole small files: read with a bound, written atomically. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"
#include "base/error.h"

#include <sys/types.h>

/* Reads the whole file into `out` (which is cleared first); more than `max` bytes is ERROR_LIMIT.
 */
int file_read(const char *path, size_t max, struct buf *out, struct error *err);
/* Writes to a new file beside `path`, syncs it, renames it over `path` and syncs the folder: a
 * reader sees the old or the new content, whole, even after a power failure. */
int file_write_atomic(const char *path, struct slice content, mode_t mode, struct error *err);
/* mkdir -p; existing folders keep their mode. */
int file_make_folders(const char *path, mode_t mode, struct error *err);
/* rm -r of a folder that this program made: does not follow links, does not cross into other
 * mounts. A path that does not exist is a success. */
int file_remove_tree(const char *path, struct error *err);
/* $PATH look-up; the result is owned by the caller, NULL when there is none. */
char *file_find_program(const char *name);

#endif
