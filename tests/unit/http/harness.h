/* A real server on loopback, and clients that send whatever bytes a test wants, on one loop. */
#ifndef TESTS_HTTP_HARNESS_H
#define TESTS_HTTP_HARNESS_H

#include "await.h"

#include "base/buf.h"
#include "certificates.h"
#include "net/http_server.h"

#include <event2/bufferevent.h>
#include <openssl/ssl.h>

#define HELD_MAX 16

struct world {
    struct loop *loop;
    struct certificates certificates;
    struct tls_context *tls;
    SSL_CTX *client_tls;
    struct http_server *server;
    /* What the handler does; NULL: answers 200 with "<method> <path> <body>". */
    void (*handle)(struct world *world, struct http_request *request);
    struct http_request *held[HELD_MAX]; /* by world_hold() */
    size_t held_count, requests, closed, drained;
};

/* For cmocka: *state is a struct world without a server. */
int world_setup(void **state);
int world_teardown(void **state);

enum transport { PLAIN, TLS };
/* Fills in where to listen, TLS and the handler. */
void world_serve(struct world *world, enum transport transport, struct http_server_options options);
/* A handler: keeps the request; its `closed` takes it out again. */
void world_hold(struct world *world, struct http_request *request);
void world_closed(void *arg); /* counts */

struct peer {
    struct world *world;
    struct bufferevent *bufferevent;
    struct buf received;
    bool connected, sent, ended; /* ended: the server closed or the connection broke */
};

struct peer *peer_connect(struct world *world, enum transport transport);
void peer_free(struct peer *peer);
void peer_send(struct peer *peer, struct slice bytes);
void peer_puts(struct peer *peer, const char *text);
/* The answer so far, once it holds `text` `count` times. */
const char *peer_await(struct peer *peer, const char *text, size_t count);
void peer_await_end(struct peer *peer);

/* The whole of what comes to one request on a connection of its own that the server closes. */
char *world_ask(struct world *world, enum transport transport, struct slice request);

#endif
