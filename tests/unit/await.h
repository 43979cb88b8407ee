/* Waiting for events: turns the loop until a condition holds, and fails after a minute. */
#ifndef TESTS_AWAIT_H
#define TESTS_AWAIT_H

#include "testing.h"

#include "net/loop.h"

#include <event2/event.h>

#define AWAIT_LIMIT_MS 60000

static inline void await_nothing(void *arg)
{
    (void)arg;
}

static inline void await_turn(struct loop *loop, const struct timer *limit, const char *what,
                              const char *file, int line)
{
    if (!timer_is_set(limit)) {
        print_error("waited too long for: %s\n", what);
        _fail(file, line);
    }
    event_base_loop(loop_base(loop), EVLOOP_ONCE);
}

#define AWAIT(loop, condition)                                                                     \
    do {                                                                                           \
        struct timer *limit_ = timer_new((loop), await_nothing, NULL);                             \
        timer_set(limit_, AWAIT_LIMIT_MS);                                                         \
        while (!(condition))                                                                       \
            await_turn((loop), limit_, #condition, __FILE__, __LINE__);                            \
        timer_free(limit_);                                                                        \
    } while (0)

#endif
