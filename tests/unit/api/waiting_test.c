#include "testing.h"

#include "api/waiting.h"
#include "base/memory.h"

#include <stdio.h>

struct counter {
    struct waiter waiter;
    struct waiting *waiting;
    int woken;
    bool leaves; /* when woken */
};

struct fixture {
    struct loop *loop;
    struct metrics *metrics;
    struct waiting *waiting;
    int missing;
};

static void woken(void *arg)
{
    struct counter *counter = arg;
    counter->woken++;
    if (counter->leaves)
        waiting_remove(counter->waiting, &counter->waiter);
}

static void missing(void *arg)
{
    struct fixture *fixture = arg;
    fixture->missing++;
}

static void set_up(struct fixture *fixture, size_t max)
{
    *fixture = (struct fixture){.loop = loop_new(), .metrics = metrics_new()};
    fixture->waiting = waiting_new(fixture->loop, max, fixture->metrics, missing, fixture);
}

static void tear_down(struct fixture *fixture)
{
    waiting_free(fixture->waiting);
    metrics_free(fixture->metrics);
    loop_free(fixture->loop);
}

static bool add(struct fixture *fixture, struct counter *counter, const char *id)
{
    counter->waiting = fixture->waiting;
    return waiting_add(fixture->waiting, &counter->waiter, id, woken, counter);
}

static void messages_wake_who_waits_for_them(void **state)
{
    struct fixture fixture;
    struct counter a = {0}, again = {0}, b = {0};

    set_up(&fixture, 10);
    add(&fixture, &a, "m-1");
    add(&fixture, &again, "m-1");
    add(&fixture, &b, "b-2");
    waiting_message(fixture.waiting, slice_text("x m-1 m-10 m-"));
    assert_int_equal(a.woken + again.woken, 2);
    assert_int_equal(b.woken, 0);
    waiting_message(fixture.waiting, slice_text("  b-2 ! "));
    assert_int_equal(b.woken, 1);
    assert_int_equal(fixture.missing, 1);
    waiting_message(fixture.waiting, slice_text(""));
    waiting_wake_all(fixture.waiting);
    assert_int_equal(a.woken + again.woken + b.woken, 6);
    waiting_remove(fixture.waiting, &a.waiter);
    waiting_message(fixture.waiting, slice_text("m-1"));
    assert_int_equal(a.woken, 2);
    assert_int_equal(again.woken, 3);
    waiting_remove(fixture.waiting, &again.waiter);
    waiting_remove(fixture.waiting, &b.waiter);
    tear_down(&fixture);
}

static void waiters_may_leave_when_woken(void **state)
{
    static struct counter counters[500];
    struct fixture fixture;
    char id[24];

    set_up(&fixture, 500);
    for (size_t i = 0; i < array_size(counters); i++) {
        counters[i] = (struct counter){.leaves = true};
        snprintf(id, sizeof(id), "b-%zu", i / 2);
        assert_true(add(&fixture, &counters[i], id));
    }
    waiting_message(fixture.waiting, slice_text("b-3"));
    assert_int_equal(counters[6].woken, 1);
    assert_int_equal(counters[7].woken, 1);
    waiting_wake_all(fixture.waiting);
    waiting_wake_all(fixture.waiting);
    for (size_t i = 0; i < array_size(counters); i++)
        assert_int_equal(counters[i].woken, 1);
    tear_down(&fixture);
}

static void there_is_a_bound(void **state)
{
    struct fixture fixture;
    struct counter a = {0}, b = {0}, c = {0};

    set_up(&fixture, 2);
    assert_true(add(&fixture, &a, "a"));
    assert_true(add(&fixture, &b, "b"));
    assert_false(add(&fixture, &c, "c"));
    waiting_remove(fixture.waiting, &a.waiter);
    assert_true(add(&fixture, &c, "c"));
    waiting_remove(fixture.waiting, &b.waiter);
    waiting_remove(fixture.waiting, &c.waiter);
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_wake_who_waits_for_them),
        cmocka_unit_test(waiters_may_leave_when_woken),
        cmocka_unit_test(there_is_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
