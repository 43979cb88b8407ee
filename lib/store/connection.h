/* One connection to Redis that makes itself again: connect, AUTH, PING, ready.
 *
 * Callbacks run from the loop only, never from inside a function of this file. connection_close()
 * may be called from any of them.
 */
#ifndef STORE_CONNECTION_H
#define STORE_CONNECTION_H

#include "store/resp.h"

struct connection;

struct connection_options {
    const char *url;
    const char *password_file; /* NULL or "": none; read again for each connection */
    void (*ready)(void *arg);  /* commands work from here on */
    /* Once for each outage: a ready connection is gone, or the first attempt failed. */
    void (*lost)(void *arg, const struct error *err);
    void (*reply)(void *arg, const struct store_reply *reply); /* in order; not of the handshake */
    void *arg;
};

/* Copies the options. Fails only for a URL or a password file that cannot be used. */
struct connection *connection_open(struct loop *loop, const struct connection_options *options,
                                   struct error *err);
void connection_close(struct connection *connection); /* NULL is fine */
bool connection_is_ready(const struct connection *connection);
/* Only while it is ready. */
void connection_send(struct connection *connection, struct slice bytes);
size_t connection_unsent(const struct connection *connection);
/* Gives this connection up as useless: it is lost, and tried again after the longest wait. To be
 * called from the loop, since it calls `lost`. */
void connection_drop(struct connection *connection, const struct error *err);

#endif
