#include "api/poll.h"

#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>

struct poll {
    struct call *call;
    const struct poll_operations *operations;
    void *state;
    struct waiter waiter;
    struct timer *end;
    bool reading; /* an answer of Redis is to come */
    bool again;   /* something changed meanwhile */
    bool known;   /* it was read once */
    bool expired;
    bool ended; /* waits for the answer of Redis to be freed */
};

void *poll_state(struct poll *poll)
{
    return poll->state;
}

struct call *poll_call(struct poll *poll)
{
    return poll->call;
}

bool poll_is_expired(const struct poll *poll)
{
    return poll->expired;
}

static void free_poll(struct poll *poll)
{
    if (poll->operations->free != NULL)
        poll->operations->free(poll->state);
    call_unref(poll->call);
    free(poll);
}

void poll_end(struct poll *poll)
{
    if (poll->ended)
        return;
    poll->ended = true;
    call_on_gone(poll->call, NULL, NULL);
    waiting_remove(poll->call->api->waiting, &poll->waiter);
    timer_free(poll->end);
    if (!poll->reading)
        free_poll(poll);
}

static void client_gone(void *arg)
{
    poll_end(arg);
}

static void read_now(struct poll *poll)
{
    struct error err;

    poll->again = false;
    poll->reading = poll->operations->read(poll, &err) == 0;
    if (!poll->reading && !poll->known) {
        call_problem(poll->call, PROBLEM_VIEW_UNAVAILABLE, "%s", err.message);
        poll_end(poll);
    }
}

static void wake(void *arg)
{
    struct poll *poll = arg;

    if (poll->reading)
        poll->again = true;
    else
        read_now(poll);
}

static void time_up(void *arg)
{
    struct poll *poll = arg;

    poll->expired = true;
    if (!poll->reading)
        poll->operations->expire(poll);
}

void poll_start(struct call *call, const char *id, int64_t wait_ms,
                const struct poll_operations *operations, void *state)
{
    struct poll *poll = xcalloc(1, sizeof(*poll));

    poll->call = call_ref(call);
    poll->operations = operations;
    poll->state = state;
    if (!waiting_add(call->api->waiting, &poll->waiter, id, wake, poll)) {
        call_problem(call, PROBLEM_TOO_MANY_WAITERS, "%lld long polls wait already",
                     (long long)call->api->config->max_waiters);
        free_poll(poll);
        return;
    }
    call_on_gone(call, client_gone, poll);
    poll->end = timer_new(call->api->loop, time_up, poll);
    poll->expired = wait_ms == 0;
    if (wait_ms > 0)
        timer_set(poll->end, wait_ms);
    read_now(poll);
}

bool poll_take(struct poll *poll, const struct error *err)
{
    poll->reading = false;
    if (poll->ended) {
        free_poll(poll);
        return false;
    }
    if (err == NULL) {
        poll->known = true;
        return true;
    }
    log_debug("a long poll could not read: %s", err->message);
    if (!poll->known) {
        call_problem(poll->call, PROBLEM_VIEW_UNAVAILABLE, "%s", err->message);
        poll_end(poll);
    } else if (poll->expired) {
        poll->operations->expire(poll);
    }
    return false;
}

void poll_wait(struct poll *poll)
{
    if (poll->again)
        read_now(poll);
}

void poll_set_end(struct poll *poll, int64_t wait_ms)
{
    poll->expired = false;
    timer_set(poll->end, wait_ms);
}
