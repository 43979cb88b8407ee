/* The readiness protocol of sd_notify(3): NOTIFY_SOCKET, datagrams of NAME=VALUE lines.
 *
 * readiness_notify() tells whoever started this program; readiness_listen() makes a socket to hand
 * to a child (BuildKit, our own daemons) in its NOTIFY_SOCKET and reports what comes.
 */
#ifndef NET_READINESS_H
#define NET_READINESS_H

#include "base/error.h"
#include "net/loop.h"

/* "READY=1\nSTATUS=..."; does nothing when NOTIFY_SOCKET is unset; never blocks. */
void readiness_notify(const char *state);

struct readiness;
/* `path` is created as a unix datagram socket (mode 0600; replaced when it exists). `ready` is
 * called once, at the first READY=1; `status` (may be NULL) for each STATUS=. */
struct readiness *readiness_listen(struct loop *loop, const char *path, loop_fn *ready,
                                   void (*status)(void *arg, const char *text), void *arg,
                                   struct error *err);
void readiness_free(struct readiness *readiness); /* unlinks the path */

#endif
