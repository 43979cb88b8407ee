#include "api/router.h"

#include <string.h>

static bool take_parameter(const char *segment, size_t len, char out[static ROUTE_PARAMETER_SIZE])
{
    if (len == 0 || len >= ROUTE_PARAMETER_SIZE)
        return false;
    memcpy(out, segment, len);
    out[len] = '\0';
    return true;
}

bool route_matches(const char *pattern, const char *path, struct route_parameters *ret)
{
    struct route_parameters found = {0};
    size_t count = 0;

    while (*pattern == '/' && *path == '/') {
        pattern++;
        path++;
        size_t pattern_len = strcspn(pattern, "/"), len = strcspn(path, "/");
        if (pattern[0] == '{') {
            if (count == ROUTE_PARAMETERS_MAX || !take_parameter(path, len, found.values[count++]))
                return false;
        } else if (pattern_len != len || memcmp(pattern, path, len) != 0) {
            return false;
        }
        pattern += pattern_len;
        path += len;
    }
    if (*pattern != '\0' || *path != '\0')
        return false;
    *ret = found;
    return true;
}

const struct route *route_find(const struct route *routes, size_t count, const char *method,
                               const char *path, struct route_parameters *ret,
                               const char **ret_allow)
{
    *ret_allow = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!route_matches(routes[i].pattern, path, ret))
            continue;
        if (strcmp(routes[i].method, method) == 0)
            return &routes[i];
        *ret_allow = routes[i].method;
    }
    return NULL;
}
