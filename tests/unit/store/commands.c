/* Commands against a real Redis: replies, errors, outages, closing. */
#include "testing.h"

#include "base/memory.h"
#include "redis.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
    struct redis *redis;
    struct world *world;
};

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    f->redis = redis_new(NULL);
    f->world = world_new();
    world_open(f->world, f->redis->url, NULL, 0);
    WORLD_WAIT(f->world, f->world->connected == 1);
    assert_true(store_is_connected(f->world->store));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    world_free(f->world);
    redis_free(f->redis);
    free(f);
    return 0;
}

static void simple_commands(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    world_command_expect(w, "OK", "SET", "key", "value", NULL);
    world_command_expect(w, "\"value\"", "GET", "key", NULL);
    world_command_expect(w, "nil", "GET", "other", NULL);
    world_command_expect(w, "3", "RPUSH", "list", "a", "", "c", NULL);
    world_command_expect(w, "[\"a\" \"\" \"c\"]", "LRANGE", "list", "0", "-1", NULL);
    world_command_expect(w, "[]", "LRANGE", "none", "0", "-1", NULL);
}

static void nested_replies(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    world_command_expect(w, "[1 [\"a\" nil [\"b\"]] OK error(ERR inside)]", "EVAL",
                         "return {1, {'a', false, {'b'}}, redis.status_reply('OK'), "
                         "redis.error_reply('ERR inside')}",
                         "0", NULL);
}

static void binary_values(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    uint8_t all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    struct answer set = {.world = w}, get = {.world = w}, size = {.world = w};
    const struct slice words[] = {slice_text("SET"), slice_of(all, 256), slice_of(all, 256)};
    const struct slice read[] = {slice_text("GET"), slice_of(all, 256)};
    const struct slice length[] = {slice_text("STRLEN"), slice_of(all, 256)};
    assert_int_equal(store_command(w->store, words, 3, answer_done, &set, NULL), 0);
    assert_int_equal(store_command(w->store, read, 2, answer_done, &get, NULL), 0);
    assert_int_equal(store_command(w->store, length, 2, answer_done, &size, NULL), 0);
    world_expect(w, &size, "256");
    assert_int_equal(get.len, 256);
    assert_int_equal(get.type, STORE_STRING);
}

static void words_are_copied(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    char value[] = "before";
    struct answer set = {.world = w};
    const struct slice words[] = {slice_text("SET"), slice_text("k"), slice_text(value)};
    assert_int_equal(store_command(w->store, words, 3, answer_done, &set, NULL), 0);
    memcpy(value, "after!", 6);
    world_command_expect(w, "\"before\"", "GET", "k", NULL);
}

static void error_replies(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    struct answer type = {0}, unknown = {0};
    world_command_expect(w, "OK", "SET", "text", "x", NULL);
    world_command(w, &type, "LPUSH", "text", "y", NULL);
    world_command(w, &unknown, "NOSUCHCOMMAND", NULL);
    WORLD_WAIT(w, unknown.calls == 1);
    assert_int_equal(type.calls, 1);
    assert_int_equal(type.err.code, ERROR_CONFLICT);
    assert_int_equal(unknown.err.code, ERROR_INVALID);
    assert_false(unknown.err.retriable);
    assert_non_null(strstr(unknown.err.message, "Redis: ERR unknown command"));
    world_command_expect(w, "PONG", "PING", NULL); /* the connection lives on */
    assert_int_equal(w->disconnected, 0);
}

static void nobody_has_to_wait(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    const struct slice words[] = {slice_text("SET"), slice_text("k"), slice_text("v")};
    assert_int_equal(store_command(w->store, words, 3, NULL, NULL, NULL), 0);
    world_command_expect(w, "\"v\"", "GET", "k", NULL);
    assert_int_equal(store_command(w->store, words, 0, NULL, NULL, NULL), -1);
}

static void outage_and_return(void **state)
{
    struct fixture *f = *state;
    struct world *w = f->world;
    struct error err = ERROR_INIT;
    const struct slice ping[] = {slice_text("PING")};
    for (int round = 1; round <= 3; round++) {
        struct answer pending = {0};
        world_command(w, &pending, "GET", "x", NULL);
        redis_freeze(f->redis); /* so that the answer cannot come any more */
        redis_kill(f->redis);
        WORLD_WAIT(w, w->disconnected == round);
        assert_int_equal(pending.calls, 1);
        assert_true(w->lost.retriable);
        assert_false(store_is_connected(w->store));
        assert_int_equal(store_command(w->store, ping, 1, answer_done, &pending, &err), -1);
        assert_int_equal(err.code, ERROR_UNAVAILABLE);
        redis_start(f->redis);
        WORLD_WAIT(w, w->connected == round + 1);
        world_command_expect(w, "PONG", "PING", NULL);
    }
}

static void opened_before_the_server(void **state)
{
    struct fixture *f = *state;
    struct world *late = world_new();
    redis_kill(f->redis);
    world_open(late, f->redis->url, NULL, 0);
    WORLD_WAIT(late, late->disconnected == 1);
    assert_int_equal(late->lost.code, ERROR_UNAVAILABLE);
    assert_non_null(strstr(late->lost.message, f->redis->url));
    redis_start(f->redis);
    WORLD_WAIT(late, late->connected == 1);
    assert_int_equal(late->disconnected, 1); /* one outage, told once */
    world_command_expect(late, "PONG", "PING", NULL);
    world_free(late);
}

static void closed_while_pending(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    struct answer answers[10] = {0};
    for (int i = 0; i < 10; i++)
        world_command(w, &answers[i], "GET", "x", NULL);
    store_close(take_pointer(w->store));
    for (int i = 0; i < 10; i++) {
        assert_int_equal(answers[i].calls, 1);
        assert_int_equal(answers[i].err.code, ERROR_UNAVAILABLE);
    }
}

static void closed_from_a_reply(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    struct answer first = {.close_store = true}, second = {0};
    world_command(w, &first, "PING", NULL);
    world_command(w, &second, "PING", NULL);
    WORLD_WAIT(w, first.calls == 1);
    assert_null(w->store);
    assert_string_equal(first.text, "PONG");
    assert_int_equal(second.calls, 1);
    assert_int_equal(second.err.code, ERROR_UNAVAILABLE);
}

static void closed_from_the_callback_of_a_lost_command(void **state)
{
    struct fixture *f = *state;
    struct world *w = f->world;
    struct answer first = {.close_store = true}, second = {0};
    redis_freeze(f->redis);
    world_command(w, &first, "PING", NULL);
    world_command(w, &second, "PING", NULL);
    redis_kill(f->redis);
    WORLD_WAIT(w, first.calls == 1);
    assert_int_equal(second.calls, 1);
    assert_int_equal(w->disconnected, 0); /* nothing is called after store_close() */
}

static void closed_when_told_of_a_connection(void **state)
{
    struct fixture *f = *state;
    struct world *w = world_new();
    w->close_when_connected = true;
    world_open(w, f->redis->url, NULL, 0);
    WORLD_WAIT(w, w->connected == 1);
    assert_null(w->store);
    world_free(w);
}

static void closed_when_told_of_an_outage(void **state)
{
    struct fixture *f = *state;
    f->world->close_when_lost = true;
    redis_kill(f->redis);
    WORLD_WAIT(f->world, f->world->disconnected == 1);
    assert_null(f->world->store);
}

static void closed_at_once(void **state)
{
    struct fixture *f = *state;
    struct world *w = world_new();
    world_open(w, f->redis->url, NULL, 0);
    world_free(w);
    store_close(NULL);
}

static void server_that_says_nothing(void **state)
{
    struct fixture *f = *state;
    struct world *w = world_new();
    world_open(w, f->redis->url, NULL, 100);
    WORLD_WAIT(w, w->connected == 1);
    world_command_expect(w, "PONG", "PING", NULL);
    struct answer pending = {0};
    redis_freeze(f->redis);
    world_command(w, &pending, "PING", NULL);
    WORLD_WAIT(w, w->disconnected == 1);
    assert_int_equal(pending.calls, 1);
    assert_int_equal(pending.err.code, ERROR_TIMEOUT);
    world_free(w);
}

int main(void)
{
    redis_need();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(simple_commands, setup, teardown),
        cmocka_unit_test_setup_teardown(nested_replies, setup, teardown),
        cmocka_unit_test_setup_teardown(binary_values, setup, teardown),
        cmocka_unit_test_setup_teardown(words_are_copied, setup, teardown),
        cmocka_unit_test_setup_teardown(error_replies, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_has_to_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(outage_and_return, setup, teardown),
        cmocka_unit_test_setup_teardown(opened_before_the_server, setup, teardown),
        cmocka_unit_test_setup_teardown(closed_while_pending, setup, teardown),
        cmocka_unit_test_setup_teardown(closed_from_a_reply, setup, teardown),
        cmocka_unit_test_setup_teardown(closed_from_the_callback_of_a_lost_command, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(closed_when_told_of_a_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(closed_when_told_of_an_outage, setup, teardown),
        cmocka_unit_test_setup_teardown(closed_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(server_that_says_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
