/* The life of a machine: every way from boot to exit. */
#include "machine/core.h"
#include "testing.h"

#include <string.h>

static struct core core;
static int64_t now;

static int set_up(void **state)
{
    core_init(&core, &(struct core_limits){.start_timeout_ms = 60000, .stop_timeout_ms = 10000});
    now = 1000;
    return 0;
}

static unsigned step(enum core_event_type type)
{
    return core_step(&core, &(struct core_event){.type = type}, now);
}

static unsigned died(const char *reason)
{
    return core_step(&core,
                     &(struct core_event){.type = CORE_EVENT_BUILDKIT_EXITED, .reason = reason}, now);
}

static unsigned desired(bool drain, bool stop, size_t builds)
{
    return core_step(&core,
                     &(struct core_event){.type = CORE_EVENT_DESIRED,
                                          .drain = drain,
                                          .stop = stop,
                                          .builds = builds,
                                          .reason = "asked"},
                     now);
}

static void become_ready(void)
{
    step(CORE_EVENT_DENIES_SET);
    step(CORE_EVENT_VERSION_OK);
    assert_int_equal(step(CORE_EVENT_REGISTERED), CORE_START_BUILDKIT);
    assert_int_equal(step(CORE_EVENT_BUILDKIT_READY), CORE_PROBE);
    assert_int_equal(step(CORE_EVENT_PROBE_OK), CORE_PUBLISH_READY);
    assert_int_equal(core.state, CORE_READY);
}

static void boot_waits_for_all_three_in_any_order(void **state)
{
    static const enum core_event_type events[] = {CORE_EVENT_DENIES_SET, CORE_EVENT_VERSION_OK,
                                                  CORE_EVENT_REGISTERED};
    for (size_t first = 0; first < 3; first++) {
        set_up(NULL);
        assert_int_equal(step(events[first]), 0);
        assert_int_equal(step(events[(first + 1) % 3]), 0);
        assert_int_equal(step(events[(first + 2) % 3]), CORE_START_BUILDKIT);
    }
}

static void dead_buildkit_is_restarted_after_a_growing_pause(void **state)
{
    become_ready();
    for (unsigned i = 0; i < CORE_RESTARTS_MAX; i++) {
        assert_int_equal(died("oom"), CORE_KILL_BUILDKIT);
        assert_int_equal(core_deadline(&core), now + (CORE_RESTART_PAUSE_MS << i));
        assert_int_equal(step(CORE_EVENT_TIME), 0); /* too early */
        now = core_deadline(&core);
        assert_int_equal(step(CORE_EVENT_TIME), CORE_START_BUILDKIT);
    }
    assert_int_equal(core.restarts, CORE_RESTARTS_MAX);
}

static void buildkit_that_keeps_dying_ends_the_machine(void **state)
{
    become_ready();
    for (unsigned i = 0; i < CORE_RESTARTS_MAX; i++) {
        died("oom");
        now = core_deadline(&core);
        step(CORE_EVENT_TIME);
    }
    assert_int_equal(died("oom"), CORE_KILL_BUILDKIT | CORE_PUBLISH_FAILED | CORE_UNMOUNT);
    assert_string_equal(core.reason, "BuildKit keeps dying: oom");
    assert_int_equal(step(CORE_EVENT_UNMOUNTED), CORE_PUBLISH_STOPPED);
    assert_false(core.clean);
    assert_int_equal(step(CORE_EVENT_PUBLISHED), CORE_EXIT);
}

static void deaths_far_apart_are_forgiven(void **state)
{
    become_ready();
    for (unsigned i = 0; i < 3 * CORE_RESTARTS_MAX; i++) {
        assert_int_equal(died("oom"), CORE_KILL_BUILDKIT);
        now = core_deadline(&core);
        step(CORE_EVENT_TIME);
        step(CORE_EVENT_BUILDKIT_READY);
        step(CORE_EVENT_PROBE_OK);
        now += CORE_RESTARTS_WINDOW_MS;
    }
    assert_int_equal(core.state, CORE_READY);
}

static void start_that_takes_too_long_counts_as_a_death(void **state)
{
    step(CORE_EVENT_DENIES_SET);
    step(CORE_EVENT_VERSION_OK);
    step(CORE_EVENT_REGISTERED);
    now += 60000;
    assert_int_equal(step(CORE_EVENT_TIME), CORE_KILL_BUILDKIT);
    assert_int_equal(core.state, CORE_PAUSING);
    assert_int_equal(died("signal 9"), 0); /* the death that we brought about */
    assert_int_equal(core.state, CORE_PAUSING);
}

static void drain_waits_for_the_last_build(void **state)
{
    become_ready();
    assert_int_equal(desired(false, false, 2), 0);
    assert_int_equal(desired(true, false, 2), CORE_PUBLISH_DRAINING);
    assert_int_equal(desired(true, false, 1), 0);
    assert_int_equal(core.state, CORE_READY);
    assert_int_equal(desired(true, false, 0), CORE_TERMINATE_BUILDKIT);
    assert_int_equal(died(NULL), CORE_KILL_BUILDKIT | CORE_UNMOUNT);
    assert_true(core.clean);
}

static void terminate_drains(void **state)
{
    become_ready();
    desired(false, false, 1);
    assert_int_equal(step(CORE_EVENT_TERMINATE), CORE_PUBLISH_DRAINING);
    assert_int_equal(step(CORE_EVENT_TERMINATE), 0);
    assert_int_equal(desired(false, false, 0), CORE_TERMINATE_BUILDKIT);
}

static void stop_does_not_wait(void **state)
{
    become_ready();
    desired(false, false, 3);
    assert_int_equal(desired(false, true, 3), CORE_TERMINATE_BUILDKIT);
    now += 10000;
    assert_int_equal(step(CORE_EVENT_TIME), CORE_KILL_BUILDKIT);
    assert_false(core.clean);
    assert_int_equal(died("signal 9"), CORE_KILL_BUILDKIT | CORE_UNMOUNT);
}

static void terminate_while_booting_unmounts_and_leaves(void **state)
{
    assert_int_equal(step(CORE_EVENT_TERMINATE), CORE_PUBLISH_DRAINING | CORE_UNMOUNT);
    assert_int_equal(step(CORE_EVENT_UNMOUNTED), CORE_PUBLISH_STOPPED);
    now = core_deadline(&core);
    assert_int_equal(step(CORE_EVENT_TIME), CORE_EXIT); /* the farewell never got through */
    assert_int_equal(step(CORE_EVENT_REGISTERED), 0);   /* and what comes late changes nothing */
}

static void broken_part_ends_the_machine(void **state)
{
    unsigned actions = core_step(
        &core, &(struct core_event){.type = CORE_EVENT_BROKEN, .reason = "no iptables"}, now);
    assert_int_equal(actions, CORE_PUBLISH_FAILED | CORE_UNMOUNT);
    assert_string_equal(core.reason, "no iptables");
}

/* Whatever comes, in whatever order: no illegal transition (that aborts), and an end that stays. */
static void random_histories_end(void **state)
{
    uint32_t random = 12345;
    for (int run = 0; run < 20000; run++) {
        set_up(NULL);
        for (int i = 0; i < 60; i++) {
            random = random * 1664525u + 1013904223u;
            struct core_event event = {.type = (enum core_event_type)((random >> 16) % 12),
                                       .reason = "r",
                                       .drain = random & 1,
                                       .stop = (random & 6) == 6,
                                       .builds = (random >> 4) % 3};
            now += (random >> 8) % 20000;
            bool was_exited = core.state == CORE_EXITED;
            unsigned actions = core_step(&core, &event, now);
            assert_false(was_exited && actions != 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(boot_waits_for_all_three_in_any_order, set_up),
        cmocka_unit_test_setup(dead_buildkit_is_restarted_after_a_growing_pause, set_up),
        cmocka_unit_test_setup(buildkit_that_keeps_dying_ends_the_machine, set_up),
        cmocka_unit_test_setup(deaths_far_apart_are_forgiven, set_up),
        cmocka_unit_test_setup(start_that_takes_too_long_counts_as_a_death, set_up),
        cmocka_unit_test_setup(drain_waits_for_the_last_build, set_up),
        cmocka_unit_test_setup(terminate_drains, set_up),
        cmocka_unit_test_setup(stop_does_not_wait, set_up),
        cmocka_unit_test_setup(terminate_while_booting_unmounts_and_leaves, set_up),
        cmocka_unit_test_setup(broken_part_ends_the_machine, set_up),
        cmocka_unit_test_setup(random_histories_end, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
