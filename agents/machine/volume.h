/* The cache volume: mounted at boot when the provider left that to the agent, synced and
 * unmounted at the end. */
#ifndef MACHINE_VOLUME_H
#define MACHINE_VOLUME_H

#include "base/error.h"
#include "machine/config.h"

/* Mounts volume.device, if one is named, and checks that the folder can be written to. */
int volume_mount(const struct machine_config *config, struct error *err);
/* Unmounts everything that BuildKit left below the folder, syncs the file system and unmounts it.
 * Blocks for as long as the sync takes; BuildKit has ended, nothing else waits for the loop. */
int volume_unmount(const struct machine_config *config, struct error *err);

#endif
