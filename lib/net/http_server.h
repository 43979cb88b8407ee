/* An HTTP/1.1 server on evhttp, with TLS, limits and answers that may come later.
 *
 * Bounds: connections, bytes of headers, bytes of a body, idle time, and the same time again for a
 * request to come whole. What is no request is answered here, with an RFC 9457 problem of type
 * about:blank (400, 413, 417, 431, 501), and its connection is closed.
 * A request waits for its answer without a thread: the handler keeps the pointer and answers from
 * any later callback. When file descriptors run out the listener is paused, logged once, and
 * opened again as soon as a connection closes or after a second (never a spinning accept loop).
 *
 * Ownership: the request belongs to the server. The handler may use it until it has called
 * http_reply() or http_stream_end(), or until its `closed` callback runs because the client went
 * away first; then it is gone. Strings it returns live as long as it does.
 */
#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

#include "base/buf.h"
#include "base/error.h"
#include "net/loop.h"
#include "net/tls.h"

#include <stdint.h>

struct http_server;
struct http_request;

typedef void http_handler(void *arg, struct http_request *request);

struct http_server_options {
    const char *const *listen; /* "127.0.0.1:8080", "[::1]:0"; port 0 picks one; NULL-terminated.
                                  Addresses that do not exist yet are bound too (IP_FREEBIND). */
    struct tls_context *tls;   /* NULL: plain HTTP */
    size_t max_connections;    /* 0: 4096. Over it, new connections are closed at once */
    size_t max_header_bytes;   /* 0: 16 KiB -> 431 */
    size_t max_body_bytes;     /* 0: 1 MiB -> 413 */
    int64_t idle_timeout_ms;   /* 0: 120 s; does not cut a request that waits for its answer, nor a
                                  stream that is silent */
    http_handler *handler;     /* every well-formed request */
    void *arg;
};

struct http_server *http_server_new(struct loop *loop, const struct http_server_options *options,
                                    struct error *err);
/* Closes what is open; `closed` callbacks run. From any callback; before loop_free(). */
void http_server_free(struct http_server *server);
uint16_t http_server_port(const struct http_server *server, size_t listen_index);
struct http_server_stats {
    uint64_t accepted, refused, requests, paused; /* paused: times that descriptors ran out */
    size_t connections;
};
struct http_server_stats http_server_stats(const struct http_server *server);

const char *http_request_method(const struct http_request *request); /* "GET", ... */
const char *http_request_path(const struct http_request *request);   /* decoded, no query */
const char *http_request_query(const struct http_request *request, const char *name); /* or NULL */
const char *http_request_header(const struct http_request *request, const char *name); /* or NULL */
struct slice http_request_body(const struct http_request *request);
const char *http_request_peer(const struct http_request *request); /* "127.0.0.1:4242" */

void http_request_on_closed(struct http_request *request, loop_fn *closed, void *arg);

void http_reply_header(struct http_request *request, const char *name, const char *value);
/* content_type may be NULL with an empty body. */
void http_reply(struct http_request *request, int status, const char *content_type,
                struct slice body);

/* Chunked answers: start, any number of writes, end. pending = bytes not yet taken by the socket;
 * a writer stops when that passes its own bound and goes on in `drained`. */
void http_stream_start(struct http_request *request, int status, const char *content_type);
void http_stream_write(struct http_request *request, struct slice data);
size_t http_stream_pending(const struct http_request *request);
void http_stream_on_drained(struct http_request *request, loop_fn *drained, void *arg);
void http_stream_end(struct http_request *request); /* what was written is still sent */

#endif
