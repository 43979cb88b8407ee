/* Bounds: waiting commands, sizes of commands and of replies. */
#include "testing.h"

#include "base/memory.h"
#include "redis.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PENDING_MAX 65536

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

struct counter {
    struct world *world;
    int64_t next;
};

static void count_up(void *arg, const struct store_reply *reply, const struct error *err)
{
    struct counter *counter = arg;
    assert_null(err);
    assert_int_equal(store_reply_integer(reply), ++counter->next);
    if (counter->next == PENDING_MAX)
        loop_stop(counter->world->loop);
}

static void waiting_commands_are_bounded_and_answered_in_order(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    struct counter counter = {.world = w};
    struct error err = ERROR_INIT;
    const struct slice words[] = {slice_text("INCR"), slice_text("n")};
    for (int i = 0; i < PENDING_MAX; i++)
        assert_int_equal(store_command(w->store, words, 2, count_up, &counter, &err), 0);
    assert_int_equal(store_command(w->store, words, 2, count_up, &counter, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
    WORLD_WAIT(w, counter.next == PENDING_MAX);
    world_command_expect(w, "65537", "INCR", "n", NULL); /* there is room again */
}

static void commands_are_bounded(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    const size_t size = (size_t)16 << 20;
    struct answer answer = {.world = w};
    struct error err = ERROR_INIT;
    _cleanup_free_ char *value = xcalloc(1, size);
    struct slice words[] = {slice_text("SET"), slice_text("k"), slice_of(value, size)};
    assert_int_equal(store_command(w->store, words, 3, answer_done, &answer, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
    words[2].len = size - 100;
    assert_int_equal(store_command(w->store, words, 3, answer_done, &answer, &err), 0);
    world_expect(w, &answer, "OK");
    struct answer back = {0};
    world_command(w, &back, "GET", "k", NULL);
    WORLD_WAIT(w, back.calls == 1);
    assert_int_equal(back.len, size - 100);
}

static void unsent_bytes_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct world *w = f->world;
    const size_t size = (size_t)15 << 20;
    struct answer answers[6] = {0};
    struct error err = ERROR_INIT;
    _cleanup_free_ char *value = xcalloc(1, size);
    const struct slice words[] = {slice_text("SET"), slice_text("k"), slice_of(value, size)};
    int taken = 0;
    while (taken < 6) {
        answers[taken].world = w;
        if (store_command(w->store, words, 3, answer_done, &answers[taken], &err) < 0)
            break;
        taken++;
    }
    assert_int_equal(taken, 4);
    assert_int_equal(err.code, ERROR_LIMIT);
    WORLD_WAIT(w, answers[taken - 1].calls == 1);
    assert_string_equal(answers[taken - 1].text, "OK");
}

static void assert_reply_is_too_much(struct world *w, const char *script, enum error_code code)
{
    struct answer answer = {0}, behind = {0};
    world_command(w, &answer, "EVAL", script, "0", NULL);
    world_command(w, &behind, "PING", NULL);
    WORLD_WAIT(w, w->disconnected == 1);
    assert_int_equal(answer.calls, 1);
    assert_int_equal(answer.err.code, code);
    assert_int_equal(behind.calls, 1);
    WORLD_WAIT(w, w->connected == 2);
    world_command_expect(w, "PONG", "PING", NULL);
}

static void replies_are_bounded_in_bytes(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    assert_reply_is_too_much(w, "return string.rep('x', 40000000)", ERROR_LIMIT);
}

static void replies_are_bounded_in_elements(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    assert_reply_is_too_much(w, "local t = {} for i = 1, 1048577 do t[i] = i end return t",
                             ERROR_CORRUPT);
}

int main(void)
{
    redis_need();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(waiting_commands_are_bounded_and_answered_in_order, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(commands_are_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(unsent_bytes_are_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(replies_are_bounded_in_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(replies_are_bounded_in_elements, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
