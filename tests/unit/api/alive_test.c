#include "testing.h"

#include "api/alive.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

static char taken[ALIVE_BATCH_MAX][41];

static size_t take(struct alive *alive, enum arch arch)
{
    bool more;
    size_t count = alive_take(alive, arch, taken, &more);
    assert_false(more);
    return count;
}

static void a_touch_counts_once(void **state)
{
    struct loop *loop = loop_new();
    struct alive *alive = alive_new(loop, NULL, NULL);

    alive_touch(alive, "b1", ARCH_AMD64);
    alive_touch(alive, "b1", ARCH_AMD64);
    alive_touch(alive, "b1", ARCH_ARM64);
    assert_int_equal(take(alive, ARCH_AMD64), 1);
    assert_string_equal(taken[0], "b1");
    assert_int_equal(take(alive, ARCH_AMD64), 0);
    assert_int_equal(take(alive, ARCH_ARM64), 1);
    alive_free(alive);
    loop_free(loop);
}

static void a_release_without_a_hold_is_harmless(void **state)
{
    struct loop *loop = loop_new();
    struct alive *alive = alive_new(loop, NULL, NULL);

    alive_hold(alive, "b1", ARCH_AMD64);
    alive_release(alive, "b1", ARCH_AMD64);
    alive_release(alive, "b1", ARCH_AMD64);
    alive_release(alive, "b2", ARCH_AMD64);
    assert_int_equal(take(alive, ARCH_AMD64), 1);
    assert_int_equal(take(alive, ARCH_AMD64), 0);
    alive_free(alive);
    loop_free(loop);
}

static void batches_are_bounded(void **state)
{
    struct loop *loop = loop_new();
    struct alive *alive = alive_new(loop, NULL, NULL);
    char id[24];
    bool more;

    for (int i = 0; i < ALIVE_BATCH_MAX + 100; i++) {
        snprintf(id, sizeof(id), "b%d", i);
        alive_touch(alive, id, ARCH_AMD64);
    }
    assert_int_equal(alive_take(alive, ARCH_AMD64, taken, &more), ALIVE_BATCH_MAX);
    assert_true(more);
    assert_int_equal(alive_take(alive, ARCH_AMD64, taken, &more), 100);
    assert_false(more);
    alive_free(alive);
    loop_free(loop);
}

static void a_silent_build_keeps_the_records_coming_for_as_long_as_it_may_lapse(void **state)
{
    struct loop *loop = loop_new();
    struct alive *alive = alive_new(loop, NULL, NULL);
    unsigned intervals = 0;

    alive_touch(alive, "b1", ARCH_AMD64);
    assert_int_equal(take(alive, ARCH_AMD64), 1);
    while (alive_age(alive, ARCH_AMD64)) {
        assert_int_equal(take(alive, ARCH_AMD64), 0);
        assert_true(++intervals <= ALIVE_QUIET_MS / ALIVE_INTERVAL_MS);
    }
    assert_int_equal(intervals, ALIVE_QUIET_MS / ALIVE_INTERVAL_MS);
    alive_free(alive);
    loop_free(loop);
}

static void an_ended_build_asks_for_no_records(void **state)
{
    struct loop *loop = loop_new();
    struct alive *alive = alive_new(loop, NULL, NULL);

    alive_touch(alive, "b1", ARCH_AMD64);
    alive_touch(alive, "b1", ARCH_ARM64);
    alive_forget(alive, "b1");
    alive_forget(alive, "never seen");
    assert_false(alive_age(alive, ARCH_AMD64));
    assert_false(alive_age(alive, ARCH_ARM64));
    alive_free(alive);
    loop_free(loop);
}

static void a_held_build_is_alive_in_every_interval(void **state)
{
    struct loop *loop = loop_new();
    struct alive *alive = alive_new(loop, NULL, NULL);

    alive_hold(alive, "b1", ARCH_AMD64);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(take(alive, ARCH_AMD64), 1);
        assert_true(alive_age(alive, ARCH_AMD64));
    }
    alive_forget(alive, "b1"); /* a poll still waits for it */
    alive_release(alive, "b1", ARCH_AMD64);
    alive_forget(alive, "b1");
    assert_false(alive_age(alive, ARCH_AMD64));
    alive_free(alive);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_touch_counts_once),
        cmocka_unit_test(a_release_without_a_hold_is_harmless),
        cmocka_unit_test(batches_are_bounded),
        cmocka_unit_test(a_silent_build_keeps_the_records_coming_for_as_long_as_it_may_lapse),
        cmocka_unit_test(an_ended_build_asks_for_no_records),
        cmocka_unit_test(a_held_build_is_alive_in_every_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
