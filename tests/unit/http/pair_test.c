/* The client and the server with each other, over TLS. */
#include "harness.h"

#include "base/memory.h"
#include "net/http_client.h"

#include <stdlib.h>
#include <string.h>

struct result {
    unsigned done;
    int status;
    struct error err;
    struct buf body;
    char type[64];
};

static void take(void *arg, const struct http_response *response, const struct error *err)
{
    struct result *result = arg;

    result->done++;
    if (err != NULL) {
        result->err = *err;
        return;
    }
    result->status = response->status;
    buf_append_slice(&result->body, response->body);
    snprintf(result->type, sizeof(result->type), "%s", response->content_type);
}

static struct http_client *client_of(struct world *world, const char *ca, const char *scheme)
{
    _cleanup_free_ char *url =
        xasprintf("%s://127.0.0.1:%u", scheme, http_server_port(world->server, 0));
    struct http_client_options options = {.base_url = url, .ca_pem = ca};
    struct http_client *client = http_client_new(world->loop, &options, NULL);

    assert_non_null(client);
    return client;
}

static void ask(struct world *world, struct http_client *client, struct result *result,
                struct http_call_options options)
{
    buf_clear(&result->body);
    *result = (struct result){.body = result->body};
    options.done = take;
    options.arg = result;
    assert_non_null(http_client_call(client, &options, NULL));
    AWAIT(world->loop, result->done == 1);
}

/* "<method> <bearer> <x> <body>" */
static void echo(struct world *world, struct http_request *request)
{
    _cleanup_buf_ struct buf body = BUF_INIT(0);
    const char *bearer = http_request_header(request, "Authorization");
    const char *x = http_request_query(request, "x");

    buf_printf(&body, "%s %s %s ", http_request_method(request), bearer != NULL ? bearer : "-",
               x != NULL ? x : "-");
    buf_append_slice(&body, http_request_body(request));
    http_reply(request, 200, "text/plain", buf_slice(&body));
}

static void asks_and_answers(void **state)
{
    struct world *world = *state;
    struct result result = {0};

    world->handle = echo;
    world_serve(world, TLS, (struct http_server_options){0});
    struct http_client *client = client_of(world, world->certificates.ca, "https");
    ask(world, client, &result, (struct http_call_options){.path = "/?x=a%20b"});
    assert_int_equal(result.status, 200);
    assert_string_equal(result.type, "text/plain");
    assert_string_equal(buf_text(&result.body), "GET - a b ");
    http_client_set_bearer(client, "secret");
    ask(world, client, &result,
        (struct http_call_options){.path = "/", .body = slice_text("{\"a\":1}")});
    assert_string_equal(buf_text(&result.body), "POST Bearer secret - {\"a\":1}");
    ask(world, client, &result, (struct http_call_options){.path = "/", .method = "DELETE"});
    assert_string_equal(buf_text(&result.body), "DELETE Bearer secret - ");
    ask(world, client, &result, (struct http_call_options){.path = "/", .method = "HEAD"});
    assert_int_equal(result.status, 200);
    assert_int_equal(result.body.len, 0);
    assert_int_equal(http_server_stats(world->server).accepted, 1);
    assert_null(http_client_call(client, &(struct http_call_options){.path = "no"}, &result.err));
    assert_int_equal(result.err.code, ERROR_INVALID);
    buf_free(&result.body);
    http_client_free(client);
}

static void trusts_its_own_ca_only(void **state)
{
    struct world *world = *state;
    struct certificates other = certificates_make();
    struct result result = {0};
    const char *const cas[] = {other.ca, NULL};

    world_serve(world, TLS, (struct http_server_options){0});
    for (size_t i = 0; i < array_size(cas); i++) {
        struct http_client *client = client_of(world, cas[i], "https");
        ask(world, client, &result, (struct http_call_options){.path = "/"});
        assert_int_equal(result.err.code, ERROR_DENIED);
        http_client_free(client);
    }
    assert_int_equal(world->requests, 0);
    certificates_free(&other);
}

static void reports_the_wrong_scheme(void **state)
{
    struct world *world = *state;
    struct result result = {0};

    world_serve(world, TLS, (struct http_server_options){0});
    struct http_client *client = client_of(world, NULL, "http");
    ask(world, client, &result, (struct http_call_options){.path = "/"});
    assert_int_equal(result.status, 0);
    assert_int_not_equal(result.err.code, ERROR_NONE);
    http_client_free(client);
}

/* The server has closed the kept connection for being idle. */
static void outlives_idle_connections(void **state)
{
    struct world *world = *state;
    struct result result = {0};

    world_serve(world, TLS, (struct http_server_options){.idle_timeout_ms = 100});
    struct http_client *client = client_of(world, world->certificates.ca, "https");
    for (unsigned i = 0; i < 4; i++) {
        ask(world, client, &result,
            (struct http_call_options){.path = "/",
                                       .method = i % 2 == 0 ? "GET" : "POST",
                                       .body = slice_text(i % 2 == 0 ? "" : "{}")});
        assert_int_equal(result.status, 200);
        AWAIT(world->loop, http_server_stats(world->server).connections == 0);
    }
    buf_free(&result.body);
    http_client_free(client);
}

#define MANY 64

static void asks_many_at_once(void **state)
{
    struct world *world = *state;
    struct result results[MANY] = {0};

    world_serve(world, TLS, (struct http_server_options){0});
    struct http_client *client = client_of(world, world->certificates.ca, "https");
    for (size_t i = 0; i < MANY; i++) {
        _cleanup_free_ char *path = xasprintf("/%zu", i);
        struct http_call_options options = {.path = path, .done = take, .arg = &results[i]};
        assert_non_null(http_client_call(client, &options, NULL));
    }
    for (size_t i = 0; i < MANY; i++) {
        _cleanup_free_ char *body = xasprintf("GET /%zu ", i);
        AWAIT(world->loop, results[i].done == 1);
        assert_string_equal(buf_text(&results[i].body), body);
        buf_free(&results[i].body);
    }
    http_client_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(asks_and_answers, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(trusts_its_own_ca_only, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(reports_the_wrong_scheme, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(outlives_idle_connections, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(asks_many_at_once, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
