/* One question to the API, as the listing commands ask it. */
#ifndef CLI_QUERY_H
#define CLI_QUERY_H

#include <jansson.h>

/* Loads the profile, asks, and complains in the name of `command`. 0 and *ret_body (owned by the
 * caller), or the exit code. */
int query_get(const char *command, const char *path, json_t **ret_body);

/* "" for a missing member. */
const char *query_text(const json_t *object, const char *name);

/* Prints `json` for machines: indented, keys in the order of the API. */
void query_print(const json_t *json);

#endif
