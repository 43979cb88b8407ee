/* Looks up the name of a host without holding up the loop.
 *
 * The system's own getaddrinfo() does it, in a thread: libevent's resolver knows only some of what
 * a computer may be told about names, and crashes on a name that /etc/hosts has for one family
 * only.
 */
#ifndef STORE_RESOLVE_H
#define STORE_RESOLVE_H

#include "base/error.h"
#include "net/loop.h"

#include <netdb.h>

/* Called once, from the loop: the addresses, or NULL and why there are none. */
typedef void resolved_fn(void *arg, const struct addrinfo *found, const char *failure);

struct resolution; /* freed after `done` was called */
struct resolution *resolve(struct loop *loop, const char *host, uint16_t port, resolved_fn *done,
                           void *arg, struct error *err);
void resolution_cancel(struct resolution *resolution); /* NULL is fine; `done` is not called then */

#endif
