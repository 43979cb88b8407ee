/* buildx: where it is, and the private folder that makes it talk to the builders of one build.
 *
 * The folder holds one instance of buildx's `remote` driver with a node per architecture, as
 * `buildx create --driver remote` would write it (docker/buildx store/nodegroup.go), and the keys.
 * It is made with mode 0700 and removed at the end of the build, however it ends.
 */
#ifndef CLI_BUILDX_H
#define CLI_BUILDX_H

#include "base/error.h"
#include "cli/builder_connection.h"

#include <stddef.h>

#define BUILDX_BUILDER "leat"

/* Makes the folder; owned by the caller, who removes it with buildx_folder_remove(). */
char *buildx_folder_make(const struct builder_view *builders, size_t count, struct error *err);
void buildx_folder_remove(char *folder); /* frees it too; NULL is fine */

/* The instance file's JSON. Pure; owned by the caller. */
char *buildx_instance_json(const struct builder_view *builders, size_t count, const char *folder);

#endif
