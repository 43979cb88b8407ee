/* What is asked of the provider, by what the fleet says and what the provider lists. */
#include "testing.h"

#include "base/text.h"
#include "cloud/reconciler.h"

static struct reconciler *reconciler;
static int64_t now;

static int set_up(void **state)
{
    reconciler = reconciler_new();
    now = 1000;
    return 0;
}

static int tear_down(void **state)
{
    reconciler_free(reconciler);
    return 0;
}

static enum reconciler_action look(enum machine_state machine_state, bool listed)
{
    struct machine machine = {.machine = "m-1", .state = machine_state};
    return reconciler_look(reconciler, &machine, listed, now);
}

static void answer(bool failed, int64_t again_ms)
{
    reconciler_answered(reconciler, "m-1", failed, again_ms, now);
}

/* At its first sight, which is all that a restarted agent knows. */
static void first_sight(void **state)
{
    static const struct {
        enum machine_state state;
        bool listed;
        enum reconciler_action action;
    } rows[] = {
        {MACHINE_STATE_LAUNCHING, false, RECONCILER_LAUNCH},
        {MACHINE_STATE_LAUNCHING, true, RECONCILER_NOTHING},
        {MACHINE_STATE_READY, true, RECONCILER_NOTHING},
        {MACHINE_STATE_READY, false, RECONCILER_GONE},
        {MACHINE_STATE_DRAINING, true, RECONCILER_NOTHING},
        {MACHINE_STATE_DRAINING, false, RECONCILER_GONE},
        {MACHINE_STATE_STOPPING, true, RECONCILER_STOP},
        {MACHINE_STATE_STOPPING, false, RECONCILER_GONE},
        {MACHINE_STATE_GONE, true, RECONCILER_NOTHING}, /* an orphan: asked for as one */
        {MACHINE_STATE_GONE, false, RECONCILER_NOTHING},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        tear_down(NULL);
        set_up(NULL);
        if (look(rows[i].state, rows[i].listed) != rows[i].action)
            fail_msg("row %zu", i);
    }
}

static void one_call_at_a_time(void **state)
{
    assert_int_equal(look(MACHINE_STATE_LAUNCHING, false), RECONCILER_LAUNCH);
    assert_int_equal(look(MACHINE_STATE_LAUNCHING, false), RECONCILER_NOTHING);
    assert_int_equal(look(MACHINE_STATE_STOPPING, true), RECONCILER_NOTHING);
    answer(false, 0);
    assert_int_equal(look(MACHINE_STATE_STOPPING, true), RECONCILER_STOP);
}

static void used_id_is_never_launched_again(void **state)
{
    look(MACHINE_STATE_LAUNCHING, false);
    answer(false, 0);
    assert_int_equal(look(MACHINE_STATE_LAUNCHING, true), RECONCILER_NOTHING);
    assert_int_equal(look(MACHINE_STATE_LAUNCHING, false), RECONCILER_GONE);
}

static void failed_launch_is_repeated_after_a_growing_pause(void **state)
{
    int64_t pause = RECONCILER_PAUSE_MIN_MS;

    for (size_t i = 0; i < 12; i++) {
        assert_int_equal(look(MACHINE_STATE_LAUNCHING, false), RECONCILER_LAUNCH);
        assert_int_equal(reconciler_deadline(reconciler), 0);
        answer(true, 0);
        assert_int_equal(reconciler_deadline(reconciler), now + pause);
        now += pause - 1;
        assert_int_equal(look(MACHINE_STATE_LAUNCHING, false), RECONCILER_NOTHING);
        now++;
        pause = 2 * pause < RECONCILER_PAUSE_MAX_MS ? 2 * pause : RECONCILER_PAUSE_MAX_MS;
    }
}

static void provider_may_say_when(void **state)
{
    look(MACHINE_STATE_LAUNCHING, false);
    answer(true, 90000);
    assert_int_equal(reconciler_deadline(reconciler), now + 90000);
}

static void orphan_is_stopped_on_its_second_sighting(void **state)
{
    assert_int_equal(reconciler_look_at_orphan(reconciler, "m-1", now), RECONCILER_NOTHING);
    assert_int_equal(reconciler_deadline(reconciler), now + RECONCILER_GRACE_MS);
    assert_int_equal(reconciler_look_at_orphan(reconciler, "m-1", now + 1), RECONCILER_NOTHING);
    now += RECONCILER_GRACE_MS;
    assert_int_equal(reconciler_look_at_orphan(reconciler, "m-1", now), RECONCILER_STOP);
    assert_int_equal(reconciler_look_at_orphan(reconciler, "m-1", now), RECONCILER_NOTHING);
    assert_int_equal(reconciler_deadline(reconciler), 0);
}

static void nothing_is_kept_of_what_is_forgotten(void **state)
{
    look(MACHINE_STATE_LAUNCHING, false);
    answer(true, 0);
    reconciler_forget(reconciler, "m-1");
    reconciler_forget(reconciler, "m-1");
    assert_int_equal(reconciler_deadline(reconciler), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(first_sight),
        TEST(one_call_at_a_time),
        TEST(used_id_is_never_launched_again),
        TEST(failed_launch_is_repeated_after_a_growing_pause),
        TEST(provider_may_say_when),
        TEST(orphan_is_stopped_on_its_second_sighting),
        TEST(nothing_is_kept_of_what_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
