#include "net/http_internal.h"

#include "net/loop_internal.h"
#include "net/tls_internal.h"

#include <stdlib.h>

#define CONNECTIONS_DEFAULT ((size_t)4096)
#define HEADER_DEFAULT      ((size_t)16 << 10)
#define BODY_DEFAULT        ((size_t)1 << 20)
#define IDLE_DEFAULT_MS     120000

static size_t or_default(size_t value, size_t default_value)
{
    return value > 0 ? value : default_value;
}

static void set_limits(struct http_server *server, const struct http_server_options *options)
{
    int64_t idle = options->idle_timeout_ms > 0 ? options->idle_timeout_ms : IDLE_DEFAULT_MS;

    server->max_connections = or_default(options->max_connections, CONNECTIONS_DEFAULT);
    server->max_header_bytes = or_default(options->max_header_bytes, HEADER_DEFAULT);
    server->max_body_bytes = or_default(options->max_body_bytes, BODY_DEFAULT);
    server->idle_timeout_ms = idle;
    server->idle_timeout = (struct timeval){.tv_sec = idle / 1000, .tv_usec = (idle % 1000) * 1000};
    evhttp_set_max_headers_size(server->http, (ev_ssize_t)server->max_header_bytes);
    evhttp_set_max_body_size(server->http, (ev_ssize_t)server->max_body_bytes);
    evhttp_set_timeout_tv(server->http, &server->idle_timeout);
    evhttp_set_allowed_methods(server->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
                                                 EVHTTP_REQ_DELETE | EVHTTP_REQ_HEAD |
                                                 EVHTTP_REQ_PATCH);
}

struct http_server *http_server_new(struct loop *loop, const struct http_server_options *options,
                                    struct error *err)
{
    struct http_server *server = xcalloc(1, sizeof(*server));

    server->loop = loop;
    server->http = evhttp_new(loop_base(loop));
    server->handler = options->handler;
    server->arg = options->arg;
    server->tls = options->tls != NULL ? tls_context_ref(options->tls) : NULL;
    server->settle = event_new(loop_base(loop), -1, 0, http_connection_settle, server);
    event_priority_set(server->settle, PRIORITY_FIRST);
    TAILQ_INIT(&server->stirred);
    set_limits(server, options);
    evhttp_set_bevcb(server->http, http_connection_make, server);
    evhttp_set_gencb(server->http, http_request_came, server);
    for (size_t i = 0; options->listen[i] != NULL; i++) {
        if (http_listen_add(server, options->listen[i], err) < 0) {
            http_server_free(server);
            return NULL;
        }
    }
    return server;
}

static void release(void *arg)
{
    struct http_server *server = arg;

    evhttp_free(server->http);
    tls_context_unref(server->tls);
    free(server);
}

/* This may be a callback from inside evhttp, which goes on with a connection afterwards: what has
 * connections is closed now, what evhttp itself needs is freed at the end of the turn. */
void http_server_free(struct http_server *server)
{
    if (server == NULL)
        return;
    http_listen_close(server);
    http_connection_settle(-1, 0, server);
    while (server->connections != NULL)
        evhttp_connection_free(server->connections->http); /* http_request_lost() for what waits */
    event_free(server->settle);
    loop_defer(server->loop, release, server);
}

struct http_server_stats http_server_stats(const struct http_server *server)
{
    return server->stats;
}
