/* The parts of the HTTP server, shared by its files only.
 *
 *   http_listen.c      addresses, and not accepting while descriptors are out
 *   http_connection.c  the bounds of a connection, and answers to what is no request
 *   http_request.c     a request from the handler's call to the end of its answer
 *   http_server.c      their owner
 */
#ifndef NET_HTTP_INTERNAL_H
#define NET_HTTP_INTERNAL_H

#include "base/memory.h"
#include "net/http_server.h"

#define uthash_malloc(size) xmalloc(size)
#include <uthash.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <sys/queue.h>
#include <sys/time.h>

#define HTTP_LISTEN_MAX 16

struct http_connection;

struct http_server {
    LIST_ENTRY(http_server) link; /* while it listens */
    struct loop *loop;
    struct evhttp *http;
    struct tls_context *tls;
    struct evconnlistener *listeners[HTTP_LISTEN_MAX];
    struct evhttp_bound_socket *bound[HTTP_LISTEN_MAX];
    size_t listener_count, max_connections, max_header_bytes, max_body_bytes;
    struct timer *reopen;
    bool paused, said_paused;
    http_handler *handler;
    void *arg;
    int64_t idle_timeout_ms;
    struct timeval idle_timeout;
    struct http_server_stats stats;
    struct http_connection *connections; /* by evhttp's connection */
    struct event *settle;                /* runs before libevent goes on with those in `stirred` */
    TAILQ_HEAD(, http_connection) stirred;
};

/* From accept() until evhttp lets the connection go. */
struct http_connection {
    UT_hash_handle hh;
    TAILQ_ENTRY(http_connection) link;
    struct http_server *server;
    struct evhttp_connection *http; /* NULL until it was settled */
    struct bufferevent *bufferevent;
    struct evbuffer_cb_entry *input_watch, *output_watch;
    struct timer *deadline;       /* of the request that is being read */
    struct http_request *request; /* handed over and not answered whole */
    size_t taken;                 /* bytes that evhttp has read of the request */
    bool refused, stirred;
    bool busy; /* from a request to the end of its answer: what goes out is ours */
};

struct http_request {
    struct http_server *server;
    struct http_connection *connection;
    struct evhttp_request *http;
    struct event *closed_event; /* the client hung up while we think */
    struct event *later;        /* at the end of the turn: hand over, or end the stream */
    struct evkeyvalq query;
    char *path;
    loop_fn *closed, *drained;
    void *closed_arg, *drained_arg;
    char peer[64];
};

/* http_listen.c */
int http_listen_add(struct http_server *server, const char *text, struct error *err);
void http_listen_soon(struct http_server *server); /* a descriptor may be free again */
void http_listen_close(struct http_server *server);

/* http_connection.c */
struct bufferevent *http_connection_make(struct event_base *base, void *server);
void http_connection_settle(evutil_socket_t fd, short what, void *server);
struct http_connection *http_connection_find(struct http_server *server,
                                             struct evhttp_request *http);
void http_connection_begin_answer(struct http_connection *connection, struct http_request *request);

/* http_request.c */
void http_request_came(struct evhttp_request *http, void *server);
void http_request_lost(struct http_request *request); /* its connection is being freed */

#endif
