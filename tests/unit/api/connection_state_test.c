#include "testing.h"

#include "api/connection_state.h"
#include "base/memory.h"
#include "samples.h"

#include <string.h>

static struct view_build build_of(enum builder_state builder, enum machine_state machine)
{
    struct view_build build = {.state.complete = {true, true}};
    struct view_builder *entry = &build.builders[0];

    SET(build.id, "b1");
    entry->present = true;
    entry->builder = sample_builder("b1", ARCH_AMD64, builder);
    entry->has_machine = machine != 0;
    if (machine != 0)
        entry->machine = sample_machine("m-1", machine);
    return build;
}

static struct connection_state state_of(const struct view_build *build)
{
    struct connection_state state;
    connection_state_from_view(build, ARCH_AMD64, &state);
    return state;
}

static void phases_follow_the_fleet(void **state)
{
    static const struct {
        enum builder_state builder;
        enum machine_state machine;
        enum connection_kind kind;
        const char *phase;
    } cases[] = {
        {BUILDER_STATE_QUEUED, 0, CONNECTION_PENDING, "queued"},
        {BUILDER_STATE_PLACED, 0, CONNECTION_PENDING, "queued"},
        {BUILDER_STATE_PLACED, MACHINE_STATE_LAUNCHING, CONNECTION_PENDING, "launching"},
        {BUILDER_STATE_PLACED, MACHINE_STATE_READY, CONNECTION_READY, ""},
        {BUILDER_STATE_PLACED, MACHINE_STATE_DRAINING, CONNECTION_READY, ""},
        {BUILDER_STATE_PLACED, MACHINE_STATE_STOPPING, CONNECTION_PENDING, "queued"},
        {BUILDER_STATE_PLACED, MACHINE_STATE_GONE, CONNECTION_PENDING, "queued"},
        {BUILDER_STATE_ENDED, MACHINE_STATE_READY, CONNECTION_ENDED, ""},
    };
    for (size_t i = 0; i < array_size(cases); i++) {
        struct view_build build = build_of(cases[i].builder, cases[i].machine);
        struct connection_state found = state_of(&build);
        assert_int_equal(found.kind, cases[i].kind);
        assert_string_equal(found.phase, cases[i].phase);
        if (found.kind == CONNECTION_PENDING)
            assert_true(strlen(found.reason) > 0);
    }
}

static void a_bound_key_means_starting(void **state)
{
    struct view_build build = build_of(BUILDER_STATE_PLACED, MACHINE_STATE_LAUNCHING);

    build.builders[0].machine.key.len = 32;
    struct connection_state found = state_of(&build);
    assert_string_equal(found.phase, "starting");
    assert_string_equal(found.machine, "m-1");
}

static void an_endpoint_has_the_build_in_its_name(void **state)
{
    struct view_build build = build_of(BUILDER_STATE_PLACED, MACHINE_STATE_READY);
    struct connection_state found = state_of(&build);

    assert_string_equal(found.endpoint, "tcp://10.88.0.2:8372");
    assert_string_equal(found.server_name, "b1-s3cret.m-1.leat");
    assert_string_equal(found.project, "web");
    SET(build.builders[0].machine.address, "fd00::2");
    build.builders[0].machine.server_name[0] = '\0';
    found = state_of(&build);
    assert_string_equal(found.endpoint, "tcp://[fd00::2]:8372");
    assert_string_equal(found.server_name, "b1-s3cret.m-1.leat");
}

static void what_the_view_lacks_is_accepted(void **state)
{
    struct view_build build = {.state.complete = {true, true}};
    struct connection_state found = state_of(&build), rebuilt;

    assert_int_equal(found.kind, CONNECTION_PENDING);
    assert_string_equal(found.phase, "accepted");
    /* A view that is being built again may show what was true long ago: it is not believed. */
    build = build_of(BUILDER_STATE_PLACED, MACHINE_STATE_READY);
    build.state.complete[0] = false;
    rebuilt = state_of(&build);
    assert_int_equal(rebuilt.kind, CONNECTION_PENDING);
    assert_string_equal(rebuilt.phase, "accepted");
    assert_string_not_equal(rebuilt.reason, found.reason);
}

static void versions_change_with_the_answer_and_only_then(void **state)
{
    struct view_build build = build_of(BUILDER_STATE_PLACED, MACHINE_STATE_READY);
    struct connection_state before = state_of(&build), after = state_of(&build);

    assert_string_equal(before.version, after.version);
    build.builders[0].machine.idle_since_ms = 5; /* nothing that is answered */
    after = state_of(&build);
    assert_string_equal(before.version, after.version);
    build.builders[0].machine.port = 8373;
    after = state_of(&build);
    assert_string_not_equal(before.version, after.version);
    build = build_of(BUILDER_STATE_QUEUED, 0);
    before = state_of(&build);
    SET(build.builders[0].builder.reason, "place 2 of 3");
    after = state_of(&build);
    assert_string_not_equal(before.version, after.version);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phases_follow_the_fleet),
        cmocka_unit_test(a_bound_key_means_starting),
        cmocka_unit_test(an_endpoint_has_the_build_in_its_name),
        cmocka_unit_test(what_the_view_lacks_is_accepted),
        cmocka_unit_test(versions_change_with_the_answer_and_only_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
