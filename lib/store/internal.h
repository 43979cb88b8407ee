/* What the files of lib/store share. */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include "store/connection.h"

#define STORE_PENDING_MAX ((size_t)65536)
#define STORE_COMMAND_MAX ((size_t)16 << 20) /* bytes of one command */
#define STORE_UNSENT_MAX  ((size_t)64 << 20) /* bytes that the kernel did not take yet */

/* A command that waits for its reply. */
struct store_request {
    struct store_request *next;
    store_reply_fn *done; /* NULL: nobody waits */
    void *arg;
    struct store_script *script; /* to be sent whole when Redis does not know it; NULL: none */
    struct buf words;            /* of such a script: the words after its hash */
    size_t word_count;
};

struct store_script {
    char *source;
    char hash[41];       /* what Redis calls it; "" until Redis has told */
    uint64_t connection; /* the connection that it was last loaded on */
    unsigned references;
};

struct store {
    struct loop *loop;
    struct store_options options;
    struct connection *connection;
    uint64_t connection_id; /* random, another one for each connection */
    struct store_request *first, *last;
    size_t pending;
    struct timer *watchdog;
    int64_t progress_ms; /* when the last reply came, or the first of the waiting was sent */
    struct store_subscription *subscriptions;
    bool closed;
};

/* ERROR_UNAVAILABLE without a connection, ERROR_LIMIT when it waits for too much. */
int store_check_room(const struct store *store, const struct buf *command, struct error *err);
/* Sends `command` and puts the request at the end of the queue, which owns it from here on. */
void store_send(struct store *store, struct slice command, struct store_request *request);
void store_request_free(struct store_request *request);

/* Takes over a reply that says NOSCRIPT: sends the request again with its source. */
bool store_script_resend(struct store *store, struct store_request *request,
                         const struct store_reply *reply);

void store_subscription_stop(struct store_subscription *subscription);

#endif
