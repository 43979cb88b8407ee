/* Commands: a queue of those that wait, answered in order. */
#include "base/memory.h"
#include "store/internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define REPLY_TIMEOUT_MS 10000

bool store_is_connected(const struct store *store)
{
    return !store->closed && connection_is_ready(store->connection);
}

void store_request_free(struct store_request *request)
{
    buf_free(&request->words);
    store_script_free(request->script);
    free(request);
}

static void finish(struct store_request *request, const struct store_reply *reply,
                   const struct error *err)
{
    if (request->done != NULL)
        request->done(request->arg, err == NULL ? reply : NULL, err);
    store_request_free(request);
}

/* The queue is taken off first: a callback may close the store or, from now on, send anew. */
static void fail_all(struct store *store, const struct error *err)
{
    struct store_request *request = store->first;
    store->first = store->last = NULL;
    store->pending = 0;
    while (request != NULL) {
        struct store_request *next = request->next;
        finish(request, NULL, err);
        request = next;
    }
}

static struct store_request *shift(struct store *store)
{
    struct store_request *request = store->first;
    store->first = request->next;
    if (store->first == NULL)
        store->last = NULL;
    store->pending--;
    request->next = NULL;
    return request;
}

static void on_reply(void *arg, const struct store_reply *reply)
{
    struct store *store = arg;
    struct error err = ERROR_INIT;
    store->progress_ms = loop_now_ms(store->loop);
    if (store->first == NULL) {
        error_set(&err, ERROR_CORRUPT, "Redis answered what nobody asked");
        connection_drop(store->connection, &err);
        return;
    }
    struct store_request *request = shift(store);
    if (store_script_resend(store, request, reply))
        return;
    finish(request, reply, resp_reply_is_error(reply, &err) ? &err : NULL);
}

static void on_ready(void *arg)
{
    struct store *store = arg;
    if (getrandom(&store->connection_id, sizeof(store->connection_id), GRND_NONBLOCK) < 0)
        store->connection_id++;
    if (store->options.connected != NULL)
        store->options.connected(store->options.arg);
}

static void on_lost(void *arg, const struct error *err)
{
    struct store *store = arg;
    timer_clear(store->watchdog);
    fail_all(store, err);
    if (!store->closed && store->options.disconnected != NULL)
        store->options.disconnected(store->options.arg, err);
}

/* A server that is stopped or cut off keeps its connection open and says nothing. */
static void on_watchdog(void *arg)
{
    struct store *store = arg;
    struct error err = ERROR_INIT;
    if (store->first == NULL)
        return;
    int64_t waited = loop_now_ms(store->loop) - store->progress_ms;
    if (waited < store->options.reply_timeout_ms) {
        timer_set(store->watchdog, store->options.reply_timeout_ms - waited);
        return;
    }
    error_set(&err, ERROR_TIMEOUT, "Redis at %s gave no answer for %lld ms", store->options.url,
              (long long)waited);
    connection_drop(store->connection, &err);
}

int store_check_room(const struct store *store, const struct buf *command, struct error *err)
{
    if (!store_is_connected(store))
        return error_set(err, ERROR_UNAVAILABLE, "there is no connection to Redis at %s",
                         store->options.url);
    if (command->overflow)
        return error_set(err, ERROR_LIMIT, "a command for Redis of more than %zu bytes",
                         command->max);
    if (store->pending >= STORE_PENDING_MAX)
        return error_set(err, ERROR_LIMIT, "%zu commands wait for Redis already", store->pending);
    if (connection_unsent(store->connection) + command->len > STORE_UNSENT_MAX)
        return error_set(err, ERROR_LIMIT, "Redis takes commands too slowly");
    return 0;
}

void store_send(struct store *store, struct slice command, struct store_request *request)
{
    if (store->first == NULL) {
        store->progress_ms = loop_now_ms(store->loop);
        if (!timer_is_set(store->watchdog))
            timer_set(store->watchdog, store->options.reply_timeout_ms);
        store->first = request;
    } else {
        store->last->next = request;
    }
    store->last = request;
    store->pending++;
    connection_send(store->connection, command);
}

int store_command(struct store *store, const struct slice *words, size_t count,
                  store_reply_fn *done, void *arg, struct error *err)
{
    _cleanup_buf_ struct buf command = BUF_INIT(STORE_COMMAND_MAX);
    if (count == 0)
        return error_set(err, ERROR_INVALID, "a command for Redis without words");
    resp_count(&command, count);
    for (size_t i = 0; i < count; i++)
        resp_word(&command, words[i]);
    if (store_check_room(store, &command, err) < 0)
        return -1;
    struct store_request *request = xcalloc(1, sizeof(*request));
    request->done = done;
    request->arg = arg;
    store_send(store, buf_slice(&command), request);
    return 0;
}

static void copy_options(struct store *store, const struct store_options *options)
{
    store->options = *options;
    store->options.url = xstrdup(options->url);
    if (options->password_file != NULL)
        store->options.password_file = xstrdup(options->password_file);
    if (options->reply_timeout_ms <= 0)
        store->options.reply_timeout_ms = REPLY_TIMEOUT_MS;
}

struct store *store_open(struct loop *loop, const struct store_options *options, struct error *err)
{
    struct store *store = xcalloc(1, sizeof(*store));
    struct connection_options connection = {.url = options->url,
                                            .password_file = options->password_file,
                                            .ready = on_ready,
                                            .lost = on_lost,
                                            .reply = on_reply,
                                            .arg = store};
    store->connection = connection_open(loop, &connection, err);
    if (store->connection == NULL) {
        free(store);
        return NULL;
    }
    store->loop = loop;
    store->watchdog = timer_new(loop, on_watchdog, store);
    copy_options(store, options);
    return store;
}

/* At the end of the loop's turn, when no function of this library is on the stack any more. */
static void destroy(void *arg)
{
    struct store *store = arg;
    free((void *)store->options.url);
    free((void *)store->options.password_file);
    free(store);
}

void store_close(struct store *store)
{
    struct error err = ERROR_INIT;
    if (store == NULL || store->closed)
        return;
    store->closed = true;
    connection_close(store->connection);
    timer_free(take_pointer(store->watchdog));
    while (store->subscriptions != NULL)
        store_subscription_stop(store->subscriptions);
    error_set(&err, ERROR_UNAVAILABLE, "the connection to Redis was closed");
    fail_all(store, &err);
    loop_defer(store->loop, destroy, store);
}
