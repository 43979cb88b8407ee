/* Name servers of machines. A machine has a network of its own and no IPv6: a server on this
 * computer's loopback, as systemd-resolved and dnsmasq run one, cannot be reached from there. Pure. */
#ifndef PROCESS_RESOLV_H
#define PROCESS_RESOLV_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>

/* Whether a resolv.conf names at least one server that a machine can reach. */
bool resolv_is_usable(const char *text);

/* resolv.conf for "ADDRESS,ADDRESS"; ERROR_INVALID when one is not an IPv4 address. */
int resolv_print(const char *servers, struct buf *out, struct error *err);

#endif
