/* Which route a path belongs to: patterns such as "/v1/builds/{build}/finish". Pure. */
#ifndef API_ROUTER_H
#define API_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#define ROUTE_PARAMETERS_MAX 2
#define ROUTE_PARAMETER_SIZE 64

struct route_parameters {
    char values[ROUTE_PARAMETERS_MAX][ROUTE_PARAMETER_SIZE]; /* in the order of the pattern */
};

/* A parameter is one segment of 1 to 63 bytes. *ret is set only when the path matches. */
bool route_matches(const char *pattern, const char *path, struct route_parameters *ret);

struct call;
enum route_auth { AUTH_NONE, AUTH_CLIENT, AUTH_MACHINE };

struct route {
    const char *name; /* in metrics */
    const char *method;
    const char *pattern;
    enum route_auth auth;
    const char *content_type; /* of the body; NULL: none is taken */
    void (*handler)(struct call *call);
};

/* The route, or NULL; then *ret_allow is the method that the path has instead, or NULL. */
const struct route *route_find(const struct route *routes, size_t count, const char *method,
                               const char *path, struct route_parameters *ret,
                               const char **ret_allow);

#endif
