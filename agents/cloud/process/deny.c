#include "process/deny.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

static const struct subnet link_local = {UINT32_C(169) << 24 | UINT32_C(254) << 16, 16};
static const struct subnet loopback = {UINT32_C(127) << 24, 8};

int deny_host_addresses(uint32_t **ret, size_t *ret_count, struct error *err)
{
    struct ifaddrs *found;
    uint32_t *addresses = NULL;
    size_t count = 0;

    if (getifaddrs(&found) < 0)
        return error_errno(err, errno, "listing the addresses of this computer");
    for (const struct ifaddrs *at = found; at != NULL; at = at->ifa_next) {
        struct sockaddr_in in;
        if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET)
            continue;
        memcpy(&in, at->ifa_addr, sizeof(in));
        addresses = xreallocarray(addresses, count + 1, sizeof(*addresses));
        addresses[count++] = ntohl(in.sin_addr.s_addr);
    }
    freeifaddrs(found);
    *ret = addresses;
    *ret_count = count;
    return 0;
}

static void put(struct buf *out, const struct subnet *network)
{
    char text[SUBNET_ADDRESS_SIZE];

    buf_printf(out, "%s%s/%u", out->len > 0 ? "," : "", subnet_format_address(network->network, text),
               network->bits);
}

static bool is_new(const struct subnet *subnet, const uint32_t *addresses, size_t at)
{
    uint32_t address = addresses[at];

    if (subnet_contains(subnet, address) || subnet_contains(&link_local, address) ||
        subnet_contains(&loopback, address))
        return false;
    for (size_t i = 0; i < at; i++) {
        if (addresses[i] == address)
            return false;
    }
    return true;
}

static int put_extra(const char *extra, struct buf *out, struct error *err)
{
    _cleanup_free_ char *list = xstrdup(extra);
    struct subnet network;
    char *rest = NULL;

    for (char *text = strtok_r(list, ", ", &rest); text != NULL; text = strtok_r(NULL, ", ", &rest)) {
        if (!subnet_parse_network(text, &network))
            return error_set(err, ERROR_INVALID, "process.deny: %s is not an IPv4 network", text);
        put(out, &network);
    }
    return 0;
}

int deny_list(const struct subnet *subnet, const uint32_t *addresses, size_t count,
              const char *extra, struct buf *out, struct error *err)
{
    put(out, subnet);
    put(out, &link_local);
    put(out, &loopback);
    for (size_t i = 0; i < count; i++) {
        if (is_new(subnet, addresses, i))
            put(out, &(struct subnet){addresses[i], 32});
    }
    if (put_extra(extra, out, err) < 0)
        return -1;
    /* The machine reads it as one value of its configuration, which has this bound. */
    if (out->overflow || out->len > 4096)
        return error_set(err, ERROR_LIMIT, "too many networks are to be denied to RUN steps");
    return 0;
}

static bool is_free(const struct subnet *candidate, const uint32_t *addresses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (subnet_contains(candidate, addresses[i]))
            return false;
    }
    return true;
}

void deny_choose_steps_subnet(const struct subnet *subnet, const uint32_t *addresses, size_t count,
                              struct subnet *ret)
{
    const struct subnet first = {UINT32_C(10) << 24 | UINT32_C(77) << 16, 16};

    for (uint32_t i = 0; i < 32; i++) {
        struct subnet candidate = {first.network + (i << 16), 16};
        if (!subnet_contains(&candidate, subnet->network) &&
            is_free(&candidate, addresses, count)) {
            *ret = candidate;
            return;
        }
    }
    *ret = first;
}
