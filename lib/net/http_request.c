#include "net/http_internal.h"

#include "base/text.h"
#include "net/loop_internal.h"

#include <errno.h>
#include <event2/http_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Takes it off its connection too: what comes there next is not for this request. */
static void free_request(struct http_request *request)
{
    if (request->connection != NULL)
        request->connection->request = NULL;
    if (request->closed_event != NULL)
        event_free(request->closed_event);
    if (request->later != NULL)
        event_free(request->later);
    evhttp_clear_headers(&request->query);
    free(request->path);
    free(request);
}

/* evhttp frees its request with the connection and ours goes with it; but a request whose client
 * hung up while we think was taken off the connection before, and is left to us. */
void http_request_lost(struct http_request *request)
{
    struct evhttp_request *http = request->http;
    bool left_to_us = evhttp_request_get_connection(http) == NULL;
    loop_fn *closed = request->closed;
    void *closed_arg = request->closed_arg;

    request->connection = NULL; /* freed already */
    free_request(request);
    if (closed != NULL)
        closed(closed_arg);
    if (left_to_us)
        evhttp_request_free(http);
}

/* libevent puts off the news that the output was sent to the end of the turn, and evhttp takes it
 * as the end of whatever answer was written last, be it still unsent: an answer ends, or a request
 * is handed over, only when no such news is on its way. */
static void do_later(struct http_request *request, event_callback_fn fn)
{
    request->later = event_new(loop_base(request->server->loop), -1, 0, fn, request);
    event_priority_set(request->later, PRIORITY_DEFERRED);
    event_active(request->later, 0, 0);
}

/* Something came while the request waits: the client closed its side or reset the connection, and
 * nobody reads the answer; or it sends more already. A reset wakes only those who read or write, so
 * we read, and while unread bytes lie there we look again later. */
static void client_stirred(evutil_socket_t fd, short what, void *arg)
{
    static const struct timeval look_again = {.tv_sec = 1};
    struct http_request *request = arg;
    char byte;
    ssize_t len = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    if ((what & EV_CLOSED) || len == 0 || (len < 0 && errno != EAGAIN && errno != EINTR)) {
        evhttp_connection_free(request->connection->http); /* calls http_request_lost() */
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
    request->closed_event = event_new(loop_base(request->server->loop),
                                      bufferevent_getfd(request->connection->bufferevent),
                                      EV_READ | EV_CLOSED, client_stirred, request);
    event_add(request->closed_event, NULL);
}

static bool take_target(struct http_request *request)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request->http);
    const char *path = uri != NULL ? evhttp_uri_get_path(uri) : NULL;
    const char *query = uri != NULL ? evhttp_uri_get_query(uri) : NULL;
    size_t len;

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

    evhttp_connection_get_peer(request->connection->http, &address, &port);
    snprintf(request->peer, sizeof(request->peer), "%s:%u", address != NULL ? address : "?", port);
}

static void hand_over(evutil_socket_t fd, short what, void *arg)
{
    struct http_request *request = arg;
    request->server->handler(request->server->arg, request);
}

void http_request_came(struct evhttp_request *http, void *arg)
{
    struct http_server *server = arg;
    struct http_connection *connection = http_connection_find(server, http);
    struct http_request *request = xcalloc(1, sizeof(*request));

    server->stats.requests++;
    request->server = server;
    request->http = http;
    TAILQ_INIT(&request->query);
    if (!take_target(request)) {
        free_request(request);
        connection->taken = 0; /* it was read whole: nothing of it was too large */
        evhttp_send_error(http, HTTP_BADREQUEST, NULL); /* replaced by a problem */
        return;
    }
    request->connection = connection;
    http_connection_begin_answer(connection, request);
    take_peer(request);
    watch_for_hang_up(request);
    if (http_request_header(request, "Expect") != NULL)
        do_later(request, hand_over);
    else
        hand_over(-1, 0, request);
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

void http_reply(struct http_request *request, int status, const char *content_type,
                struct slice body)
{
    struct evhttp_request *http = request->http;
    struct evbuffer *buffer = evbuffer_new();

    if (content_type != NULL)
        http_reply_header(request, "Content-Type", content_type);
    evbuffer_add(buffer, body.data, body.len);
    free_request(request);
    evhttp_send_reply(http, status, NULL, buffer);
    evbuffer_free(buffer);
}

/* HTTP/1.0 has no chunks: only the end of the connection ends the answer. */
void http_stream_start(struct http_request *request, int status, const char *content_type)
{
    if (request->http->major == 1 && request->http->minor == 0)
        http_reply_header(request, "Connection", "close");
    if (content_type != NULL)
        http_reply_header(request, "Content-Type", content_type);
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
    return evbuffer_get_length(bufferevent_get_output(request->connection->bufferevent));
}

void http_stream_on_drained(struct http_request *request, loop_fn *drained, void *arg)
{
    request->drained = drained;
    request->drained_arg = arg;
}

static void end_stream(evutil_socket_t fd, short what, void *arg)
{
    struct http_request *request = arg;
    struct evhttp_request *http = request->http;

    free_request(request);
    evhttp_send_reply_end(http);
}

/* Gone for the handler; ours until the end of the turn. */
void http_stream_end(struct http_request *request)
{
    request->closed = NULL;
    request->drained = NULL;
    do_later(request, end_stream);
}
