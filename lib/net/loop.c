#include "net/loop.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "net/loop_internal.h"

#include <event2/event.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/time.h>

struct deferred {
    STAILQ_ENTRY(deferred) link;
    loop_fn *fn;
    void *arg;
};

struct loop {
    struct event_base *base;
    struct event *turn_end;
    STAILQ_HEAD(deferred_list, deferred) deferred;
};

/* Timers, descriptors and signals are all one libevent event and a callback. */
struct source {
    struct event *event;
    loop_fn *fn;
    void *arg;
};
struct timer {
    struct source source;
};
struct watch {
    struct source source;
};
struct signal_watch {
    struct source source;
};

static void run_deferred(struct loop *loop)
{
    struct deferred_list now = STAILQ_HEAD_INITIALIZER(now);

    STAILQ_CONCAT(&now, &loop->deferred);
    while (!STAILQ_EMPTY(&now)) {
        struct deferred *call = STAILQ_FIRST(&now);
        STAILQ_REMOVE_HEAD(&now, link);
        call->fn(call->arg);
        free(call);
    }
}

static void turn_ended(evutil_socket_t fd, short what, void *arg)
{
    run_deferred(arg);
}

static void fire(evutil_socket_t fd, short what, void *arg)
{
    struct source *source = arg;
    source->fn(source->arg);
}

static void source_init(struct source *source, struct loop *loop, int fd, short what, loop_fn *fn,
                        void *arg)
{
    source->fn = fn;
    source->arg = arg;
    source->event = event_new(loop->base, fd, what, fire, source);
    if (source->event == NULL) {
        log_error("the event loop does not take an event");
        abort();
    }
    event_priority_set(source->event, PRIORITY_EVENTS);
}

struct loop *loop_new(void)
{
    struct loop *loop = xcalloc(1, sizeof(*loop));
    struct event_config *config = event_config_new();

    event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER | EVENT_BASE_FLAG_NOLOCK);
    loop->base = event_base_new_with_config(config);
    event_config_free(config);
    if (loop->base == NULL) {
        log_error("the event loop cannot be made");
        abort();
    }
    event_base_priority_init(loop->base, PRIORITIES);
    STAILQ_INIT(&loop->deferred);
    loop->turn_end = event_new(loop->base, -1, 0, turn_ended, loop);
    event_priority_set(loop->turn_end, PRIORITY_DEFERRED);
    return loop;
}

void loop_free(struct loop *loop)
{
    while (!STAILQ_EMPTY(&loop->deferred))
        run_deferred(loop);
    event_free(loop->turn_end);
    event_base_free(loop->base);
    free(loop);
}

void loop_run(struct loop *loop)
{
    event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
}

void loop_stop(struct loop *loop)
{
    event_base_loopbreak(loop->base);
}

struct event_base *loop_base(struct loop *loop)
{
    return loop->base;
}

int64_t loop_now_ms(struct loop *loop)
{
    return clock_monotonic_ms();
}

void loop_defer(struct loop *loop, loop_fn *fn, void *arg)
{
    struct deferred *call = xcalloc(1, sizeof(*call));

    call->fn = fn;
    call->arg = arg;
    STAILQ_INSERT_TAIL(&loop->deferred, call, link);
    event_active(loop->turn_end, 0, 0);
}

struct timer *timer_new(struct loop *loop, loop_fn *fn, void *arg)
{
    struct timer *timer = xcalloc(1, sizeof(*timer));
    source_init(&timer->source, loop, -1, 0, fn, arg);
    return timer;
}

void timer_set(struct timer *timer, int64_t delay_ms)
{
    if (delay_ms < 0)
        delay_ms = 0;
    struct timeval delay = {.tv_sec = delay_ms / 1000, .tv_usec = (delay_ms % 1000) * 1000};
    event_add(timer->source.event, &delay);
}

void timer_clear(struct timer *timer)
{
    event_del(timer->source.event);
}

bool timer_is_set(const struct timer *timer)
{
    return event_pending(timer->source.event, EV_TIMEOUT, NULL) != 0;
}

void timer_free(struct timer *timer)
{
    if (timer == NULL)
        return;
    event_free(timer->source.event);
    free(timer);
}

struct watch *watch_new(struct loop *loop, int fd, unsigned watch_for, loop_fn *fn, void *arg)
{
    struct watch *watch = xcalloc(1, sizeof(*watch));
    int what = EV_PERSIST;

    what |= (watch_for & WATCH_READ) != 0 ? EV_READ : 0;
    what |= (watch_for & WATCH_WRITE) != 0 ? EV_WRITE : 0;
    source_init(&watch->source, loop, fd, (short)what, fn, arg);
    event_add(watch->source.event, NULL);
    return watch;
}

void watch_enable(struct watch *watch, bool enabled)
{
    if (enabled)
        event_add(watch->source.event, NULL);
    else
        event_del(watch->source.event);
}

void watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    event_free(watch->source.event);
    free(watch);
}

struct signal_watch *signal_watch_new(struct loop *loop, int signal_number, loop_fn *fn, void *arg)
{
    struct signal_watch *watch = xcalloc(1, sizeof(*watch));
    source_init(&watch->source, loop, signal_number, EV_SIGNAL | EV_PERSIST, fn, arg);
    event_add(watch->source.event, NULL);
    return watch;
}

void signal_watch_free(struct signal_watch *watch)
{
    if (watch == NULL)
        return;
    event_free(watch->source.event);
    free(watch);
}
