/* Scripts: by hash, after SCRIPT FLUSH, after a restart, in order. */
#include "testing.h"

#include "base/memory.h"
#include "redis.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
    struct redis *redis;
    struct world *world;
    struct store_script *script; /* appends ARGV[1] to KEYS[1] and returns all of it */
};

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    f->redis = redis_new(NULL);
    f->world = world_new();
    world_open(f->world, f->redis->url, NULL, 0);
    WORLD_WAIT(f->world, f->world->connected == 1);
    f->script = store_script_new("redis.call('APPEND', KEYS[1], ARGV[1]) "
                                 "return redis.call('GET', KEYS[1])");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    store_script_free(f->script);
    world_free(f->world);
    redis_free(f->redis);
    free(f);
    return 0;
}

static void eval(struct world *w, struct store_script *script, struct answer *answer,
                 const char *arg)
{
    const struct slice keys[] = {slice_text("log")}, args[] = {slice_text(arg)};
    struct error err = ERROR_INIT;
    answer->world = w;
    if (store_eval(w->store, script, keys, 1, args, 1, answer_done, answer, &err) < 0)
        fail_msg("%s", err.message);
}

static void eval_expect(struct fixture *f, const char *arg, const char *expected)
{
    struct answer answer = {0};
    eval(f->world, f->script, &answer, arg);
    world_expect(f->world, &answer, expected);
}

/* How often Redis ran each command, e.g. "evalsha". */
static bool was_called(struct world *w, const char *command)
{
    struct answer answer = {0};
    _cleanup_free_ char *script = xasprintf("return string.find(redis.call('INFO', 'commandstats'),"
                                            " 'cmdstat_%s:', 1, true) or 0",
                                            command);
    world_command(w, &answer, "EVAL", script, "0", NULL);
    WORLD_WAIT(w, answer.calls == 1);
    assert_int_equal(answer.type, STORE_INTEGER);
    return strcmp(answer.text, "0") != 0;
}

static void sent_by_hash_once_loaded(void **state)
{
    struct fixture *f = *state;
    eval_expect(f, "a", "\"a\"");
    assert_false(was_called(f->world, "evalsha"));
    eval_expect(f, "b", "\"ab\"");
    assert_true(was_called(f->world, "evalsha"));
}

static void after_a_flush_of_scripts(void **state)
{
    struct fixture *f = *state;
    eval_expect(f, "a", "\"a\"");
    eval_expect(f, "b", "\"ab\"");
    world_command_expect(f->world, "OK", "SCRIPT", "FLUSH", NULL);
    eval_expect(f, "c", "\"abc\"");
    eval_expect(f, "d", "\"abcd\"");
}

static void calls_keep_their_order_after_a_flush(void **state)
{
    struct fixture *f = *state;
    struct answer answers[5] = {0};
    eval_expect(f, "-", "\"-\"");
    struct store_script *other =
        store_script_new("return redis.call('APPEND', KEYS[1], '(' .. ARGV[1] .. ')')");
    eval(f->world, other, &answers[0], "0");
    WORLD_WAIT(f->world, answers[0].calls == 1);
    world_command_expect(f->world, "OK", "SCRIPT", "FLUSH", NULL);
    for (int i = 1; i < 5; i++)
        eval(f->world, i % 2 == 0 ? f->script : other, &answers[i],
             (const char *[]){"", "1", "2", "3", "4"}[i]);
    world_expect(f->world, &answers[4], "\"-(0)(1)2(3)4\"");
    store_script_free(other);
}

static void commands_keep_their_order_at_first_use(void **state)
{
    struct fixture *f = *state;
    struct answer before = {0}, call = {0}, after = {0};
    world_command(f->world, &before, "APPEND", "log", "1", NULL);
    eval(f->world, f->script, &call, "2");
    world_command(f->world, &after, "APPEND", "log", "3", NULL);
    WORLD_WAIT(f->world, after.calls == 1);
    assert_string_equal(call.text, "\"12\"");
    world_command_expect(f->world, "\"123\"", "GET", "log", NULL);
}

static void after_restarts(void **state)
{
    struct fixture *f = *state;
    for (int round = 1; round <= 3; round++) {
        struct answer call = {0}, after = {0};
        eval(f->world, f->script, &call, "a"); /* Redis lost its data and its scripts */
        world_command(f->world, &after, "APPEND", "log", "b", NULL);
        WORLD_WAIT(f->world, after.calls == 1);
        assert_string_equal(call.text, "\"a\"");
        world_command_expect(f->world, "\"ab\"", "GET", "log", NULL);
        redis_kill(f->redis);
        WORLD_WAIT(f->world, f->world->disconnected == round);
        redis_start(f->redis);
        WORLD_WAIT(f->world, f->world->connected == round + 1);
    }
}

static void errors_of_scripts(void **state)
{
    struct fixture *f = *state;
    struct store_script *broken = store_script_new("this is not Lua");
    struct store_script *failing = store_script_new("return redis.error_reply('NOSCRIPT my own')");
    struct answer first = {0}, second = {0}, third = {0}, fourth = {0};
    eval(f->world, broken, &first, "x");
    eval(f->world, broken, &second, "x");
    eval(f->world, failing, &third, "x");
    WORLD_WAIT(f->world, third.calls == 1);
    eval(f->world, failing, &fourth, "x");
    WORLD_WAIT(f->world, fourth.calls == 1);
    assert_int_equal(first.err.code, ERROR_INVALID);
    assert_non_null(strstr(first.err.message, "compiling script"));
    assert_int_equal(second.err.code, ERROR_INVALID);
    assert_int_equal(third.err.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(fourth.err.message, "NOSCRIPT my own")); /* sent again once, no more */
    store_script_free(broken);
    store_script_free(failing);
}

static void freed_while_pending(void **state)
{
    struct fixture *f = *state;
    struct answer first = {0}, second = {0};
    struct store_script *script = store_script_new("return ARGV[1]");
    eval(f->world, script, &first, "one");
    eval(f->world, script, &second, "two");
    store_script_free(script);
    world_expect(f->world, &second, "\"two\"");
    assert_string_equal(first.text, "\"one\"");
    store_script_free(NULL);
}

static void closed_while_pending(void **state)
{
    struct fixture *f = *state;
    struct answer answer = {.close_store = true};
    eval(f->world, f->script, &answer, "a");
    store_close(take_pointer(f->world->store));
    assert_int_equal(answer.calls, 1);
    assert_int_equal(answer.err.code, ERROR_UNAVAILABLE);
}

static void without_a_connection(void **state)
{
    struct fixture *f = *state;
    struct answer answer = {.world = f->world};
    struct error err = ERROR_INIT;
    redis_kill(f->redis);
    WORLD_WAIT(f->world, f->world->disconnected == 1);
    assert_int_equal(
        store_eval(f->world->store, f->script, NULL, 0, NULL, 0, answer_done, &answer, &err), -1);
    assert_int_equal(err.code, ERROR_UNAVAILABLE);
    assert_int_equal(answer.calls, 0);
}

static void many_arguments(void **state)
{
    struct fixture *f = *state;
    enum { COUNT = 5000 };
    struct slice args[COUNT];
    struct answer answer = {.world = f->world};
    struct store_script *script = store_script_new("return #ARGV");
    for (int i = 0; i < COUNT; i++)
        args[i] = slice_text("argument");
    assert_int_equal(
        store_eval(f->world->store, script, NULL, 0, args, COUNT, answer_done, &answer, NULL), 0);
    world_expect(f->world, &answer, "5000");
    store_script_free(script);
}

static void too_large(void **state)
{
    struct fixture *f = *state;
    const size_t size = (size_t)17 << 20;
    _cleanup_free_ char *value = xcalloc(1, size);
    const struct slice args[] = {slice_of(value, size)};
    struct answer answer = {.world = f->world};
    struct error err = ERROR_INIT;
    assert_int_equal(
        store_eval(f->world->store, f->script, NULL, 0, args, 1, answer_done, &answer, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
}

int main(void)
{
    redis_need();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sent_by_hash_once_loaded, setup, teardown),
        cmocka_unit_test_setup_teardown(after_a_flush_of_scripts, setup, teardown),
        cmocka_unit_test_setup_teardown(calls_keep_their_order_after_a_flush, setup, teardown),
        cmocka_unit_test_setup_teardown(commands_keep_their_order_at_first_use, setup, teardown),
        cmocka_unit_test_setup_teardown(after_restarts, setup, teardown),
        cmocka_unit_test_setup_teardown(errors_of_scripts, setup, teardown),
        cmocka_unit_test_setup_teardown(freed_while_pending, setup, teardown),
        cmocka_unit_test_setup_teardown(closed_while_pending, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(many_arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(too_large, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
