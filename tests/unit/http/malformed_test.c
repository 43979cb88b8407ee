/* What is no request is answered with a problem, and what comes in pieces is one request. */
#include "harness.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* One problem with that status, and the end of the connection. */
static void assert_problem(struct world *world, struct slice request, int status)
{
    for (enum transport transport = PLAIN; transport <= TLS; transport++) {
        _cleanup_free_ char *line = xasprintf("HTTP/1.1 %d ", status);
        _cleanup_free_ char *member = xasprintf("\"status\":%d", status);

        http_server_free(world->server);
        tls_context_unref(take_pointer(world->tls));
        world_serve(world, transport,
                    (struct http_server_options){.max_header_bytes = 1024, .max_body_bytes = 4096});
        _cleanup_free_ char *answer = world_ask(world, transport, request);
        if (strncmp(answer, line, strlen(line)) != 0 || strstr(answer, member) == NULL)
            fail_msg("not %d: \"%s\"", status, answer);
        assert_non_null(strstr(answer, "\r\nContent-Type: application/problem+json\r\n"));
        assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
        assert_null(strstr(answer, "<HTML>"));
        const char *body = strstr(answer, "\r\n\r\n") + 4;
        _cleanup_free_ char *length = xasprintf("\r\nContent-Length: %zu\r\n", strlen(body));
        assert_non_null(strstr(answer, length));
        assert_int_equal(world->requests, 0);
    }
}

static void assert_problem_text(struct world *world, const char *request, int status)
{
    assert_problem(world, slice_text(request), status);
}

static void refuses_malformed_requests(void **state)
{
    static const char *const texts[] = {
        "nonsense\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/x.y\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 12x\r\n\r\n",
        "GET /%00 HTTP/1.1\r\n\r\n",
        "GET /%ff%fe HTTP/1.1\r\n\r\n",
        "GET nowhere HTTP/1.1\r\n\r\n",
    };
    for (size_t i = 0; i < array_size(texts); i++)
        assert_problem_text(*state, texts[i], 400);
}

static void refuses_unknown_methods_and_expectations(void **state)
{
    assert_problem_text(*state, "BREW / HTTP/1.1\r\n\r\n", 501);
    assert_problem_text(*state, "TRACE / HTTP/1.1\r\n\r\n", 501);
    assert_problem_text(*state, "POST / HTTP/1.1\r\nExpect: tea\r\nContent-Length: 2\r\n\r\nhi",
                        417);
}

static char *padded(const char *start, size_t len, const char *end)
{
    _cleanup_free_ char *padding = xcalloc(1, len + 1);
    memset(padding, 'a', len);
    return xasprintf("%s%s%s", start, padding, end);
}

static void refuses_large_headers(void **state)
{
    _cleanup_free_ char *long_target = padded("GET /", 2000, " HTTP/1.1\r\n\r\n");
    _cleanup_free_ char *unfinished = padded("GET /", 2000, "");
    _cleanup_free_ char *long_header = padded("GET / HTTP/1.1\r\nX: ", 2000, "\r\n\r\n");
    _cleanup_free_ char *unfinished_header = padded("GET / HTTP/1.1\r\nX: ", 2000, "");
    _cleanup_buf_ struct buf many = BUF_INIT(0);

    buf_puts(&many, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < 200; i++)
        buf_printf(&many, "X-%d: value\r\n", i);
    assert_problem_text(*state, long_target, 431);
    assert_problem_text(*state, unfinished, 431);
    assert_problem_text(*state, long_header, 431);
    assert_problem_text(*state, unfinished_header, 431);
    assert_problem_text(*state, buf_text(&many), 431);
}

static void refuses_large_bodies(void **state)
{
    _cleanup_free_ char *whole =
        padded("POST / HTTP/1.1\r\nContent-Length: 5000\r\n\r\n", 5000, "");
    _cleanup_free_ char *chunked = padded(
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n", 5000, "\r\n0\r\n\r\n");

    assert_problem_text(*state, whole, 413);
    assert_problem_text(*state, chunked, 413);
    assert_problem_text(*state, "POST / HTTP/1.1\r\nContent-Length: 5000\r\n\r\n", 413);
    assert_problem_text(
        *state, "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n", 413);
}

/* What follows a malformed line does not make its headers large, nor does a body. */
static void tells_malformed_from_large(void **state)
{
    _cleanup_free_ char *line = padded("nonsense\r\n", 3000, "\r\n");
    _cleanup_free_ char *body =
        padded("POST /%00 HTTP/1.1\r\nContent-Length: 3000\r\n\r\n", 3000, "");

    assert_problem_text(*state, line, 400);
    assert_problem_text(*state, body, 400);
}

static void takes_requests_byte_by_byte(void **state)
{
    static const char text[] = "POST /a%20b?x=1 HTTP/1.1\r\nHost: localhost\r\nX-Long: 1\r\n"
                               "Content-Length: 5\r\n\r\nhello"
                               "POST /chunks HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n";
    struct world *world = *state;

    for (enum transport transport = PLAIN; transport <= TLS; transport++) {
        world_serve(world, transport, (struct http_server_options){0});
        struct peer *peer = peer_connect(world, transport);
        for (size_t i = 0; i < strlen(text); i++) {
            peer_send(peer, slice_of(text + i, 1));
            AWAIT(world->loop, peer->sent);
        }
        peer_await(peer, "POST /a b hello", 1);
        peer_await(peer, "POST /chunks abcdefg", 1);
        peer_free(peer);
        http_server_free(take_pointer(world->server));
        tls_context_unref(take_pointer(world->tls));
    }
    assert_int_equal(world->requests, 4);
}

static void takes_pipelined_requests(void **state)
{
    struct world *world = *state;

    world_serve(world, TLS, (struct http_server_options){0});
    struct peer *peer = peer_connect(world, TLS);
    peer_puts(peer, "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nnonsense\r\n\r\n");
    peer_await_end(peer);
    const char *answers = buf_text(&peer->received);
    const char *first = strstr(answers, "GET /1 "), *second = strstr(answers, "GET /2 ");
    assert_true(first != NULL && second > first);
    assert_non_null(strstr(second, "HTTP/1.1 400 Bad Request\r\n"));
    peer_free(peer);
}

static void answers_after_100_continue(void **state)
{
    struct world *world = *state;

    world_serve(world, TLS, (struct http_server_options){0});
    struct peer *peer = peer_connect(world, TLS);
    peer_puts(peer, "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    peer_await(peer, "HTTP/1.1 100 Continue\r\n\r\n", 1);
    peer_puts(peer, "hello");
    peer_await(peer, "POST / hello", 1);
    peer_free(peer);
}

/* Whatever comes, the server answers or closes, and the next client is served. */
static void survives_garbage(void **state)
{
    static const char base[] = "POST /x?a=b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
                               "Connection: close\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n";
    struct world *world = *state;
    unsigned seed = 20261124;

    world_serve(world, PLAIN,
                (struct http_server_options){
                    .max_header_bytes = 1024, .max_body_bytes = 4096, .idle_timeout_ms = 300});
    for (int round = 0; round < 60; round++) {
        struct peer *peers[8];
        for (size_t i = 0; i < array_size(peers); i++) {
            char text[sizeof(base)];
            memcpy(text, base, sizeof(base));
            for (int changes = 0; changes < 3; changes++)
                text[(size_t)rand_r(&seed) % (sizeof(base) - 1)] = (char)rand_r(&seed);
            peers[i] = peer_connect(world, PLAIN);
            peer_send(peers[i], slice_of(text, sizeof(base) - 1));
        }
        for (size_t i = 0; i < array_size(peers); i++) {
            peer_await_end(peers[i]);
            peer_free(peers[i]);
        }
    }
    _cleanup_free_ char *answer =
        world_ask(world, PLAIN, slice_text("GET /well HTTP/1.1\r\nConnection: close\r\n\r\n"));
    assert_non_null(strstr(answer, "GET /well "));
    AWAIT(world->loop, http_server_stats(world->server).connections == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(refuses_malformed_requests, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(refuses_unknown_methods_and_expectations, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(refuses_large_headers, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(refuses_large_bodies, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(tells_malformed_from_large, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(takes_requests_byte_by_byte, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(takes_pipelined_requests, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(answers_after_100_continue, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(survives_garbage, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
