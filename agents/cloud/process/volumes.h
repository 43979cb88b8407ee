/* Cache volumes: btrfs subvolumes in one folder, each with its architecture noted inside. */
#ifndef PROCESS_VOLUMES_H
#define PROCESS_VOLUMES_H

#include "base/error.h"
#include "cloud/provider.h"

/* Makes the subvolume when it does not exist. May wait for the file system. */
int volumes_make(const char *path, const char *arch, struct error *err);

/* Appends the volumes of `folder` to *ret (grown with xrealloc). An architecture that is not noted
 * counts as `native`. */
int volumes_list(const char *folder, enum arch native, struct provider_volume **ret, size_t *count,
                 struct error *err);

#endif
