/* A long poll: reads, and answers when what was read is news, else waits for a change and reads
 * again, until its time is up. The same for builds and machines.
 *
 * It is registered with api->waiting before its first read, so no change is missed. When Redis is
 * away at the first read the answer is 503; later it goes on waiting, and at its end answers with
 * what it knows.
 */
#ifndef API_POLL_H
#define API_POLL_H

#include "api/call.h"
#include "api/waiting.h"

struct poll;

struct poll_operations {
    /* Starts reading; its callback gets the poll and calls poll_take() first. */
    int (*read)(struct poll *poll, struct error *err);
    /* Time is up: answer with what was read last. */
    void (*expire)(struct poll *poll);
    void (*free)(void *state);
};

/* Takes `state` over. Answers 503 by itself when there are too many polls. */
void poll_start(struct call *call, const char *id, int64_t wait_ms,
                const struct poll_operations *operations, void *state);

void *poll_state(struct poll *poll);
struct call *poll_call(struct poll *poll);
/* A read was answered. False: there is nothing to be done with it, and the poll may be gone. When
 * true, the caller either answers the call and ends with poll_end(), or lets the poll wait. */
bool poll_take(struct poll *poll, const struct error *err);
bool poll_is_expired(const struct poll *poll); /* it must be answered now */
void poll_wait(struct poll *poll);
/* Another end than the one that was given at the start, from now. */
void poll_set_end(struct poll *poll, int64_t wait_ms);
/* The call was answered; the poll is gone after it. */
void poll_end(struct poll *poll);

#endif
