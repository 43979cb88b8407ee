/* Servers that hang up, talk nonsense, or say nothing; and finding them by name. */
#include "testing.h"

#include "base/memory.h"
#include "fake.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
    struct world *world;
    struct fake *fake;
};

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    f->world = world_new();
    f->fake = fake_new(f->world->loop, "127.0.0.1");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    store_close(take_pointer(f->world->store));
    fake_free(f->fake);
    world_free(f->world);
    free(f);
    return 0;
}

static void open_fake(struct fixture *f)
{
    world_open(f->world, f->fake->url, NULL, 0);
    WORLD_WAIT(f->world, f->world->connected == 1);
}

static void over_tcp(void **state)
{
    struct fixture *f = *state;
    open_fake(f);
    world_command_expect(f->world, "OK", "ANYTHING", NULL);
}

static void over_ipv6(void **state)
{
    struct world *w = world_new();
    struct fake *fake = fake_new(w->loop, "[::1]");
    world_open(w, fake->url, NULL, 0);
    WORLD_WAIT(w, w->connected == 1);
    store_close(take_pointer(w->store));
    fake_free(fake);
    world_free(w);
}

static void by_name(void **state)
{
    struct fixture *f = *state;
    _cleanup_free_ char *url = xasprintf("redis://localhost:%u", f->fake->port);
    world_open(f->world, url, NULL, 0);
    WORLD_WAIT(f->world, f->world->connected == 1);
    world_command_expect(f->world, "OK", "ANYTHING", NULL);
    f->fake->greeting = NULL;
    fake_hang_up(f->fake);
    WORLD_WAIT(f->world, f->world->disconnected == 1);
    f->fake->greeting = "+PONG\r\n";
    WORLD_WAIT(f->world, f->world->connected == 2);
}

static void by_a_name_that_nobody_has(void **state)
{
    struct fixture *f = *state;
    world_open(f->world, "redis://nobody.invalid:1", NULL, 0);
    WORLD_WAIT(f->world, f->world->disconnected == 1);
    assert_true(f->world->lost.retriable);
    assert_int_equal(f->world->connected, 0);
}

static void closed_while_a_name_is_looked_up(void **state)
{
    struct fixture *f = *state;
    world_open(f->world, "redis://nobody.invalid:1", NULL, 0);
    struct timer *soon = timer_new(f->world->loop, (loop_fn *)loop_stop, f->world->loop);
    timer_set(soon, 1);
    loop_run(f->world->loop);
    timer_free(soon);
}

/* Attempts go on, ever further apart, and of one outage one is told once. */
static void hangs_up_in_the_handshake(void **state)
{
    struct fixture *f = *state;
    f->fake->greeting = NULL;
    world_open(f->world, f->fake->url, NULL, 0);
    WORLD_WAIT(f->world, f->fake->accepted == 5);
    assert_int_equal(f->world->disconnected, 1);
    assert_non_null(strstr(f->world->lost.message, "closed the connection"));
    for (int i = 1; i < 5; i++) {
        int64_t gap = f->fake->accepted_ms[i] - f->fake->accepted_ms[i - 1];
        assert_true(gap >= 45 && gap <= 5000);
    }
    f->fake->greeting = "+PONG\r\n";
    WORLD_WAIT(f->world, f->world->connected == 1);
}

static void greeted_with(struct fixture *f, const char *greeting, enum error_code code)
{
    f->fake->greeting = greeting;
    world_open(f->world, f->fake->url, NULL, 0);
    WORLD_WAIT(f->world, f->world->disconnected == 1);
    assert_int_equal(f->world->lost.code, code);
    assert_int_equal(f->world->connected, 0);
}

static void greeted_with_nonsense(void **state)
{
    greeted_with(*state, "HTTP/1.1 400 Bad Request\r\n\r\n", ERROR_CORRUPT);
}

static void still_loading(void **state)
{
    struct fixture *f = *state;
    greeted_with(f, "-LOADING Redis is loading the dataset in memory\r\n", ERROR_UNAVAILABLE);
    f->fake->greeting = "+PONG\r\n";
    WORLD_WAIT(f->world, f->world->connected == 1);
}

static void too_many_clients(void **state)
{
    greeted_with(*state, "-ERR max number of clients reached\r\n", ERROR_INVALID);
}

static void hangs_up_on_a_command(void **state)
{
    struct fixture *f = *state;
    struct answer answer = {0};
    open_fake(f);
    f->fake->answer = NULL;
    world_command(f->world, &answer, "GET", "k", NULL);
    WORLD_WAIT(f->world, f->world->disconnected == 1);
    assert_int_equal(answer.calls, 1);
    assert_int_equal(answer.err.code, ERROR_UNAVAILABLE);
    WORLD_WAIT(f->world, f->world->connected == 2);
}

static void hangs_up_within_a_reply(void **state)
{
    struct fixture *f = *state;
    struct answer answer = {0};
    open_fake(f);
    f->fake->answer = "*2\r\n$3\r\nabc\r\n$5\r\nde";
    f->fake->hang_up_after_answer = true;
    world_command(f->world, &answer, "GET", "k", NULL);
    WORLD_WAIT(f->world, f->world->disconnected == 1);
    assert_int_equal(answer.calls, 1);
    assert_int_equal(answer.err.code, ERROR_UNAVAILABLE);
}

/* The last answers of a server that closes are not lost. */
static void answers_and_hangs_up(void **state)
{
    struct fixture *f = *state;
    struct answer answer = {0};
    open_fake(f);
    f->fake->hang_up_after_answer = true;
    world_command(f->world, &answer, "GET", "k", NULL);
    world_expect(f->world, &answer, "OK");
    WORLD_WAIT(f->world, f->world->disconnected == 1);
}

static void answers_with_nonsense(void **state)
{
    struct fixture *f = *state;
    struct answer answer = {0}, behind = {0};
    open_fake(f);
    f->fake->answer = "\x01\x02\x03\r\n";
    world_command(f->world, &answer, "GET", "k", NULL);
    world_command(f->world, &behind, "GET", "k", NULL);
    WORLD_WAIT(f->world, f->world->disconnected == 1);
    assert_int_equal(answer.err.code, ERROR_CORRUPT);
    assert_int_equal(behind.calls, 1);
}

static void answers_what_nobody_asked(void **state)
{
    struct fixture *f = *state;
    open_fake(f);
    fake_send(f->fake, "+OK\r\n+OK\r\n");
    WORLD_WAIT(f->world, f->world->disconnected == 1);
    assert_int_equal(f->world->lost.code, ERROR_CORRUPT);
    WORLD_WAIT(f->world, f->world->connected == 2); /* rarely tried, but tried */
}

static void on_message(void *arg, struct slice text)
{
    (void)text;
    ++*(int *)arg;
}

/* A message without its parts is no message. */
static void odd_messages(void **state)
{
    static const char *const odd[] = {"*2\r\n$7\r\nmessage\r\n$1\r\nc\r\n", "+message\r\n",
                                      "*3\r\n*0\r\n:1\r\n:2\r\n", ":1\r\n", "$-1\r\n"};
    for (size_t i = 0; i < array_size(odd); i++) {
        struct fixture *f = *state;
        int messages = 0;
        f->fake->answer = odd[i];
        world_open(f->world, f->fake->url, NULL, 0);
        WORLD_WAIT(f->world, f->world->connected == (int)i + 1);
        struct store_subscription *subscription =
            store_subscribe(f->world->store, "c", on_message, NULL, &messages, NULL);
        int accepted = f->fake->accepted;
        WORLD_WAIT(f->world, f->fake->accepted > accepted);
        struct bufferevent **client = &f->fake->clients[accepted];
        while (*client != NULL) { /* until the subscription has hung up on that */
            struct timer *soon = timer_new(f->world->loop, (loop_fn *)loop_stop, f->world->loop);
            timer_set(soon, 1);
            loop_run(f->world->loop);
            timer_free(soon);
        }
        assert_int_equal(messages, 0);
        store_unsubscribe(subscription);
        store_close(take_pointer(f->world->store));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(over_tcp, setup, teardown),
        cmocka_unit_test(over_ipv6),
        cmocka_unit_test_setup_teardown(by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(by_a_name_that_nobody_has, setup, teardown),
        cmocka_unit_test_setup_teardown(closed_while_a_name_is_looked_up, setup, teardown),
        cmocka_unit_test_setup_teardown(hangs_up_in_the_handshake, setup, teardown),
        cmocka_unit_test_setup_teardown(greeted_with_nonsense, setup, teardown),
        cmocka_unit_test_setup_teardown(still_loading, setup, teardown),
        cmocka_unit_test_setup_teardown(too_many_clients, setup, teardown),
        cmocka_unit_test_setup_teardown(hangs_up_on_a_command, setup, teardown),
        cmocka_unit_test_setup_teardown(hangs_up_within_a_reply, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_and_hangs_up, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_with_nonsense, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_what_nobody_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(odd_messages, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
