#include "net/http_server.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/tls_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_DEFAULT ((size_t)4096)
#define HEADER_DEFAULT      ((size_t)16 << 10)
#define BODY_DEFAULT        ((size_t)1 << 20)
#define IDLE_DEFAULT_MS     120000
#define BACKLOG             512
#define REOPEN_MS           1000
#define LISTEN_MAX          16

/* libevent frees a connection after the turn in which it was closed, maybe after the server: each
 * connection holds the counter. */
struct connection_counter {
    struct http_server *server; /* NULL once that is freed */
    size_t connections;
};

struct http_server {
    struct loop *loop;
    struct evhttp *http;
    struct tls_context *tls;
    struct evconnlistener *listeners[LISTEN_MAX];
    struct evhttp_bound_socket *bound[LISTEN_MAX];
    size_t listener_count, max_connections;
    struct timer *reopen;
    bool paused;
    http_handler *handler;
    void *arg;
    int64_t idle_timeout_ms;
    struct http_server_stats stats;
    struct connection_counter *counter;
    LIST_HEAD(, http_request) requests;
};

struct http_request {
    LIST_ENTRY(http_request) link;
    struct http_server *server;
    struct evhttp_request *http;
    struct event *closed_event; /* the client hung up while we think */
    struct evkeyvalq query;
    char *path;
    loop_fn *closed, *drained;
    void *closed_arg, *drained_arg;
    bool streams;
    char peer[64];
};

/* --- listening, and not listening when descriptors run out --- */

static void enable_listeners(struct http_server *server, bool enable)
{
    for (size_t i = 0; i < server->listener_count; i++) {
        if (enable)
            evconnlistener_enable(server->listeners[i]);
        else
            evconnlistener_disable(server->listeners[i]);
    }
    server->paused = !enable;
}

static void pause_listening(struct http_server *server, const char *why)
{
    if (server->paused)
        return;
    server->stats.paused++;
    log_warn("no new connections for now: %s", why);
    enable_listeners(server, false);
    timer_set(server->reopen, REOPEN_MS);
}

static void reopen(void *arg)
{
    struct http_server *server = arg;
    if (server->paused && server->counter->connections < server->max_connections)
        enable_listeners(server, true);
    else if (server->paused)
        timer_set(server->reopen, REOPEN_MS);
}

static void accept_failed(struct evconnlistener *listener, void *arg)
{
    struct http_server *server = arg;
    pause_listening(server, strerror(errno));
}

/* --- connections are counted by the life of their TLS object --- */

static int connection_index = -1;

static void connection_freed(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index,
                             long argl, void *argp)
{
    struct connection_counter *counter = pointer;
    if (counter == NULL)
        return;
    counter->connections--;
    struct http_server *server = counter->server;
    if (server == NULL && counter->connections == 0)
        free(counter);
    else if (server != NULL && server->paused && !timer_is_set(server->reopen))
        timer_set(server->reopen, 0);
}

static struct bufferevent *make_connection(struct event_base *base, void *arg)
{
    struct http_server *server = arg;

    server->stats.accepted++;
    if (server->tls == NULL)
        return bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    SSL *ssl = SSL_new(tls_context_ssl(server->tls));
    SSL_set_ex_data(ssl, connection_index, server->counter);
    if (++server->counter->connections >= server->max_connections)
        pause_listening(server, "too many connections");
    struct bufferevent *connection =
        bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                       BEV_OPT_CLOSE_ON_FREE);
    bufferevent_openssl_set_allow_dirty_shutdown(connection, 1);
    return connection;
}

/* --- requests --- */

static void free_request(struct http_request *request)
{
    LIST_REMOVE(request, link);
    if (request->closed_event != NULL)
        event_free(request->closed_event);
    evhttp_clear_headers(&request->query);
    free(request->path);
    free(request);
}

static struct bufferevent *connection_of(const struct http_request *request)
{
    struct evhttp_connection *connection = evhttp_request_get_connection(request->http);
    return connection != NULL ? evhttp_connection_get_bufferevent(connection) : NULL;
}

/* evhttp frees its request with the connection and ours goes with it; but a request whose client
 * hung up while we think was taken off the connection before, and is left to us. */
static void connection_closed(struct evhttp_connection *connection, void *arg)
{
    struct http_request *request = arg;
    struct evhttp_request *http = request->http;
    bool left_to_us = evhttp_request_get_connection(http) == NULL;
    loop_fn *closed = request->closed;
    void *closed_arg = request->closed_arg;

    free_request(request);
    if (closed != NULL)
        closed(closed_arg);
    if (left_to_us)
        evhttp_request_free(http);
}

static void forget_connection(struct http_request *request)
{
    struct evhttp_connection *connection = evhttp_request_get_connection(request->http);
    if (connection != NULL)
        evhttp_connection_set_closecb(connection, NULL, NULL);
}

/* Something came while the request waits: the client closed its side or reset the connection, and
 * nobody reads the answer; or it sends more already. A reset wakes only those who read or write, so
 * we read, and while unread bytes lie there we look again later. */
static void client_stirred(evutil_socket_t fd, short what, void *arg)
{
    static const struct timeval look_again = {.tv_sec = 1};
    struct http_request *request = arg;
    struct evhttp_connection *connection = evhttp_request_get_connection(request->http);
    char byte;
    ssize_t len = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    if ((what & EV_CLOSED) || len == 0 || (len < 0 && errno != EAGAIN && errno != EINTR)) {
        if (connection != NULL)
            evhttp_connection_free(connection); /* calls connection_closed() */
        return;
    }
    event_free(request->closed_event);
    request->closed_event =
        event_new(loop_base(request->server->loop), fd,
                  (short)(len > 0 ? EV_CLOSED : EV_READ | EV_CLOSED), client_stirred, request);
    event_add(request->closed_event, len > 0 ? &look_again : NULL);
}

static void watch_for_hang_up(struct http_request *request)
{
    struct bufferevent *connection = connection_of(request);
    if (connection == NULL)
        return;
    request->closed_event =
        event_new(loop_base(request->server->loop), bufferevent_getfd(connection),
                  EV_READ | EV_CLOSED, client_stirred, request);
    event_add(request->closed_event, NULL);
    /* The answer may take long: only reading a request and sending an answer are timed. */
    evhttp_connection_set_timeout(evhttp_request_get_connection(request->http), 3600);
}

static bool take_target(struct http_request *request)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request->http);
    const char *path = uri != NULL ? evhttp_uri_get_path(uri) : NULL;
    const char *query = uri != NULL ? evhttp_uri_get_query(uri) : NULL;
    size_t len;

    TAILQ_INIT(&request->query);
    if (path == NULL || path[0] != '/')
        return false;
    request->path = evhttp_uridecode(path, 0, &len);
    if (request->path == NULL || strlen(request->path) != len ||
        !text_is_utf8(slice_of(request->path, len)))
        return false;
    return query == NULL || evhttp_parse_query_str(query, &request->query) == 0;
}

static void take_peer(struct http_request *request)
{
    char *address = NULL;
    ev_uint16_t port = 0;
    struct evhttp_connection *connection = evhttp_request_get_connection(request->http);

    if (connection != NULL)
        evhttp_connection_get_peer(connection, &address, &port);
    snprintf(request->peer, sizeof(request->peer), "%s:%u", address != NULL ? address : "?", port);
}

static void request_came(struct evhttp_request *http, void *arg)
{
    struct http_server *server = arg;
    struct http_request *request = xcalloc(1, sizeof(*request));

    server->stats.requests++;
    request->server = server;
    request->http = http;
    LIST_INSERT_HEAD(&server->requests, request, link);
    if (!take_target(request)) {
        free_request(request);
        evhttp_send_error(http, HTTP_BADREQUEST, NULL);
        return;
    }
    take_peer(request);
    evhttp_connection_set_closecb(evhttp_request_get_connection(http), connection_closed, request);
    watch_for_hang_up(request);
    server->handler(server->arg, request);
}

/* --- opening --- */

/* libevent takes no port 0, which means any. */
static int parse_address(const char *text, struct sockaddr_storage *ret, int *ret_len,
                         struct error *err)
{
    bool any_port = text_ends_with(text, ":0");
    _cleanup_free_ char *named =
        any_port ? xasprintf("%.*s1", (int)strlen(text) - 1, text) : xstrdup(text);

    memset(ret, 0, sizeof(*ret));
    *ret_len = (int)sizeof(*ret);
    if (evutil_parse_sockaddr_port(named, (struct sockaddr *)ret, ret_len) < 0)
        return error_set(err, ERROR_INVALID, "%s is not address:port", text);
    if (any_port && ret->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)ret)->sin6_port = 0;
    else if (any_port)
        ((struct sockaddr_in *)ret)->sin_port = 0;
    return 0;
}

static int open_listener(const char *text, struct error *err)
{
    struct sockaddr_storage address;
    int len, yes = 1;

    if (parse_address(text, &address, &len, err) < 0)
        return -1;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_errno(err, errno, "socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &yes, sizeof(yes));
    /* Connections inherit it: an answer is two small writes, and must not wait for an ACK between. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (bind(fd, (struct sockaddr *)&address, (socklen_t)len) < 0 || listen(fd, BACKLOG) < 0) {
        error_errno(err, errno, "listening on %s", text);
        close(fd);
        return -1;
    }
    return fd;
}

static int add_listener(struct http_server *server, const char *text, struct error *err)
{
    if (server->listener_count == LISTEN_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d addresses to listen on", LISTEN_MAX);
    int fd = open_listener(text, err);
    if (fd < 0)
        return -1;
    struct evconnlistener *listener =
        evconnlistener_new(loop_base(server->loop), NULL, NULL,
                           LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    server->bound[server->listener_count] = evhttp_bind_listener(server->http, listener);
    evconnlistener_set_error_cb(listener, accept_failed);
    server->listeners[server->listener_count++] = listener;
    return 0;
}

static void set_limits(struct http_server *server, const struct http_server_options *options)
{
    size_t header = options->max_header_bytes > 0 ? options->max_header_bytes : HEADER_DEFAULT;
    size_t body = options->max_body_bytes > 0 ? options->max_body_bytes : BODY_DEFAULT;
    int64_t idle = options->idle_timeout_ms > 0 ? options->idle_timeout_ms : IDLE_DEFAULT_MS;
    struct timeval timeout = {.tv_sec = idle / 1000, .tv_usec = (idle % 1000) * 1000};

    evhttp_set_max_headers_size(server->http, (ev_ssize_t)header);
    evhttp_set_max_body_size(server->http, (ev_ssize_t)body);
    evhttp_set_timeout_tv(server->http, &timeout);
    evhttp_set_allowed_methods(server->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
                                                 EVHTTP_REQ_DELETE | EVHTTP_REQ_HEAD |
                                                 EVHTTP_REQ_PATCH);
    server->max_connections =
        options->max_connections > 0 ? options->max_connections : CONNECTIONS_DEFAULT;
    server->idle_timeout_ms = idle;
}

struct http_server *http_server_new(struct loop *loop, const struct http_server_options *options,
                                    struct error *err)
{
    struct http_server *server = xcalloc(1, sizeof(*server));

    if (connection_index < 0)
        connection_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, connection_freed);
    server->loop = loop;
    server->counter = xcalloc(1, sizeof(*server->counter));
    server->counter->server = server;
    server->http = evhttp_new(loop_base(loop));
    server->handler = options->handler;
    server->arg = options->arg;
    server->reopen = timer_new(loop, reopen, server);
    server->tls = options->tls != NULL ? tls_context_ref(options->tls) : NULL;
    LIST_INIT(&server->requests);
    set_limits(server, options);
    evhttp_set_bevcb(server->http, make_connection, server);
    evhttp_set_gencb(server->http, request_came, server);
    for (size_t i = 0; options->listen[i] != NULL; i++) {
        if (add_listener(server, options->listen[i], err) < 0) {
            http_server_free(server);
            return NULL;
        }
    }
    return server;
}

void http_server_free(struct http_server *server)
{
    if (server == NULL)
        return;
    evhttp_free(server->http); /* closes connections: connection_closed() for what waits */
    timer_free(server->reopen);
    server->counter->server = NULL;
    if (server->counter->connections == 0)
        free(server->counter);
    tls_context_unref(server->tls);
    free(server);
}

uint16_t http_server_port(const struct http_server *server, size_t listen_index)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);
    evutil_socket_t fd = evconnlistener_get_fd(server->listeners[listen_index]);

    if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
        return 0;
    if (address.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

struct http_server_stats http_server_stats(const struct http_server *server)
{
    struct http_server_stats stats = server->stats;
    stats.connections = server->counter->connections;
    return stats;
}

/* --- what a handler sees --- */

const char *http_request_method(const struct http_request *request)
{
    switch (evhttp_request_get_command(request->http)) {
    case EVHTTP_REQ_GET:
        return "GET";
    case EVHTTP_REQ_POST:
        return "POST";
    case EVHTTP_REQ_PUT:
        return "PUT";
    case EVHTTP_REQ_DELETE:
        return "DELETE";
    case EVHTTP_REQ_HEAD:
        return "HEAD";
    case EVHTTP_REQ_PATCH:
        return "PATCH";
    default:
        return "?";
    }
}

const char *http_request_path(const struct http_request *request)
{
    return request->path;
}

const char *http_request_query(const struct http_request *request, const char *name)
{
    return evhttp_find_header(&request->query, name);
}

const char *http_request_header(const struct http_request *request, const char *name)
{
    return evhttp_find_header(evhttp_request_get_input_headers(request->http), name);
}

struct slice http_request_body(const struct http_request *request)
{
    struct evbuffer *body = evhttp_request_get_input_buffer(request->http);
    return slice_of(evbuffer_pullup(body, -1), evbuffer_get_length(body));
}

const char *http_request_peer(const struct http_request *request)
{
    return request->peer;
}

void http_request_on_closed(struct http_request *request, loop_fn *closed, void *arg)
{
    request->closed = closed;
    request->closed_arg = arg;
}

/* --- answers --- */

void http_reply_header(struct http_request *request, const char *name, const char *value)
{
    evhttp_add_header(evhttp_request_get_output_headers(request->http), name, value);
}

static void prepare_answer(struct http_request *request, const char *content_type)
{
    struct evhttp_connection *connection = evhttp_request_get_connection(request->http);

    if (content_type != NULL)
        http_reply_header(request, "Content-Type", content_type);
    if (connection != NULL)
        evhttp_connection_set_timeout(connection, (int)(request->server->idle_timeout_ms / 1000));
}

void http_reply(struct http_request *request, int status, const char *content_type,
                struct slice body)
{
    struct evhttp_request *http = request->http;
    struct evbuffer *buffer = evbuffer_new();

    prepare_answer(request, content_type);
    evbuffer_add(buffer, body.data, body.len);
    forget_connection(request);
    free_request(request);
    evhttp_send_reply(http, status, NULL, buffer);
    evbuffer_free(buffer);
}

void http_stream_start(struct http_request *request, int status, const char *content_type)
{
    prepare_answer(request, content_type);
    request->streams = true;
    evhttp_send_reply_start(request->http, status, NULL);
}

static void chunk_sent(struct evhttp_connection *connection, void *arg)
{
    struct http_request *request = arg;
    if (request->drained != NULL)
        request->drained(request->drained_arg);
}

void http_stream_write(struct http_request *request, struct slice data)
{
    struct evbuffer *buffer = evbuffer_new();

    evbuffer_add(buffer, data.data, data.len);
    evhttp_send_reply_chunk_with_cb(request->http, buffer, chunk_sent, request);
    evbuffer_free(buffer);
}

size_t http_stream_pending(const struct http_request *request)
{
    struct bufferevent *connection = connection_of(request);
    return connection != NULL ? evbuffer_get_length(bufferevent_get_output(connection)) : 0;
}

void http_stream_on_drained(struct http_request *request, loop_fn *drained, void *arg)
{
    request->drained = drained;
    request->drained_arg = arg;
}

void http_stream_end(struct http_request *request)
{
    struct evhttp_request *http = request->http;

    forget_connection(request);
    free_request(request);
    evhttp_send_reply_end(http);
}
