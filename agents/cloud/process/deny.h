/* What RUN steps of a machine must never reach, as the list that its configuration carries. */
#ifndef PROCESS_DENY_H
#define PROCESS_DENY_H

#include "base/buf.h"
#include "base/error.h"
#include "process/subnet.h"

/* The IPv4 addresses of this computer that are not on loopback, as they are now. The caller frees
 * *ret. */
int deny_host_addresses(uint32_t **ret, size_t *ret_count, struct error *err);

/* Pure: the subnet, link-local, loopback, each address that none of these holds, the extra ones
 * ("CIDR,CIDR"). ERROR_INVALID when one of the extra ones is not a network. */
int deny_list(const struct subnet *subnet, const uint32_t *addresses, size_t count,
              const char *extra, struct buf *out, struct error *err);

/* Pure: a /16 for the bridge that RUN steps get inside every machine, where neither the machines'
 * subnet nor an address of this computer lies. Steps could not reach what it hides. */
void deny_choose_steps_subnet(const struct subnet *subnet, const uint32_t *addresses, size_t count,
                              struct subnet *ret);

#endif
