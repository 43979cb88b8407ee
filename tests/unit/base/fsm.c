#include "base/fsm.h"

#include "testing.h"

enum { OFF, ON, BROKEN = 31 };

static const char *const names[32] = {[OFF] = "off", [ON] = "on", [BROKEN] = "broken"};
static const uint32_t allowed[32] = {[OFF] = FSM_TO(ON), [ON] = FSM_TO(OFF) | FSM_TO(BROKEN)};
static const struct fsm lamp = {"lamp", names, allowed, 32};

static void only_listed_transitions(void **state)
{
    assert_true(fsm_allows(&lamp, OFF, ON));
    assert_true(fsm_allows(&lamp, ON, BROKEN));
    assert_false(fsm_allows(&lamp, OFF, BROKEN));
    assert_false(fsm_allows(&lamp, BROKEN, OFF));
    assert_true(fsm_allows(&lamp, BROKEN, BROKEN));
}

static void out_of_range_is_refused(void **state)
{
    assert_false(fsm_allows(&lamp, 32, 0));
    assert_false(fsm_allows(&lamp, 0, 32));
    assert_false(fsm_allows(&lamp, 32, 32));
    assert_false(fsm_allows(&lamp, OFF, 0xffffffff));
}

static void states_have_names(void **state)
{
    assert_string_equal(fsm_state_name(&lamp, BROKEN), "broken");
    assert_string_equal(fsm_state_name(&lamp, 5), "?");
    assert_string_equal(fsm_state_name(&lamp, 32), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_listed_transitions),
        cmocka_unit_test(out_of_range_is_refused),
        cmocka_unit_test(states_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
