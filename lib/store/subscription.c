/* Subscriptions: a connection each, which subscribes again whenever it is made again. */
#include "base/log.h"
#include "base/memory.h"
#include "store/internal.h"

#include <stdlib.h>

#define CHANNEL_MAX ((size_t)4096)

struct store_subscription {
    struct store_subscription *next;
    struct store *store; /* NULL once the store was closed */
    struct loop *loop;
    struct connection *connection;
    char *channel;
    void (*message)(void *arg, struct slice text);
    void (*subscribed)(void *arg);
    void *arg;
};

static void on_ready(void *arg)
{
    struct store_subscription *subscription = arg;
    _cleanup_buf_ struct buf command = BUF_INIT(CHANNEL_MAX + 64);
    resp_count(&command, 2);
    resp_text(&command, "SUBSCRIBE");
    resp_text(&command, subscription->channel);
    connection_send(subscription->connection, buf_slice(&command));
}

/* The store tells its own connection's end, which is the same server's. */
static void on_lost(void *arg, const struct error *err)
{
    (void)arg, (void)err;
}

static void refuse(struct store_subscription *subscription, const struct error *err)
{
    log_warn("cannot subscribe to %s: %s", subscription->channel, err->message);
    connection_drop(subscription->connection, err);
}

static struct slice element(const struct store_reply *reply, size_t index)
{
    const struct store_reply *at = store_reply_at(reply, index);
    return at != NULL ? store_reply_string(at) : slice_of(NULL, 0);
}

static void on_reply(void *arg, const struct store_reply *reply)
{
    struct store_subscription *subscription = arg;
    struct error err = ERROR_INIT;
    struct slice kind = element(reply, 0);
    if (resp_reply_is_error(reply, &err)) {
        refuse(subscription, &err);
    } else if (slice_equal(kind, slice_text("message")) && store_reply_count(reply) == 3) {
        subscription->message(subscription->arg, element(reply, 2));
    } else if (slice_equal(kind, slice_text("subscribe"))) {
        if (subscription->subscribed != NULL)
            subscription->subscribed(subscription->arg);
    } else {
        error_set(&err, ERROR_CORRUPT, "Redis sent another reply than a message");
        refuse(subscription, &err);
    }
}

static int check_subscribe(const struct store *store, const char *channel, struct error *err)
{
    if (store->closed)
        return error_set(err, ERROR_UNAVAILABLE, "the connection to Redis was closed");
    if (slice_text(channel).len > CHANNEL_MAX)
        return error_set(err, ERROR_LIMIT, "a channel's name has at most %zu bytes", CHANNEL_MAX);
    return 0;
}

static struct connection *open_connection(struct store_subscription *subscription,
                                          struct error *err)
{
    const struct store *store = subscription->store;
    const struct connection_options options = {.url = store->options.url,
                                               .password_file = store->options.password_file,
                                               .ready = on_ready,
                                               .lost = on_lost,
                                               .reply = on_reply,
                                               .arg = subscription};
    return connection_open(store->loop, &options, err);
}

struct store_subscription *store_subscribe(struct store *store, const char *channel,
                                           void (*message)(void *arg, struct slice text),
                                           void (*subscribed)(void *arg), void *arg,
                                           struct error *err)
{
    if (check_subscribe(store, channel, err) < 0)
        return NULL;
    struct store_subscription *subscription = xcalloc(1, sizeof(*subscription));
    subscription->store = store;
    subscription->loop = store->loop;
    subscription->message = message;
    subscription->subscribed = subscribed;
    subscription->arg = arg;
    subscription->connection = open_connection(subscription, err);
    if (subscription->connection == NULL) {
        free(subscription);
        return NULL;
    }
    subscription->channel = xstrdup(channel);
    subscription->next = store->subscriptions;
    store->subscriptions = subscription;
    return subscription;
}

/* Takes it off its store and silences it; the memory stays its owner's. */
void store_subscription_stop(struct store_subscription *subscription)
{
    if (subscription->store == NULL)
        return;
    struct store_subscription **at = &subscription->store->subscriptions;
    while (*at != subscription)
        at = &(*at)->next;
    *at = subscription->next;
    subscription->store = NULL;
    connection_close(subscription->connection);
}

static void destroy(void *arg)
{
    struct store_subscription *subscription = arg;
    free(subscription->channel);
    free(subscription);
}

void store_unsubscribe(struct store_subscription *subscription)
{
    if (subscription == NULL)
        return;
    store_subscription_stop(subscription);
    loop_defer(subscription->loop, destroy, subscription);
}
