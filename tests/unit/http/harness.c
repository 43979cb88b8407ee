#include "harness.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

int world_setup(void **state)
{
    struct world *world = xcalloc(1, sizeof(*world));

    signal(SIGPIPE, SIG_IGN);
    world->loop = loop_new();
    world->certificates = certificates_make();
    world->client_tls = SSL_CTX_new(TLS_client_method());
    *state = world;
    return 0;
}

int world_teardown(void **state)
{
    struct world *world = *state;

    http_server_free(world->server);
    tls_context_unref(world->tls);
    SSL_CTX_free(world->client_tls);
    certificates_free(&world->certificates);
    loop_free(world->loop);
    free(world);
    return 0;
}

static void answer(struct http_request *request)
{
    _cleanup_buf_ struct buf body = BUF_INIT((size_t)4 << 20);

    buf_printf(&body, "%s %s ", http_request_method(request), http_request_path(request));
    buf_append_slice(&body, http_request_body(request));
    http_reply(request, 200, "text/plain", buf_slice(&body));
}

static void handle(void *arg, struct http_request *request)
{
    struct world *world = arg;

    world->requests++;
    if (world->handle != NULL)
        world->handle(world, request);
    else
        answer(request);
}

void world_closed(void *arg)
{
    struct world *world = arg;
    world->closed++;
}

void world_hold(struct world *world, struct http_request *request)
{
    assert_true(world->held_count < HELD_MAX);
    world->held[world->held_count++] = request;
    http_request_on_closed(request, world_closed, world);
}

void world_serve(struct world *world, enum transport transport, struct http_server_options options)
{
    static const char *const listen[] = {"127.0.0.1:0", NULL};
    struct tls_server_options tls = {.certificate_pem = world->certificates.certificate,
                                     .key_pem = world->certificates.key};
    struct error err = ERROR_INIT;

    if (transport == TLS)
        world->tls = tls_server_context(&tls, &err);
    options.listen = listen;
    options.tls = world->tls;
    options.handler = handle;
    options.arg = world;
    world->server = http_server_new(world->loop, &options, &err);
    if (world->server == NULL)
        fail_msg("%s", err.message);
}

/* --- peers --- */

static void peer_read(struct bufferevent *bufferevent, void *arg)
{
    struct peer *peer = arg;
    char bytes[16384];
    size_t len;

    while ((len = bufferevent_read(bufferevent, bytes, sizeof(bytes))) > 0)
        buf_append(&peer->received, bytes, len);
}

static void peer_written(struct bufferevent *bufferevent, void *arg)
{
    struct peer *peer = arg;
    peer->sent = evbuffer_get_length(bufferevent_get_output(bufferevent)) == 0;
}

static void peer_event(struct bufferevent *bufferevent, short what, void *arg)
{
    struct peer *peer = arg;

    if (what & BEV_EVENT_CONNECTED)
        peer->connected = true;
    else
        peer->ended = true;
}

struct peer *peer_connect(struct world *world, enum transport transport)
{
    struct peer *peer = xcalloc(1, sizeof(*peer));
    struct event_base *base = loop_base(world->loop);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(http_server_port(world->server, 0)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    peer->world = world;
    peer->received = BUF_INIT((size_t)64 << 20);
    peer->bufferevent =
        transport == TLS
            ? bufferevent_openssl_socket_new(base, -1, SSL_new(world->client_tls),
                                             BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE)
            : bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (transport == TLS)
        bufferevent_openssl_set_allow_dirty_shutdown(peer->bufferevent, 1);
    bufferevent_setcb(peer->bufferevent, peer_read, peer_written, peer_event, peer);
    bufferevent_enable(peer->bufferevent, EV_READ | EV_WRITE);
    assert_int_equal(
        bufferevent_socket_connect(peer->bufferevent, (struct sockaddr *)&address, sizeof(address)),
        0);
    return peer;
}

void peer_free(struct peer *peer)
{
    bufferevent_free(peer->bufferevent);
    buf_free(&peer->received);
    free(peer);
}

void peer_send(struct peer *peer, struct slice bytes)
{
    peer->sent = false;
    bufferevent_write(peer->bufferevent, bytes.data, bytes.len);
}

void peer_puts(struct peer *peer, const char *text)
{
    peer_send(peer, slice_text(text));
}

static size_t occurrences(struct peer *peer, const char *text)
{
    size_t count = 0;
    for (const char *at = buf_text(&peer->received); (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

const char *peer_await(struct peer *peer, const char *text, size_t count)
{
    AWAIT(peer->world->loop, occurrences(peer, text) >= count || peer->ended);
    if (occurrences(peer, text) < count)
        fail_msg("closed before \"%s\" came %zu times: \"%s\"", text, count,
                 buf_text(&peer->received));
    return buf_text(&peer->received);
}

void peer_await_end(struct peer *peer)
{
    AWAIT(peer->world->loop, peer->ended);
}

char *world_ask(struct world *world, enum transport transport, struct slice request)
{
    struct peer *peer = peer_connect(world, transport);

    peer_send(peer, request);
    peer_await_end(peer);
    char *answer_text = buf_take_text(&peer->received);
    peer_free(peer);
    return answer_text;
}
