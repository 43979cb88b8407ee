#include "api/waiting.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define WAKE_ALL_MS 30000

struct waiting {
    struct id_table table;
    size_t max;
    struct timer *bound; /* wakes all, in case a message was lost on its way */
    struct store_subscription *subscription;
    struct metric *waiters;
    loop_fn *missing;
    void *missing_arg;
};

static void bound_passed(void *arg)
{
    waiting_wake_all(arg);
}

struct waiting *waiting_new(struct loop *loop, size_t max, struct metrics *metrics,
                            loop_fn *missing, void *arg)
{
    struct waiting *waiting = xcalloc(1, sizeof(*waiting));

    waiting->max = max;
    waiting->missing = missing;
    waiting->missing_arg = arg;
    waiting->bound = timer_new(loop, bound_passed, waiting);
    waiting->waiters =
        metrics_get(metrics, METRIC_GAUGE, "leat_api_waiters", NULL, "Long polls that wait now.");
    return waiting;
}

static void message_came(void *arg, struct slice text)
{
    waiting_message(arg, text);
}

/* Messages may have been missed until now. */
static void subscribed(void *arg)
{
    waiting_wake_all(arg);
}

int waiting_subscribe(struct waiting *waiting, struct store *store, const char *channel,
                      struct error *err)
{
    waiting->subscription = store_subscribe(store, channel, message_came, subscribed, waiting, err);
    return waiting->subscription != NULL ? 0 : -1;
}

void waiting_free(struct waiting *waiting)
{
    if (waiting == NULL)
        return;
    store_unsubscribe(waiting->subscription);
    timer_free(waiting->bound);
    id_table_clear(&waiting->table);
    free(waiting);
}

bool waiting_add(struct waiting *waiting, struct waiter *waiter, const char *id, loop_fn *wake,
                 void *arg)
{
    if (waiting->table.count >= waiting->max)
        return false;
    waiter->wake = wake;
    waiter->arg = arg;
    id_table_add(&waiting->table, &waiter->node, id);
    metric_set(waiting->waiters, (int64_t)waiting->table.count);
    if (!timer_is_set(waiting->bound))
        timer_set(waiting->bound, WAKE_ALL_MS);
    return true;
}

void waiting_remove(struct waiting *waiting, struct waiter *waiter)
{
    id_table_remove(&waiting->table, &waiter->node);
    metric_set(waiting->waiters, (int64_t)waiting->table.count);
    if (waiting->table.count == 0)
        timer_clear(waiting->bound);
}

static void wake(void *arg, struct id_node *node)
{
    struct waiter *waiter = container_of(node, struct waiter, node);

    waiter->wake(waiter->arg);
}

static void wake_id(struct waiting *waiting, struct slice id)
{
    struct id_node *node = id_table_find(&waiting->table, id), *next;

    for (; node != NULL; node = next) {
        next = id_table_find_next(node);
        wake(NULL, node);
    }
}

void waiting_message(struct waiting *waiting, struct slice text)
{
    while (text.len > 0) {
        const uint8_t *end = memchr(text.data, ' ', text.len);
        size_t len = end != NULL ? (size_t)(end - text.data) : text.len;
        struct slice id = slice_of(text.data, len);
        if (slice_equal(id, slice_text("!")))
            waiting->missing(waiting->missing_arg);
        else
            wake_id(waiting, id);
        text.data += len + (end != NULL);
        text.len -= len + (end != NULL);
    }
}

void waiting_wake_all(struct waiting *waiting)
{
    id_table_each(&waiting->table, wake, NULL);
    if (waiting->table.count > 0)
        timer_set(waiting->bound, WAKE_ALL_MS);
}
