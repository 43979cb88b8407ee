/* The files that make buildx talk to the builders of one build: one instance of its `remote`
 * driver with a node per architecture, as `buildx create --driver remote` would write it
 * (docker/buildx store/nodegroup.go), the keys, and the client's id.
 */
#ifndef CLI_BUILDX_H
#define CLI_BUILDX_H

#include "base/error.h"
#include "cli/builder_connection.h"

#include <stddef.h>

#define BUILDX_BUILDER "leat"

/* Writes them into a private folder, which is then BUILDX_CONFIG. */
int buildx_folder_fill(const char *folder, const struct builder_view *builders, size_t count,
                       struct error *err);

/* The instance file's JSON. Pure; owned by the caller. */
char *buildx_instance_json(const struct builder_view *builders, size_t count, const char *folder);

#endif
