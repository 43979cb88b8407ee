/* A private network for machines that nothing on this computer uses. */
#ifndef CLI_SUBNET_H
#define CLI_SUBNET_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first of 10.88.0.0/16 ... 10.127.0.0/16 that overlaps no address of an interface and no
 * route of this computer. */
int subnet_choose(char *ret, size_t size, struct error *err);
/* The first address of a network: "10.88.0.0/16" -> "10.88.0.1". */
int subnet_gateway(char *ret, size_t size, const char *subnet, struct error *err);
/* Whether the routes of a /proc/net/route text (but the default one) overlap. Pure. */
bool subnet_routed(const char *proc_net_route, uint32_t network, uint32_t mask);

#endif
