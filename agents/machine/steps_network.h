/* The denies of the steps' network: what RUN steps must never reach. */
#ifndef MACHINE_STEPS_NETWORK_H
#define MACHINE_STEPS_NETWORK_H

#include "base/error.h"
#include "machine/config.h"
#include "net/child.h"
#include "net/loop.h"

/* Installs the rules with iptables-restore. Steps have IPv4 only.
 * `done` is called once, with NULL when the rules are in force. NULL: could not even begin. */
typedef void steps_network_fn(void *arg, const struct error *err);
struct steps_network;
struct steps_network *steps_network_deny(struct loop *loop, const struct machine_config *config,
                                         steps_network_fn *done, void *arg, struct error *err);
void steps_network_free(struct steps_network *network);

#endif
