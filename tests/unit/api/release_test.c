#include "testing.h"

#include "api/builds.h"
#include "base/memory.h"
#include "samples.h"

#define NOW    INT64_C(1800000000000)
#define RECENT (NOW - 60000)
#define OLD    (NOW - ASKED_MEMORY_MS - 60000)

struct plan {
    enum release_plan plan;
    bool archs[ARCH_COUNT];
    char project[64];
};

static struct plan plan_of(const struct view_build *build, int64_t issued_ms)
{
    struct plan plan = {0};
    plan.plan = plan_release(build, issued_ms, NOW, plan.archs, plan.project);
    return plan;
}

static struct view_build build_with(enum builder_state amd64, enum builder_state arm64)
{
    struct view_build build = {0};
    const enum builder_state states[] = {amd64, arm64};

    for (size_t i = 0; i < ARCH_COUNT; i++) {
        build.builders[i].present = states[i] != 0;
        if (states[i] != 0)
            build.builders[i].builder = sample_builder("b1", (enum arch)(i + 1), states[i]);
    }
    return build;
}

static struct view_build asked_for(struct view_build build, bool amd64, bool arm64)
{
    build.asked = true;
    build.asked_archs[0] = amd64;
    build.asked_archs[1] = arm64;
    SET(build.asked_project, "web");
    return build;
}

static void what_was_asked_for_is_released(void **state)
{
    struct view_build build = asked_for(build_with(BUILDER_STATE_PLACED, 0), true, false);
    struct plan plan = plan_of(&build, RECENT);
    assert_int_equal(plan.plan, RELEASE_THESE);
    assert_true(plan.archs[0]);
    assert_false(plan.archs[1]);

    /* The fleet has seen neither yet. */
    build = asked_for(build_with(0, 0), true, true);
    plan = plan_of(&build, RECENT);
    assert_int_equal(plan.plan, RELEASE_THESE);
    assert_true(plan.archs[0] && plan.archs[1]);
    assert_string_equal(plan.project, "web");
}

static void what_ended_is_left_alone(void **state)
{
    struct view_build build =
        asked_for(build_with(BUILDER_STATE_ENDED, BUILDER_STATE_QUEUED), true, true);
    struct plan plan = plan_of(&build, RECENT);
    assert_int_equal(plan.plan, RELEASE_THESE);
    assert_false(plan.archs[0]);
    assert_true(plan.archs[1]);

    build = asked_for(build_with(BUILDER_STATE_ENDED, BUILDER_STATE_ENDED), true, true);
    plan = plan_of(&build, RECENT);
    assert_int_equal(plan.plan, RELEASE_NOTHING);
}

/* Better one release too many than a builder that nobody gives back. */
static void what_is_not_remembered_may_have_been_asked_for(void **state)
{
    struct view_build build = build_with(BUILDER_STATE_ENDED, 0);
    struct plan plan = plan_of(&build, RECENT);
    assert_int_equal(plan.plan, RELEASE_THESE);
    assert_false(plan.archs[0]);
    assert_true(plan.archs[1]);
    assert_string_equal(plan.project, "web");

    build = build_with(0, 0);
    plan = plan_of(&build, RECENT);
    assert_int_equal(plan.plan, RELEASE_LATER);
}

static void an_old_build_is_what_the_view_says(void **state)
{
    struct view_build build = build_with(BUILDER_STATE_ENDED, 0);
    struct plan plan = plan_of(&build, OLD);
    assert_int_equal(plan.plan, RELEASE_NOTHING);

    build = build_with(0, 0); /* it has left the view */
    plan = plan_of(&build, OLD);
    assert_int_equal(plan.plan, RELEASE_NOTHING);

    build = build_with(BUILDER_STATE_PLACED, 0);
    plan = plan_of(&build, OLD);
    assert_int_equal(plan.plan, RELEASE_THESE);
    assert_true(plan.archs[0]);
    assert_false(plan.archs[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_asked_for_is_released),
        cmocka_unit_test(what_ended_is_left_alone),
        cmocka_unit_test(what_is_not_remembered_may_have_been_asked_for),
        cmocka_unit_test(an_old_build_is_what_the_view_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
