#include "net/http_internal.h"

#include "base/log.h"
#include "net/tls_internal.h"

#include <event2/bufferevent_ssl.h>
#include <stdlib.h>
#include <string.h>

/* What evhttp calls may not free a connection, and what it writes cannot be changed from inside its
 * write: such work is done right after the callback, before libevent goes on. */
static void stir(struct http_connection *connection)
{
    if (connection->stirred)
        return;
    connection->stirred = true;
    TAILQ_INSERT_TAIL(&connection->server->stirred, connection, link);
    event_active(connection->server->settle, 0, 0);
}

/* --- answers to what is no request --- */

struct problem_text {
    int status;
    const char *title, *detail;
};

static const struct problem_text *problem_text(int status)
{
    static const struct problem_text texts[] = {
        {400, "Bad Request", "this is not an HTTP/1.1 request"},
        {413, "Content Too Large", "the body is too large, or its chunks are malformed"},
        {417, "Expectation Failed", "only 100-continue can be expected"},
        {431, "Request Header Fields Too Large", "request line and headers are too large"},
        {501, "Not Implemented", "this method is not known here"},
    };

    for (size_t i = 0; i < array_size(texts); i++) {
        if (texts[i].status == status)
            return &texts[i];
    }
    return &texts[0];
}

/* RFC 9457; the connection is closed after it, for where the next request would begin is not known.
 */
static void write_problem(struct evbuffer *out, const struct problem_text *text)
{
    _cleanup_buf_ struct buf body = BUF_INIT(1024);

    buf_printf(&body, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\"}",
               text->title, text->status, text->detail);
    evbuffer_add_printf(out,
                        "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\n"
                        "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                        text->status, text->title, body.len, buf_text(&body));
}

/* evhttp says 400 to too long a line too. */
static bool headers_too_large(const struct http_connection *connection)
{
    struct evbuffer *input = bufferevent_get_input(connection->bufferevent);
    size_t max = connection->server->max_header_bytes;

    if (connection->taken > max)
        return true;
    return evbuffer_search_eol(input, NULL, NULL, EVBUFFER_EOL_LF).pos < 0 &&
           connection->taken + evbuffer_get_length(input) > max;
}

/* A bufferevent without TLS lets only itself drain its output; one with TLS does not mind, and
 * could not do so itself from a buffer that was closed to it. */
static void drain_all(struct evbuffer *output)
{
    if (evbuffer_drain(output, evbuffer_get_length(output)) == 0)
        return;
    evbuffer_unfreeze(output, 1);
    evbuffer_drain(output, evbuffer_get_length(output));
    evbuffer_freeze(output, 1);
}

/* evhttp answers by itself to what it cannot read, with a page in HTML, and closes when all of the
 * output was sent: the page is replaced before any of it is. */
static void replace_page(struct http_connection *connection)
{
    struct evbuffer *output = bufferevent_get_output(connection->bufferevent);
    char start[13] = "";

    evbuffer_copyout(output, start, sizeof(start) - 1);
    int status = atoi(start + strlen("HTTP/1.1 "));
    if (status < 400)
        return;
    if (status == 400 && headers_too_large(connection))
        status = 431;
    connection->busy = true;
    drain_all(output);
    write_problem(output, problem_text(status));
}

/* --- what passes through a connection --- */

static void begin_deadline(struct http_connection *connection)
{
    if (!timer_is_set(connection->deadline))
        timer_set(connection->deadline, connection->server->idle_timeout_ms);
}

static void input_changed(struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
    struct http_connection *connection = arg;

    if (connection->busy)
        return;
    connection->taken += info->n_deleted;
    if (info->n_added > 0)
        begin_deadline(connection);
}

static void output_changed(struct evbuffer *output, const struct evbuffer_cb_info *info, void *arg)
{
    struct http_connection *connection = arg;
    if (info->n_added > 0 && !connection->busy)
        stir(connection);
}

static void too_slow(void *arg)
{
    struct http_connection *connection = arg;
    evhttp_connection_free(connection->http); /* calls connection_closed() */
}

static void answer_sent(struct evhttp_request *http, void *arg)
{
    struct http_connection *connection = arg;
    const struct timeval *idle = &connection->server->idle_timeout;

    connection->busy = false;
    connection->taken = 0;
    bufferevent_set_timeouts(connection->bufferevent, idle, idle);
    if (evbuffer_get_length(bufferevent_get_input(connection->bufferevent)) > 0)
        begin_deadline(connection);
}

/* A request that waits for its answer may do so for ever, and a stream may be silent; only what
 * lies there to be sent must be taken. */
void http_connection_begin_answer(struct http_connection *connection, struct http_request *request)
{
    connection->busy = true;
    connection->request = request;
    timer_clear(connection->deadline);
    bufferevent_set_timeouts(connection->bufferevent, NULL, &connection->server->idle_timeout);
    evhttp_request_set_on_complete_cb(request->http, answer_sent, connection);
}

struct http_connection *http_connection_find(struct http_server *server,
                                             struct evhttp_request *http)
{
    struct evhttp_connection *key = evhttp_request_get_connection(http);
    struct http_connection *found;

    HASH_FIND_PTR(server->connections, &key, found);
    return found;
}

/* --- from accept() to the end --- */

static void free_connection(struct http_connection *connection)
{
    struct http_server *server = connection->server;

    if (connection->stirred)
        TAILQ_REMOVE(&server->stirred, connection, link);
    if (connection->http != NULL)
        HASH_DEL(server->connections, connection);
    if (!connection->refused)
        server->stats.connections--;
    timer_free(connection->deadline);
    free(connection);
    http_listen_soon(server);
}

static void connection_closed(struct evhttp_connection *http, void *arg)
{
    struct http_connection *connection = arg;
    struct http_request *request = connection->request;

    evbuffer_remove_cb_entry(bufferevent_get_input(connection->bufferevent),
                             connection->input_watch);
    evbuffer_remove_cb_entry(bufferevent_get_output(connection->bufferevent),
                             connection->output_watch);
    free_connection(connection);
    if (request != NULL)
        http_request_lost(request); /* its callback may free the server */
}

/* evhttp hands itself to the bufferevent's callbacks, and tells nobody else of a new connection. */
static struct evhttp_connection *owner_of(struct bufferevent *bufferevent)
{
    void *owner = NULL;
    bufferevent_getcb(bufferevent, NULL, NULL, NULL, &owner);
    return owner;
}

/* Without an owner evhttp could not use the connection and has freed it. */
static void settle_new(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    struct bufferevent *bufferevent = connection->bufferevent;
    struct evhttp_connection *http = owner_of(bufferevent);

    if (http == NULL || connection->refused) {
        free_connection(connection);
        if (http != NULL)
            evhttp_connection_free(http);
    } else {
        connection->http = http;
        HASH_ADD_PTR(server->connections, http, connection);
        evhttp_connection_set_closecb(http, connection_closed, connection);
        timer_set(connection->deadline, server->idle_timeout_ms);
    }
    bufferevent_decref(bufferevent);
}

void http_connection_settle(evutil_socket_t fd, short what, void *arg)
{
    struct http_server *server = arg;

    while (!TAILQ_EMPTY(&server->stirred)) {
        struct http_connection *connection = TAILQ_FIRST(&server->stirred);
        TAILQ_REMOVE(&server->stirred, connection, link);
        connection->stirred = false;
        if (connection->http == NULL)
            settle_new(connection);
        else
            replace_page(connection);
    }
}

static struct bufferevent *make_bufferevent(struct event_base *base, struct tls_context *tls)
{
    if (tls == NULL)
        return bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    SSL *ssl = SSL_new(tls_context_ssl(tls));
    struct bufferevent *made =
        ssl == NULL ? NULL
                    : bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                                     BEV_OPT_CLOSE_ON_FREE);
    if (made != NULL)
        bufferevent_openssl_set_allow_dirty_shutdown(made, 1);
    return made;
}

/* evhttp reads on while an answer is sent: a request whole is the most that may lie there. */
static void watch_buffers(struct http_connection *connection)
{
    const struct http_server *server = connection->server;
    struct bufferevent *bufferevent = connection->bufferevent;

    bufferevent_setwatermark(bufferevent, EV_READ, 0,
                             2 * server->max_header_bytes + server->max_body_bytes);
    connection->input_watch =
        evbuffer_add_cb(bufferevent_get_input(bufferevent), input_changed, connection);
    connection->output_watch =
        evbuffer_add_cb(bufferevent_get_output(bufferevent), output_changed, connection);
}

/* Never NULL, for which evhttp would make a connection without TLS. */
struct bufferevent *http_connection_make(struct event_base *base, void *arg)
{
    struct http_server *server = arg;
    struct http_connection *connection = xcalloc(1, sizeof(*connection));

    connection->server = server;
    connection->refused = server->stats.connections >= server->max_connections;
    connection->bufferevent = make_bufferevent(base, connection->refused ? NULL : server->tls);
    if (connection->bufferevent == NULL) {
        log_error("out of memory for a connection");
        abort();
    }
    bufferevent_incref(connection->bufferevent); /* until it is settled */
    server->said_paused = false;
    if (connection->refused) {
        server->stats.refused++;
    } else {
        server->stats.accepted++;
        server->stats.connections++;
        connection->deadline = timer_new(server->loop, too_slow, connection);
        watch_buffers(connection);
    }
    stir(connection);
    return connection->bufferevent;
}
