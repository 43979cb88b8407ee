/* Where Redis is. */
#ifndef STORE_ADDRESS_H
#define STORE_ADDRESS_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct store_address {
    struct sockaddr_storage socket; /* a path or a numeric address */
    socklen_t socket_len;           /* 0: `host` is a name that must be looked up */
    char host[256];
    uint16_t port;
};

/* "unix:///path", "redis://host", "redis://host:port", "redis://[::1]:port". */
int store_address_parse(const char *url, struct store_address *ret, struct error *err);

#endif
