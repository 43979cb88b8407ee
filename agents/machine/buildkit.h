/* BuildKit on this machine: its version, its start, its readiness, its end.
 *
 * Readiness is READY=1 on its NOTIFY_SOCKET, then one TLS handshake on its port that negotiates h2:
 * no polling and no gRPC client is needed.
 */
#ifndef MACHINE_BUILDKIT_H
#define MACHINE_BUILDKIT_H

#include "base/error.h"
#include "machine/config.h"
#include "net/loop.h"

#include <sys/types.h>

struct buildkit;

struct buildkit_callbacks {
    void (*version)(void *arg, const char *version, const struct error *err); /* one is NULL */
    void (*ready)(void *arg);                                                 /* READY=1 */
    void (*probed)(void *arg, const struct error *err);                       /* NULL: usable */
    void (*exited)(void *arg, const char *reason);
};

struct buildkit *buildkit_new(struct loop *loop, const struct machine_config *config,
                              const struct buildkit_callbacks *callbacks, void *arg);
void buildkit_free(struct buildkit *buildkit);

void buildkit_check_version(struct buildkit *buildkit);
/* Writes the configuration and starts it; failure comes through `exited`. */
void buildkit_start(struct buildkit *buildkit);
void buildkit_probe(struct buildkit *buildkit, const char *server_name);
void buildkit_terminate(struct buildkit *buildkit);
/* Kills it and, when this program is the first process of its PID namespace, every other process. */
void buildkit_kill(struct buildkit *buildkit);
/* Whether `pid` is a child that this module waits for itself. */
bool buildkit_owns(const struct buildkit *buildkit, pid_t pid);

#endif
