/* The desired state of this machine, by long poll: level-triggered, never assumed from absence.
 *
 * Polls for ever: the whole state comes at each change. While the API is away the machine goes on
 * as it is and asks again after a growing pause.
 */
#ifndef MACHINE_DESIRED_H
#define MACHINE_DESIRED_H

#include "net/http_client.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stddef.h>

struct desired_state {
    bool drain, stop;
    size_t builds;      /* that have a place here */
    const char *reason; /* "" when there is none */
};
typedef void desired_fn(void *arg, const struct desired_state *state);

struct desired;
struct desired *desired_start(struct loop *loop, struct http_client *client, const char *machine,
                              desired_fn *changed, void *arg);
void desired_free(struct desired *desired);

#endif
