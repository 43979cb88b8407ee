/* Where cache volumes are: <state>/volumes, on btrfs.
 *
 * A state folder on btrfs is used as it is. Otherwise the volumes are in a sparse image file that
 * is mounted there through a loop device: it grows with what is in it and gives back what is
 * deleted. What bounds a volume is BuildKit's garbage collection, which keeps below the volume's
 * cap between builds, and the image's size, which bounds all of them together also while builds
 * write; quotas of btrfs are not used, since they slow every write and deletion.
 */
#ifndef PROCESS_STORAGE_H
#define PROCESS_STORAGE_H

#include "base/error.h"

#include <stdint.h>

/* May be repeated; mounts the image again after a reboot. */
int storage_set_up(const char *state_folder, uint64_t image_bytes, struct error *err);

/* Unmounts the image, which frees its loop device. */
int storage_release(const char *state_folder, struct error *err);

/* Pure: the smaller of `wanted` and 60 % of `free_bytes`; ERROR_LIMIT when that is too little for
 * a file system. */
int storage_image_size(uint64_t wanted, uint64_t free_bytes, uint64_t *ret, struct error *err);

#endif
