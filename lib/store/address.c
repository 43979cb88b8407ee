/* Reads the URL of a Redis server. */
#include "store/address.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#define PORT_DEFAULT 6379

static int parse_path(const char *path, struct store_address *ret, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path[0] != '/')
        return error_set(err, ERROR_INVALID, "the path of a Redis socket must be absolute");
    if (!text_copy(address.sun_path, sizeof(address.sun_path), path))
        return error_set(err, ERROR_INVALID,
                         "the path of a Redis socket has at most %zu characters",
                         sizeof(address.sun_path) - 1);
    memcpy(&ret->socket, &address, sizeof(address));
    ret->socket_len = sizeof(address);
    return 0;
}

/* Splits "host:port" or "[host]:port"; the port may be missing. */
static int split_host(const char *text, struct store_address *ret, struct error *err)
{
    bool bracket = text[0] == '[';
    const char *host = text + bracket;
    size_t len = strcspn(host, bracket ? "]" : ":");
    const char *rest = host + len + (bracket && host[len] == ']');
    if (len == 0 || len >= sizeof(ret->host) || (bracket && host[len] != ']') ||
        (*rest != '\0' && *rest != ':'))
        return error_set(err, ERROR_INVALID, "\"%.100s\" is not host:port", text);
    memcpy(ret->host, host, len);
    ret->host[len] = '\0';
    int64_t port = PORT_DEFAULT;
    if (*rest == ':' && text_parse_int(rest + 1, 1, UINT16_MAX, &port, err) < 0)
        return error_prefix(err, "port of Redis");
    ret->port = (uint16_t)port;
    return 0;
}

static void recognise_number(struct store_address *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(address->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(address->port)};
    if (inet_pton(AF_INET, address->host, &v4.sin_addr) == 1) {
        memcpy(&address->socket, &v4, sizeof(v4));
        address->socket_len = sizeof(v4);
    } else if (inet_pton(AF_INET6, address->host, &v6.sin6_addr) == 1) {
        memcpy(&address->socket, &v6, sizeof(v6));
        address->socket_len = sizeof(v6);
    }
}

int store_address_parse(const char *url, struct store_address *ret, struct error *err)
{
    struct store_address address = {0};
    int result;
    if (text_starts_with(url, "unix://"))
        result = parse_path(url + strlen("unix://"), &address, err);
    else if (text_starts_with(url, "redis://"))
        result = split_host(url + strlen("redis://"), &address, err);
    else
        return error_set(err, ERROR_INVALID,
                         "\"%.100s\" is neither unix:///path nor redis://host:port", url);
    if (result < 0)
        return -1;
    if (address.socket_len == 0)
        recognise_number(&address);
    *ret = address;
    return 0;
}
