/* Redis behind a small interface, on the loop. Redis is a view: everything in it can be rebuilt.
 *
 * Connects in the background and reconnects by itself with backoff (50 ms to 5 s, jittered).
 * Commands given while there is no connection fail at once with ERROR_UNAVAILABLE: callers have
 * the log and decide themselves what to do. Replies are checked for type by the accessors; a reply
 * is never trusted to be of the expected form.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/buf.h"
#include "base/error.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

struct store_options {
    const char *url;           /* "unix:///path/redis.sock" or "redis://host:port" */
    const char *password_file; /* "" or NULL: none; its text, without the end of line, is the
                                * default user's password, read again for each connection */
    /* Called each time a connection is ready (commands work), and once for each outage: when the
     * connection is lost, or the first attempt failed. Either may be NULL. */
    void (*connected)(void *arg);
    void (*disconnected)(void *arg, const struct error *err);
    void *arg;
    int64_t reply_timeout_ms; /* with no reply for so long a connection is lost; 0: 10 s */
};
/* Fails only for a URL or a password file that cannot be used. The program ignores SIGPIPE, as
 * lib/daemon sees to. */
struct store *store_open(struct loop *loop, const struct store_options *options, struct error *err);
/* Pending callbacks get ERROR_UNAVAILABLE before it returns, then nothing is called any more. May
 * be called from any callback. Subscriptions fall silent and are still their owners' to free. */
void store_close(struct store *store);
bool store_is_connected(const struct store *store);

/* A reply, valid during the callback. */
struct store_reply;
enum store_reply_type {
    STORE_NIL,
    STORE_STRING,
    STORE_INTEGER,
    STORE_ARRAY,
    STORE_STATUS,
    STORE_ERROR, /* only inside an array: at the top it is `err` */
};
enum store_reply_type store_reply_type(const struct store_reply *reply);
struct slice
store_reply_string(const struct store_reply *reply);          /* empty unless STRING/STATUS/ERROR */
int64_t store_reply_integer(const struct store_reply *reply); /* 0 unless INTEGER */
size_t store_reply_count(const struct store_reply *reply);    /* 0 unless ARRAY */
/* NULL past the end. */
const struct store_reply *store_reply_at(const struct store_reply *reply, size_t index);

/* err is set for a lost connection (fate unknown) and for an error reply of Redis; reply is NULL
 * then. */
typedef void store_reply_fn(void *arg, const struct store_reply *reply, const struct error *err);

/* Binary-safe; everything is copied. At most 65,536 commands wait at once, one has at most 16 MiB,
 * and a reply at most 32 MiB (ERROR_LIMIT). `done` may be NULL. For commands that are answered once
 * and soon: not SUBSCRIBE, MONITOR, CLIENT REPLY or those that block. */
int store_command(struct store *store, const struct slice *words, size_t count,
                  store_reply_fn *done, void *arg, struct error *err);

/* A Lua script: sent by its SHA-1 and loaded when Redis does not know it. It is loaded ahead of its
 * first call on each connection, so calls and commands keep their order; only when the scripts of a
 * running server were flushed is a call sent again, after what was under way already. It may be
 * freed while calls are pending. */
struct store_script;
struct store_script *store_script_new(const char *source);
void store_script_free(struct store_script *script);
int store_eval(struct store *store, struct store_script *script, const struct slice *keys,
               size_t key_count, const struct slice *args, size_t arg_count, store_reply_fn *done,
               void *arg, struct error *err);

/* One more connection that is subscribed to `channel`. `subscribed` is called at the first
 * subscription and after each reconnect: whoever waits must read again then, since messages may
 * have been missed. */
struct store_subscription;
struct store_subscription *store_subscribe(struct store *store, const char *channel,
                                           void (*message)(void *arg, struct slice text),
                                           void (*subscribed)(void *arg), void *arg,
                                           struct error *err);
/* From any callback too; nothing is called any more. Before or after store_close(). */
void store_unsubscribe(struct store_subscription *subscription);

#endif
