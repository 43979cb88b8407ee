/* Waits for one builder of a build: polls its connection until it is ready.
 *
 * The key is made here and never leaves this computer; the API signs a certificate for it.
 */
#ifndef CLI_BUILDER_CONNECTION_H
#define CLI_BUILDER_CONNECTION_H

#include "base/error.h"
#include "cli/api.h"
#include "schemas/messages.h"

#include <stdbool.h>

struct builder_connection;

enum builder_phase { BUILDER_PENDING, BUILDER_READY, BUILDER_FAILED };

/* Strings live as long as the connection object. */
struct builder_view {
    enum arch arch;
    enum builder_phase phase;
    bool emulated;
    const char *reason; /* what it waits for, or why it failed */
    const char *machine;
    const char *endpoint, *server_name, *ca_pem, *certificate_pem, *key_pem; /* when ready */
    enum error_code failure; /* when failed: UNAVAILABLE, DENIED, CONFLICT, ... */
};

/* `changed` is called from the loop at each change of the view. */
struct builder_connection *builder_connection_start(struct loop *loop, struct api *api,
                                                    const char *build, enum arch arch,
                                                    loop_fn *changed, void *arg);
struct builder_view builder_connection_view(const struct builder_connection *connection);
void builder_connection_free(struct builder_connection *connection); /* clears the key */

#endif
