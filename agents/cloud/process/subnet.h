/* The private network of the machines: addresses as host-order numbers. Pure. */
#ifndef PROCESS_SUBNET_H
#define PROCESS_SUBNET_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct subnet {
    uint32_t network;
    unsigned bits;
};

#define SUBNET_ADDRESS_SIZE 16 /* "255.255.255.255" with its NUL */

bool subnet_parse_address(const char *text, uint32_t *ret);
const char *subnet_format_address(uint32_t address, char text[static SUBNET_ADDRESS_SIZE]);

/* Any IPv4 network, "10.88.0.0/16" or a bare address; no bits may be set outside the mask. */
bool subnet_parse_network(const char *text, struct subnet *ret);
/* One for machines: inside a private range (RFC 1918) and /16 to /28. */
int subnet_parse(const char *text, struct subnet *ret, struct error *err);

bool subnet_contains(const struct subnet *subnet, uint32_t address);
uint32_t subnet_gateway(const struct subnet *subnet); /* the bridge's own: the first one */

/* The next free address after `last` (0: from the start), so that one that was just given up is
 * taken again as late as possible. ERROR_LIMIT when every one is used. */
int subnet_allocate(const struct subnet *subnet, const uint32_t *used, size_t count, uint32_t last,
                    uint32_t *ret, struct error *err);

#endif
