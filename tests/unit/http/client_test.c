/* The client against servers that answer, and against those that do everything else. */
#include "await.h"

#include "base/memory.h"
#include "net/http_client.h"

#include <arpa/inet.h>
#include <event2/bufferevent.h>
#include <event2/buffer.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_MAX 16

/* A server of TCP: what it says to the first bytes of each request, and whether it hangs up then.
 */
struct speaker {
    struct loop *loop;
    struct evconnlistener *listener;
    struct bufferevent *connections[CONNECTIONS_MAX];
    size_t accepted, asked;
    const char *says;
    bool hangs_up;
    char *url;
};

struct result {
    struct loop *loop;
    struct http_client *client;
    struct http_call *call;
    void (*on_data)(struct result *result); /* at the first piece, or NULL */
    void (*on_done)(struct result *result);
    unsigned pieces, done;
    int status;
    struct error err;
    struct buf body;
    char type[64];
};

struct fixture {
    struct loop *loop;
    struct speaker speaker;
    struct http_client *client;
    struct result results[4];
};

/* --- the speaker --- */

static void hang_up(struct speaker *speaker, size_t index)
{
    if (speaker->connections[index] != NULL)
        bufferevent_free(take_pointer(speaker->connections[index]));
}

static size_t index_of(const struct speaker *speaker, const struct bufferevent *connection)
{
    size_t i = 0;
    while (speaker->connections[i] != connection)
        i++;
    return i;
}

static void heard(struct bufferevent *connection, void *arg)
{
    struct speaker *speaker = arg;
    struct evbuffer *input = bufferevent_get_input(connection);

    evbuffer_drain(input, evbuffer_get_length(input));
    speaker->asked++;
    bufferevent_enable(connection, EV_WRITE);
    if (speaker->says != NULL)
        bufferevent_write(connection, speaker->says, strlen(speaker->says));
    else if (speaker->hangs_up)
        hang_up(speaker, index_of(speaker, connection));
}

static void said(struct bufferevent *connection, void *arg)
{
    struct speaker *speaker = arg;
    if (speaker->hangs_up)
        hang_up(speaker, index_of(speaker, connection));
}

static void ended(struct bufferevent *connection, short what, void *arg)
{
    struct speaker *speaker = arg;
    hang_up(speaker, index_of(speaker, connection));
}

static void accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
                     int len, void *arg)
{
    struct speaker *speaker = arg;
    struct bufferevent *connection =
        bufferevent_socket_new(loop_base(speaker->loop), fd, BEV_OPT_CLOSE_ON_FREE);

    assert_true(speaker->accepted < CONNECTIONS_MAX);
    speaker->connections[speaker->accepted++] = connection;
    bufferevent_setcb(connection, heard, said, ended, speaker);
    bufferevent_disable(connection, EV_WRITE); /* or it says at once that all was written */
    bufferevent_enable(connection, EV_READ);
}

static void start_speaker(struct speaker *speaker, struct loop *loop)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    speaker->loop = loop;
    speaker->listener =
        evconnlistener_new_bind(loop_base(loop), accepted, speaker, LEV_OPT_CLOSE_ON_FREE, -1,
                                (struct sockaddr *)&address, sizeof(address));
    assert_non_null(speaker->listener);
    assert_int_equal(
        getsockname(evconnlistener_get_fd(speaker->listener), (struct sockaddr *)&address, &len),
        0);
    speaker->url = xasprintf("http://127.0.0.1:%u", ntohs(address.sin_port));
}

static int setup(void **state)
{
    struct fixture *fixture = xcalloc(1, sizeof(*fixture));
    struct http_client_options options = {.max_response_bytes = 4096};

    fixture->loop = loop_new();
    start_speaker(&fixture->speaker, fixture->loop);
    options.base_url = fixture->speaker.url;
    fixture->client = http_client_new(fixture->loop, &options, NULL);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    http_client_free(fixture->client);
    for (size_t i = 0; i < array_size(fixture->results); i++)
        buf_free(&fixture->results[i].body);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        hang_up(&fixture->speaker, i);
    evconnlistener_free(fixture->speaker.listener);
    free(fixture->speaker.url);
    loop_free(fixture->loop);
    free(fixture);
    return 0;
}

/* --- calls --- */

static void take_data(void *arg, struct slice data)
{
    struct result *result = arg;

    buf_append_slice(&result->body, data);
    if (result->pieces++ == 0 && result->on_data != NULL)
        result->on_data(result);
}

static void take_response(void *arg, const struct http_response *response, const struct error *err)
{
    struct result *result = arg;

    assert_true((response == NULL) != (err == NULL));
    result->done++;
    if (response != NULL) {
        result->status = response->status;
        buf_append_slice(&result->body, response->body);
        snprintf(result->type, sizeof(result->type), "%s", response->content_type);
    } else {
        result->err = *err;
        assert_true(err->message[0] != '\0');
    }
    if (result->on_done != NULL)
        result->on_done(result);
}

static void call(struct fixture *fixture, struct result *result, struct http_call_options options)
{
    buf_clear(&result->body);
    result->loop = fixture->loop;
    result->client = fixture->client;
    result->done = result->pieces = 0;
    result->status = 0;
    result->err = ERROR_INIT;
    options.path = options.path != NULL ? options.path : "/";
    options.done = take_response;
    options.arg = result;
    result->call = http_client_call(fixture->client, &options, NULL);
    assert_non_null(result->call);
}

static void stream(struct fixture *fixture, struct result *result)
{
    call(fixture, result, (struct http_call_options){.data = take_data});
}

static struct result *ask(struct fixture *fixture, struct http_call_options options)
{
    struct result *result = &fixture->results[0];

    call(fixture, result, options);
    AWAIT(fixture->loop, result->done > 0);
    assert_int_equal(result->done, 1);
    return result;
}

/* --- servers that do not answer well --- */

#define HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

static void assert_failure(struct fixture *fixture, const char *says, bool hangs_up,
                           enum error_code code)
{
    fixture->speaker.says = says;
    fixture->speaker.hangs_up = hangs_up;
    struct result *result = ask(fixture, (struct http_call_options){.timeout_ms = 20000});
    if (result->err.code != code)
        fail_msg("%s (%s) instead of %s: %.60s", error_code_name(result->err.code),
                 result->err.message, error_code_name(code), says != NULL ? says : "(nothing)");
}

static void reports_a_server_that_hangs_up(void **state)
{
    struct fixture *fixture = *state;

    assert_failure(fixture, NULL, true, ERROR_UNAVAILABLE);
    assert_failure(fixture, "HTTP/1.1 200 OK\r\nContent-Le", true, ERROR_UNAVAILABLE);
    assert_failure(fixture, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", true,
                   ERROR_UNAVAILABLE);
    assert_failure(fixture, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", true,
                   ERROR_UNAVAILABLE);
}

static void reports_a_server_that_is_not_there(void **state)
{
    struct fixture *fixture = *state;

    evconnlistener_disable(fixture->speaker.listener);
    struct evconnlistener *listener = take_pointer(fixture->speaker.listener);
    evconnlistener_free(listener);
    assert_failure(fixture, NULL, false, ERROR_UNAVAILABLE);
    free(fixture->speaker.url);
    start_speaker(&fixture->speaker, fixture->loop);
}

static void reports_garbage(void **state)
{
    assert_failure(*state, "garbage\r\n\r\n\1\2\3", true, ERROR_CORRUPT);
    assert_failure(*state, "SSH-2.0-OpenSSH_9.2p1\r\n", true, ERROR_CORRUPT);
    assert_failure(*state, "HTTP/7.7 200 OK\r\n\r\n", true, ERROR_CORRUPT);
}

static void reports_too_much(void **state)
{
    _cleanup_free_ char *fill = xcalloc(1, 500001);
    memset(fill, 'a', 500000);
    _cleanup_free_ char *header = xasprintf("HTTP/1.1 200 OK\r\nX: %s\r\n\r\n", fill);
    _cleanup_free_ char *body = xasprintf("HTTP/1.1 200 OK\r\n\r\n%.5000s", fill);
    _cleanup_buf_ struct buf many = BUF_INIT(0);

    buf_puts(&many, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 20; i++)
        buf_printf(&many, "X: %.50000s\r\n", fill);
    assert_failure(*state, header, true, ERROR_LIMIT);
    assert_failure(*state, buf_text(&many), true, ERROR_LIMIT);
    assert_failure(*state, body, true, ERROR_LIMIT);
}

static void reports_silence(void **state)
{
    struct fixture *fixture = *state;
    int64_t begun = loop_now_ms(fixture->loop);
    struct result *result = ask(fixture, (struct http_call_options){.timeout_ms = 200});

    assert_int_equal(result->err.code, ERROR_TIMEOUT);
    assert_true(loop_now_ms(fixture->loop) - begun >= 190);
    fixture->speaker.says = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
    result = ask(fixture, (struct http_call_options){.timeout_ms = 200});
    assert_int_equal(result->err.code, ERROR_TIMEOUT);
}

static void takes_trailers_and_interim_answers(void **state)
{
    struct fixture *fixture = *state;

    fixture->speaker.says = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nT: 1\r\n\r\n";
    struct result *result = ask(fixture, (struct http_call_options){0});
    assert_int_equal(result->status, 200);
    assert_string_equal(buf_text(&result->body), "hi");
}

/* --- connections are kept, and replaced when they were closed meanwhile --- */

static void keeps_connections(void **state)
{
    struct fixture *fixture = *state;

    fixture->speaker.says = HELLO;
    for (int i = 0; i < 3; i++) {
        struct result *result = ask(fixture, (struct http_call_options){0});
        assert_int_equal(result->status, 200);
        assert_string_equal(buf_text(&result->body), "hello");
    }
    assert_int_equal(fixture->speaker.accepted, 1);
}

static void replaces_connections_that_were_closed(void **state)
{
    struct fixture *fixture = *state;

    fixture->speaker.says = HELLO;
    for (size_t i = 0; i < 4; i++) {
        struct slice body = i % 2 == 0 ? slice_of(NULL, 0) : slice_text("{}");
        assert_int_equal(ask(fixture, (struct http_call_options){.body = body})->status, 200);
        hang_up(&fixture->speaker, i);
    }
    assert_int_equal(fixture->speaker.accepted, 4);
}

/* Not known to be closed when the call begins: the server hangs up instead of answering. */
static void repeats_a_call_on_a_new_connection(void **state)
{
    struct fixture *fixture = *state;

    fixture->speaker.says = HELLO;
    assert_int_equal(ask(fixture, (struct http_call_options){0})->status, 200);
    bufferevent_disable(fixture->speaker.connections[0], EV_READ);
    call(fixture, &fixture->results[0], (struct http_call_options){0});
    AWAIT(fixture->loop,
          evbuffer_get_length(bufferevent_get_input(fixture->speaker.connections[0])) > 0 ||
              recv(bufferevent_getfd(fixture->speaker.connections[0]), &(char){0}, 1,
                   MSG_PEEK | MSG_DONTWAIT) > 0);
    hang_up(&fixture->speaker, 0);
    AWAIT(fixture->loop, fixture->results[0].done == 1);
    assert_int_equal(fixture->results[0].status, 200);
    assert_int_equal(fixture->speaker.accepted, 2);
}

/* --- cancelling, freeing and calling from callbacks --- */

#define PIECES "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"

static void cancel_call(struct result *result)
{
    http_call_cancel(result->call);
}

static void cancel_all(struct result *result)
{
    for (size_t i = 0; i < 4; i++)
        http_call_cancel(result[i].call);
}

static void free_client(struct result *result)
{
    http_client_free(result->client);
}

static void cancels_from_the_data_callback(void **state)
{
    struct fixture *fixture = *state;
    struct result *results = fixture->results;

    fixture->speaker.says = PIECES;
    results[0].on_data = cancel_call;
    stream(fixture, &results[0]);
    AWAIT(fixture->loop, results[0].pieces == 1);
    results[0].on_data = cancel_all;
    for (size_t i = 4; i-- > 0;)
        stream(fixture, &results[i]);
    AWAIT(fixture->loop, results[0].pieces == 1);
    fixture->speaker.says = HELLO;
    results[3].on_data = NULL;
    fixture->results[0].on_data = NULL;
    assert_int_equal(ask(fixture, (struct http_call_options){0})->status, 200);
    assert_int_equal(results[1].done + results[2].done + results[3].done, 0);
}

static void cancels_from_the_done_callback(void **state)
{
    struct fixture *fixture = *state;
    struct result *results = fixture->results;

    fixture->speaker.says = HELLO;
    results[0].on_done = cancel_all; /* itself too, which is answered already */
    for (size_t i = 4; i-- > 1;)
        call(fixture, &results[i], (struct http_call_options){.timeout_ms = -1});
    results[1].on_done = results[2].on_done = results[3].on_done = NULL;
    for (size_t i = 1; i < 4; i++)
        AWAIT(fixture->loop, results[i].done == 1);
    fixture->speaker.says = NULL;
    for (size_t i = 1; i < 4; i++)
        call(fixture, &results[i], (struct http_call_options){.timeout_ms = -1});
    AWAIT(fixture->loop, fixture->speaker.asked == 6);
    fixture->speaker.says = HELLO;
    ask(fixture, (struct http_call_options){0});
    assert_int_equal(results[1].done + results[2].done + results[3].done, 0);
}

static void frees_the_client_from_callbacks(void **state)
{
    struct fixture *fixture = *state;
    struct result *results = fixture->results;
    const char *url = fixture->speaker.url;

    fixture->speaker.says = PIECES;
    results[0].on_data = free_client;
    for (size_t i = 0; i < 4; i++)
        stream(fixture, &results[i]);
    AWAIT(fixture->loop, results[0].pieces == 1);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(results[i].done, 0);
    fixture->client =
        http_client_new(fixture->loop, &(struct http_client_options){.base_url = url}, NULL);
    fixture->speaker.says = HELLO;
    results[0].on_data = NULL;
    results[0].on_done = free_client;
    for (size_t i = 0; i < 4; i++)
        call(fixture, &results[i], (struct http_call_options){0});
    AWAIT(fixture->loop, results[0].done == 1);
    fixture->client = NULL;
}

static struct fixture *calling;

static void call_another(struct result *result)
{
    call(calling, &calling->results[1], (struct http_call_options){0});
    call(calling, &calling->results[2], (struct http_call_options){0});
    http_call_cancel(calling->results[2].call); /* not even begun */
}

static void calls_from_callbacks(void **state)
{
    struct fixture *fixture = calling = *state;

    fixture->speaker.says = HELLO;
    fixture->results[0].on_data = call_another;
    stream(fixture, &fixture->results[0]);
    AWAIT(fixture->loop, fixture->results[0].done == 1 && fixture->results[1].done == 1);
    fixture->results[0].on_data = NULL;
    fixture->results[0].on_done = call_another;
    call(fixture, &fixture->results[0], (struct http_call_options){0});
    AWAIT(fixture->loop, fixture->results[0].done == 1 && fixture->results[1].done == 1);
    assert_int_equal(fixture->results[1].status, 200);
    assert_int_equal(fixture->results[2].done, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reports_a_server_that_hangs_up, setup, teardown),
        cmocka_unit_test_setup_teardown(reports_a_server_that_is_not_there, setup, teardown),
        cmocka_unit_test_setup_teardown(reports_garbage, setup, teardown),
        cmocka_unit_test_setup_teardown(reports_too_much, setup, teardown),
        cmocka_unit_test_setup_teardown(reports_silence, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_trailers_and_interim_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_connections, setup, teardown),
        cmocka_unit_test_setup_teardown(replaces_connections_that_were_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(repeats_a_call_on_a_new_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(cancels_from_the_data_callback, setup, teardown),
        cmocka_unit_test_setup_teardown(cancels_from_the_done_callback, setup, teardown),
        cmocka_unit_test_setup_teardown(frees_the_client_from_callbacks, setup, teardown),
        cmocka_unit_test_setup_teardown(calls_from_callbacks, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
