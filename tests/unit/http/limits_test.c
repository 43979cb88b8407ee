/* Time, connections, descriptors and memory are bounded, and what waits by right is left alone. */
#include "harness.h"

#include "base/memory.h"

#include <event2/buffer.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define IDLE_MS 200

static const char request[] = "GET / HTTP/1.1\r\n\r\n";

/* --- time --- */

static void closes_idle_connections(void **state)
{
    struct world *world = *state;

    for (enum transport transport = PLAIN; transport <= TLS; transport++) {
        world_serve(world, transport, (struct http_server_options){.idle_timeout_ms = IDLE_MS});
        struct peer *silent = peer_connect(world, PLAIN); /* not even a handshake */
        struct peer *answered = peer_connect(world, transport);
        peer_puts(answered, request);
        peer_await(answered, "200 OK", 1);
        int64_t at = loop_now_ms(world->loop);
        peer_await_end(answered);
        assert_true(loop_now_ms(world->loop) - at >= IDLE_MS / 2);
        peer_await_end(silent);
        assert_int_equal(silent->received.len, 0);
        peer_free(silent);
        peer_free(answered);
        http_server_free(take_pointer(world->server));
        tls_context_unref(take_pointer(world->tls));
    }
}

struct drip {
    struct peer *peer;
    struct timer *timer;
    const char *text; /* then 'a' without end */
};

static void drip(void *arg)
{
    struct drip *dripping = arg;

    peer_send(dripping->peer, slice_of(*dripping->text != '\0' ? dripping->text++ : "a", 1));
    timer_set(dripping->timer, 10);
}

/* Each byte comes in time, the whole does not. */
static void closes_when_a_request_takes_too_long(void **state)
{
    static const char *const starts[] = {
        "GET /", "GET / HTTP/1.1\r\nX: ", "POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\nGET /second"};
    struct world *world = *state;

    world_serve(world, TLS, (struct http_server_options){.idle_timeout_ms = IDLE_MS});
    for (size_t i = 0; i < array_size(starts); i++) {
        struct drip dripping = {.peer = peer_connect(world, TLS), .text = starts[i]};
        dripping.timer = timer_new(world->loop, drip, &dripping);
        timer_set(dripping.timer, 0);
        peer_await_end(dripping.peer);
        timer_free(dripping.timer);
        peer_free(dripping.peer);
    }
}

static void stream_silently(struct world *world, struct http_request *held)
{
    world_hold(world, held);
    http_stream_start(held, 200, "text/plain");
    http_stream_write(held, slice_text("start "));
}

/* A connection that is idle is cut three times meanwhile. */
static void await_three_cuts(struct world *world)
{
    for (int i = 0; i < 3; i++) {
        struct peer *idle = peer_connect(world, TLS);
        peer_await_end(idle);
        peer_free(idle);
    }
}

static void leaves_alone_what_waits(void **state)
{
    struct world *world = *state;

    world->handle = world_hold;
    world_serve(world, TLS, (struct http_server_options){.idle_timeout_ms = IDLE_MS});
    struct peer *poll = peer_connect(world, TLS);
    peer_puts(poll, request);
    AWAIT(world->loop, world->held_count == 1);
    world->handle = stream_silently;
    struct peer *stream = peer_connect(world, TLS);
    peer_puts(stream, request);
    peer_await(stream, "start", 1);
    await_three_cuts(world);
    assert_int_equal(world->closed, 0);
    http_reply(world->held[0], 200, "text/plain", slice_text("late"));
    http_stream_write(world->held[1], slice_text("end"));
    http_stream_end(world->held[1]);
    peer_await(poll, "late", 1);
    peer_await(stream, "end", 1);
    peer_await_end(poll); /* idle again */
    peer_await_end(stream);
    peer_free(poll);
    peer_free(stream);
}

/* --- connections --- */

static size_t connections(struct world *world)
{
    return http_server_stats(world->server).connections;
}

static void fill_and_overflow(struct world *world, enum transport server, enum transport first)
{
    struct peer *peers[3];

    world_serve(world, server, (struct http_server_options){.max_connections = 3});
    peers[0] = peer_connect(world, first); /* PLAIN to a server with TLS: no handshake */
    peers[1] = peer_connect(world, server);
    peers[2] = peer_connect(world, server);
    AWAIT(world->loop, connections(world) == 3);
    struct peer *over = peer_connect(world, server);
    peer_await_end(over);
    assert_int_equal(over->received.len, 0);
    peer_free(over);
    assert_int_equal(http_server_stats(world->server).refused, 1);
    assert_int_equal(http_server_stats(world->server).accepted, 3);
    peer_free(peers[0]);
    AWAIT(world->loop, connections(world) == 2);
    _cleanup_free_ char *answer =
        world_ask(world, server, slice_text("GET /again HTTP/1.1\r\nConnection: close\r\n\r\n"));
    assert_non_null(strstr(answer, "GET /again"));
    peer_free(peers[1]);
    peer_free(peers[2]);
    AWAIT(world->loop, connections(world) == 0);
    http_server_free(take_pointer(world->server));
    tls_context_unref(take_pointer(world->tls));
}

static void closes_what_is_over_the_limit(void **state)
{
    fill_and_overflow(*state, PLAIN, PLAIN);
    fill_and_overflow(*state, TLS, TLS);
    fill_and_overflow(*state, TLS, PLAIN);
}

static void closes_plain_http_on_the_tls_port(void **state)
{
    struct world *world = *state;

    world_serve(world, TLS, (struct http_server_options){.max_connections = 1});
    for (int i = 0; i < 3; i++) {
        free(world_ask(world, PLAIN, slice_text(request)));
        AWAIT(world->loop, connections(world) == 0);
    }
    assert_int_equal(world->requests, 0);
    assert_int_equal(http_server_stats(world->server).accepted, 3);
}

/* --- descriptors --- */

/* No descriptor more than there are; returns the limit before. */
static rlim_t forbid_descriptors(void)
{
    struct rlimit limit;
    int lowest = dup(0);

    close(lowest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = (rlim_t)lowest;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return before;
}

static void allow_descriptors(rlim_t count)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = count;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static uint64_t pauses(struct world *world)
{
    return http_server_stats(world->server).paused;
}

static void pauses_when_descriptors_run_out(void **state)
{
    struct world *world = *state;
    int turns = 0;

    world_serve(world, TLS, (struct http_server_options){0});
    struct peer *peer = peer_connect(world, TLS);
    peer_puts(peer, request);
    rlim_t before = forbid_descriptors();
    AWAIT(world->loop, pauses(world) == 1);
    assert_int_equal(http_server_stats(world->server).accepted, 0);
    AWAIT(world->loop, turns++ >= 0 && pauses(world) == 3); /* tried again twice, a second each */
    assert_in_range(turns, 2, 50);
    allow_descriptors(before);
    peer_await(peer, "200 OK", 1);
    peer_free(peer);
}

/* Long before the next attempt by time. */
static void resumes_when_a_connection_closes(void **state)
{
    struct world *world = *state;

    world_serve(world, PLAIN, (struct http_server_options){0});
    struct peer *first = peer_connect(world, PLAIN), *second;
    AWAIT(world->loop, connections(world) == 1);
    second = peer_connect(world, PLAIN);
    peer_puts(second, request);
    rlim_t before = forbid_descriptors();
    AWAIT(world->loop, pauses(world) == 1);
    int64_t at = loop_now_ms(world->loop);
    peer_puts(first, "nonsense\r\n\r\n"); /* the server closes, and frees its descriptor only */
    peer_await(second, "200 OK", 1);
    assert_true(loop_now_ms(world->loop) - at < 900);
    allow_descriptors(before);
    peer_free(first);
    peer_free(second);
}

/* --- memory --- */

static size_t unsent(const struct peer *peer)
{
    return evbuffer_get_length(bufferevent_get_output(peer->bufferevent));
}

/* While an answer is on its way, no more of what the client sends is taken than a request holds. */
static void does_not_read_without_bound(void **state)
{
    struct world *world = *state;
    size_t count = (size_t)64 << 20, before;
    _cleanup_free_ char *flood = xcalloc(1, count);

    world->handle = stream_silently;
    world_serve(world, PLAIN, (struct http_server_options){0});
    struct peer *peer = peer_connect(world, PLAIN);
    peer_puts(peer, request);
    peer_await(peer, "start", 1);
    world->handle = NULL;
    peer_send(peer, slice_of(flood, count));
    do { /* turns in which the server could read on, more than the kernel's buffers hold */
        before = unsent(peer);
        for (int i = 0; i < 300; i++)
            free(
                world_ask(world, PLAIN, slice_text("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")));
    } while (unsent(peer) != before);
    assert_true(unsent(peer) > count / 2);
    peer_free(peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(closes_idle_connections, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(closes_when_a_request_takes_too_long, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(leaves_alone_what_waits, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(closes_what_is_over_the_limit, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(closes_plain_http_on_the_tls_port, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(pauses_when_descriptors_run_out, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(resumes_when_a_connection_closes, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(does_not_read_without_bound, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
