#include "cli/subnet.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>

#define FIRST    88
#define LAST     127
#define MASK     UINT32_C(0xffff0000)
#define TEXT_MAX ((size_t)1 << 20)

bool subnet_routed(const char *text, uint32_t network, uint32_t mask)
{
    /* Iface Destination Gateway Flags RefCnt Use Metric Mask ...; hex in network byte order. */
    for (const char *line = strchr(text, '\n'); line != NULL; line = strchr(line, '\n')) {
        unsigned destination, route_mask;
        line++;
        if (sscanf(line, "%*s %8x %*8x %*x %*d %*d %*d %8x", &destination, &route_mask) != 2 ||
            route_mask == 0)
            continue;
        uint32_t common = ntohl(route_mask) & mask;
        if ((ntohl(destination) & common) == (network & common))
            return true;
    }
    return false;
}

static bool has_address(const struct ifaddrs *addresses, uint32_t network)
{
    for (const struct ifaddrs *at = addresses; at != NULL; at = at->ifa_next) {
        if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET)
            continue;
        struct sockaddr_in in;
        memcpy(&in, at->ifa_addr, sizeof(in));
        if ((ntohl(in.sin_addr.s_addr) & MASK) == network)
            return true;
    }
    return false;
}

int subnet_choose(char *ret, size_t size, struct error *err)
{
    struct buf routes = BUF_INIT(TEXT_MAX + 1);
    struct ifaddrs *addresses = NULL;
    unsigned chosen = 0;

    if (file_read("/proc/net/route", TEXT_MAX, &routes, err) < 0 || getifaddrs(&addresses) < 0) {
        buf_free(&routes);
        return error_prefix(err, "looking for a free network");
    }
    for (unsigned i = FIRST; i <= LAST && chosen == 0; i++) {
        uint32_t network = (UINT32_C(10) << 24) | (i << 16);
        if (!subnet_routed(buf_text(&routes), network, MASK) && !has_address(addresses, network))
            chosen = i;
    }
    freeifaddrs(addresses);
    buf_free(&routes);
    if (chosen == 0)
        return error_set(err, ERROR_UNAVAILABLE,
                         "every network from 10.%d.0.0/16 to 10.%d.0.0/16 is in use here", FIRST,
                         LAST);
    snprintf(ret, size, "10.%u.0.0/16", chosen);
    return 0;
}

int subnet_gateway(char *ret, size_t size, const char *subnet, struct error *err)
{
    char address[32];
    struct in_addr network;
    const char *slash = strchr(subnet, '/');
    int64_t bits;
    size_t len = slash != NULL ? (size_t)(slash - subnet) : 0;

    if (len == 0 || len >= sizeof(address) || text_parse_int(slash + 1, 8, 30, &bits, NULL) < 0)
        return error_set(err, ERROR_INVALID, "%s is not a network", subnet);
    memcpy(address, subnet, len);
    address[len] = '\0';
    if (inet_pton(AF_INET, address, &network) != 1)
        return error_set(err, ERROR_INVALID, "%s is not a network", subnet);
    network.s_addr = htonl((ntohl(network.s_addr) & (UINT32_MAX << (32 - bits))) + 1);
    if (inet_ntop(AF_INET, &network, ret, (socklen_t)size) == NULL)
        return error_set(err, ERROR_INTERNAL, "%s does not fit", subnet);
    return 0;
}
