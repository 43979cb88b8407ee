/* Answers that come later, in pieces, or never because somebody went away. */
#include "harness.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static const char request[] = "GET / HTTP/1.1\r\n\r\n";
static const char last_request[] = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";

static void answers_long_polls_later(void **state)
{
    struct world *world = *state;
    struct peer *peers[5];

    world->handle = world_hold;
    world_serve(world, TLS, (struct http_server_options){0});
    for (size_t i = 0; i < array_size(peers); i++) {
        peers[i] = peer_connect(world, TLS);
        peer_puts(peers[i], request);
        AWAIT(world->loop, world->held_count == i + 1);
    }
    for (size_t i = array_size(peers); i-- > 0;) {
        _cleanup_free_ char *body = xasprintf("answer %zu", i);
        http_reply(world->held[i], 200, "text/plain", slice_text(body));
        peer_await(peers[i], body, 1);
    }
    world->held_count = 0;
    peer_puts(peers[0], request); /* the connection is good for another one */
    AWAIT(world->loop, world->held_count == 1);
    http_reply(world->held[0], 204, NULL, slice_of(NULL, 0));
    peer_await(peers[0], "204 No Content", 1);
    assert_int_equal(world->closed, 0);
    for (size_t i = 0; i < array_size(peers); i++)
        peer_free(peers[i]);
}

static void tells_that_the_client_went_away(void **state)
{
    struct world *world = *state;

    world->handle = world_hold;
    for (enum transport transport = PLAIN; transport <= TLS; transport++) {
        world_serve(world, transport, (struct http_server_options){0});
        struct peer *peer = peer_connect(world, transport);
        peer_puts(peer, request);
        AWAIT(world->loop, world->held_count == 1);
        peer_free(peer);
        AWAIT(world->loop, world->closed == 1);
        AWAIT(world->loop, http_server_stats(world->server).connections == 0);
        world->closed = world->held_count = 0;
        http_server_free(take_pointer(world->server));
        tls_context_unref(take_pointer(world->tls));
    }
}

/* --- streams --- */

static void start_stream(struct world *world, struct http_request *held)
{
    world_hold(world, held);
    http_stream_start(held, 200, "text/plain");
    http_stream_write(held, slice_text("begin "));
}

static void end_at_once(void *arg)
{
    struct world *world = arg;

    http_stream_write(world->held[0], slice_text("middle "));
    http_stream_write(world->held[0], slice_text("end."));
    http_stream_end(world->held[0]);
}

static struct timer *next_turn;

/* The timer fires in the turn in which the beginning is sent, before libevent tells so. */
static void start_and_end_in_the_next_turn(struct world *world, struct http_request *held)
{
    start_stream(world, held);
    timer_set(next_turn, 0);
}

static void ends_streams_whole(void **state)
{
    struct world *world = *state;

    world->handle = start_and_end_in_the_next_turn;
    next_turn = timer_new(world->loop, end_at_once, world);
    for (enum transport transport = PLAIN; transport <= TLS; transport++) {
        world_serve(world, transport, (struct http_server_options){0});
        _cleanup_free_ char *closed = world_ask(world, transport, slice_text(last_request));
        assert_non_null(strstr(closed, "6\r\nbegin \r\n7\r\nmiddle \r\n4\r\nend.\r\n0\r\n\r\n"));
        world->held_count = 0;
        struct peer *kept = peer_connect(world, transport);
        for (size_t i = 1; i <= 3; i++) {
            peer_puts(kept, request);
            peer_await(kept, "end.\r\n0\r\n\r\n", i);
            world->held_count = 0;
        }
        peer_free(kept);
        http_server_free(take_pointer(world->server));
        tls_context_unref(take_pointer(world->tls));
    }
    timer_free(next_turn);
    assert_int_equal(world->closed, 0);
}

static void start_and_end(struct world *world, struct http_request *held)
{
    start_stream(world, held);
    end_at_once(world);
}

static void start_and_end_empty(struct world *world, struct http_request *held)
{
    http_stream_start(held, 200, "text/plain");
    http_stream_end(held);
}

static void ends_streams_in_the_handler(void **state)
{
    struct world *world = *state;

    world->handle = start_and_end;
    world_serve(world, TLS, (struct http_server_options){0});
    _cleanup_free_ char *full = world_ask(world, TLS, slice_text(last_request));
    assert_non_null(strstr(full, "6\r\nbegin \r\n7\r\nmiddle \r\n4\r\nend.\r\n0\r\n\r\n"));
    world->handle = start_and_end_empty;
    _cleanup_free_ char *empty = world_ask(world, TLS, slice_text(last_request));
    assert_non_null(strstr(empty, "\r\n\r\n0\r\n\r\n"));
}

static void ends_streams_of_old_clients_with_the_connection(void **state)
{
    struct world *world = *state;

    world->handle = start_and_end;
    world_serve(world, TLS, (struct http_server_options){0});
    _cleanup_free_ char *answer =
        world_ask(world, TLS, slice_text("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    assert_non_null(strstr(answer, "\r\n\r\nbegin middle end."));
}

#define PIECES     200
#define PIECE_SIZE ((size_t)64 << 10)

static void write_more(void *arg)
{
    struct world *world = arg;
    static const uint8_t piece[PIECE_SIZE];

    while (world->drained < PIECES && http_stream_pending(world->held[0]) < 2 * PIECE_SIZE) {
        world->drained++;
        http_stream_write(world->held[0], slice_of(piece, sizeof(piece)));
    }
    if (world->drained == PIECES)
        http_stream_end(world->held[0]);
}

static void start_long_stream(struct world *world, struct http_request *held)
{
    start_stream(world, held);
    http_stream_on_drained(held, write_more, world);
}

/* 12.5 MiB, a few pieces at a time. */
static void writes_on_when_drained(void **state)
{
    struct world *world = *state;
    struct peer *peer;

    world->handle = start_long_stream;
    world_serve(world, TLS, (struct http_server_options){0});
    peer = peer_connect(world, TLS);
    peer_puts(peer, last_request);
    peer_await_end(peer);
    assert_true(peer->received.len > PIECES * PIECE_SIZE);
    assert_memory_equal(peer->received.data + peer->received.len - 7, "\r\n0\r\n\r\n", 7);
    assert_int_equal(world->drained, PIECES);
    peer_free(peer);
}

/* The client is gone between the end and the turn's end. */
static void cut_and_end(struct world *world, struct http_request *held)
{
    start_stream(world, held);
    http_stream_end(held);
    http_server_free(take_pointer(world->server));
}

static void ends_streams_of_a_freed_server(void **state)
{
    struct world *world = *state;

    world->handle = cut_and_end;
    world_serve(world, TLS, (struct http_server_options){0});
    free(world_ask(world, TLS, slice_text(request)));
    assert_int_equal(world->closed, 0); /* the handler was done with it */
}

/* --- a server that is freed from its own callbacks --- */

static void free_server(void *arg)
{
    struct world *world = arg;
    world->closed++;
    http_server_free(take_pointer(world->server));
}

static void free_in_handler(struct world *world, struct http_request *held)
{
    world_hold(world, held);
    http_server_free(take_pointer(world->server));
}

static void free_after_answer(struct world *world, struct http_request *held)
{
    http_reply(held, 200, "text/plain", slice_text("x"));
    http_server_free(take_pointer(world->server));
}

static void free_when_drained(struct world *world, struct http_request *held)
{
    start_stream(world, held);
    http_stream_on_drained(held, free_server, world);
}

static void can_be_freed_in_callbacks(void **state)
{
    static void (*const handlers[])(struct world *, struct http_request *) = {
        free_in_handler, free_after_answer, free_when_drained};
    struct world *world = *state;

    for (enum transport transport = PLAIN; transport <= TLS; transport++) {
        for (size_t i = 0; i < array_size(handlers); i++) {
            world->handle = world_hold;
            world_serve(world, transport, (struct http_server_options){0});
            struct peer *waits = peer_connect(world, transport);
            peer_puts(waits, request);
            AWAIT(world->loop, world->held_count == 1);
            world->handle = handlers[i];
            free(world_ask(world, transport, slice_text(request)));
            peer_await_end(waits);
            peer_free(waits);
            assert_null(world->server);
            assert_true(world->closed >= 1);
            world->held_count = world->closed = 0;
            tls_context_unref(take_pointer(world->tls));
        }
    }
}

/* The connection that is being closed is not closed twice; another one that waits is closed too. */
static void can_be_freed_when_a_client_goes(void **state)
{
    struct world *world = *state;

    for (enum transport transport = PLAIN; transport <= TLS; transport++) {
        struct peer *peers[2];
        world->handle = world_hold;
        world_serve(world, transport, (struct http_server_options){0});
        for (size_t i = 0; i < array_size(peers); i++) {
            peers[i] = peer_connect(world, transport);
            peer_puts(peers[i], request);
            AWAIT(world->loop, world->held_count == i + 1);
        }
        http_request_on_closed(world->held[0], free_server, world);
        peer_free(peers[0]);
        AWAIT(world->loop, world->server == NULL);
        assert_int_equal(world->closed, 2);
        peer_await_end(peers[1]);
        peer_free(peers[1]);
        world->held_count = world->closed = 0;
        tls_context_unref(take_pointer(world->tls));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_long_polls_later, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(tells_that_the_client_went_away, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(ends_streams_whole, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(ends_streams_in_the_handler, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(ends_streams_of_old_clients_with_the_connection,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(writes_on_when_drained, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(ends_streams_of_a_freed_server, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(can_be_freed_in_callbacks, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(can_be_freed_when_a_client_goes, world_setup,
                                        world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
