#include "process/subnet.h"

#include "base/memory.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

bool subnet_parse_address(const char *text, uint32_t *ret)
{
    struct in_addr address;

    if (inet_pton(AF_INET, text, &address) != 1)
        return false;
    *ret = ntohl(address.s_addr);
    return true;
}

const char *subnet_format_address(uint32_t address, char text[static SUBNET_ADDRESS_SIZE])
{
    snprintf(text, SUBNET_ADDRESS_SIZE, "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
             address >> 8 & 255, address & 255);
    return text;
}

static uint32_t mask_of(unsigned bits)
{
    return bits == 0 ? 0 : UINT32_MAX << (32 - bits);
}

bool subnet_parse_network(const char *text, struct subnet *ret)
{
    char address[SUBNET_ADDRESS_SIZE];
    const char *slash = strchr(text, '/');
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
    int64_t bits = 32;
    uint32_t network;

    if (len >= sizeof(address) || (slash != NULL && text_parse_int(slash + 1, 0, 32, &bits, NULL) < 0))
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    if (!subnet_parse_address(address, &network) || (network & ~mask_of((unsigned)bits)) != 0)
        return false;
    *ret = (struct subnet){.network = network, .bits = (unsigned)bits};
    return true;
}

static bool is_private(const struct subnet *subnet)
{
    static const struct subnet ranges[] = {
        {UINT32_C(10) << 24, 8},
        {UINT32_C(172) << 24 | UINT32_C(16) << 16, 12},
        {UINT32_C(192) << 24 | UINT32_C(168) << 16, 16},
    };

    for (size_t i = 0; i < array_size(ranges); i++) {
        if (subnet_contains(&ranges[i], subnet->network) && subnet->bits >= ranges[i].bits)
            return true;
    }
    return false;
}

int subnet_parse(const char *text, struct subnet *ret, struct error *err)
{
    struct subnet subnet;

    if (!subnet_parse_network(text, &subnet) || !is_private(&subnet) || subnet.bits < 16 ||
        subnet.bits > 28)
        return error_set(err, ERROR_INVALID,
                         "subnet %s is not a private IPv4 network from /16 to /28 such as "
                         "10.88.0.0/16", text);
    *ret = subnet;
    return 0;
}

bool subnet_contains(const struct subnet *subnet, uint32_t address)
{
    return (address & mask_of(subnet->bits)) == subnet->network;
}

uint32_t subnet_gateway(const struct subnet *subnet)
{
    return subnet->network + 1;
}

static bool is_used(const uint32_t *used, size_t count, uint32_t address)
{
    for (size_t i = 0; i < count; i++) {
        if (used[i] == address)
            return true;
    }
    return false;
}

int subnet_allocate(const struct subnet *subnet, const uint32_t *used, size_t count, uint32_t last,
                    uint32_t *ret, struct error *err)
{
    uint32_t first = subnet_gateway(subnet) + 1;
    uint32_t places = (UINT32_C(1) << (32 - subnet->bits)) - 3; /* not network, gateway, broadcast */
    uint32_t start = last >= first && last - first < places ? last - first + 1 : 0;

    for (uint32_t i = 0; i < places; i++) {
        uint32_t address = first + (start + i) % places;
        if (!is_used(used, count, address)) {
            *ret = address;
            return 0;
        }
    }
    return error_set(err, ERROR_LIMIT, "every one of the %u addresses for machines is in use", places);
}
