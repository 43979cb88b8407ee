/* When a part of the embedded installation is started again. */
#include "cli/exit_codes.h"
#include "cli/subnet.h"
#include "cli/supervisor_core.h"
#include "testing.h"

static void part_that_was_ready_is_started_again_for_ever(void **state)
{
    struct part part = {0};
    int64_t now = 0, last_pause = 0;

    part_started(&part, now);
    part_is_ready(&part);
    for (int i = 0; i < 50; i++) {
        assert_true(part_died(&part, EXIT_MISSING, now));
        assert_true(part.due_ms - now >= last_pause);
        last_pause = part.due_ms - now;
        now = part.due_ms;
        part_started(&part, now);
    }
    assert_int_equal(last_pause, 5000);
    assert_int_equal(part.restarts, 50);
}

static void first_restart_is_at_once_and_settling_forgives(void **state)
{
    struct part part = {0};

    part_started(&part, 0);
    part_is_ready(&part);
    assert_true(part_died(&part, 1, 10));
    assert_int_equal(part.due_ms, 10);
    part_started(&part, 10);
    assert_true(part_died(&part, 1, 20));
    assert_int_equal(part.due_ms, 120);
    part_started(&part, 120);
    assert_true(part_died(&part, 1, 120 + 60000));
    assert_int_equal(part.due_ms, 120 + 60000);
}

static void part_that_cannot_be_here_fails_the_installation(void **state)
{
    struct part part = {0};
    part_started(&part, 0);
    assert_false(part_died(&part, EXIT_MISSING, 5));
}

static void part_that_never_gets_ready_fails_after_some_tries(void **state)
{
    struct part part = {0};
    int tries = 1;

    part_started(&part, 0);
    while (part_died(&part, 1, 5)) {
        part_started(&part, part.due_ms);
        tries++;
    }
    assert_int_equal(tries, 5);
}

static void routed_networks_are_not_free(void **state)
{
    /* 10.90.0.0/16 by eth1, the default route, and garbage. */
    const char *routes = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU\n"
                         "eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\n"
                         "eth1\t00005A0A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\n"
                         "nonsense\n";
    assert_true(subnet_routed(routes, 0x0a5a0000, 0xffff0000));
    assert_false(subnet_routed(routes, 0x0a580000, 0xffff0000));
    assert_false(subnet_routed("", 0x0a580000, 0xffff0000));
}

static void gateway_is_the_first_address(void **state)
{
    char text[32];
    struct error err;

    assert_int_equal(subnet_gateway(text, sizeof(text), "10.88.0.0/16", &err), 0);
    assert_string_equal(text, "10.88.0.1");
    assert_int_equal(subnet_gateway(text, sizeof(text), "10.88.0.0", &err), -1);
    assert_int_equal(subnet_gateway(text, sizeof(text), "x/16", &err), -1);
    assert_int_equal(subnet_gateway(text, sizeof(text), "10.88.0.0/40", &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(part_that_was_ready_is_started_again_for_ever),
        cmocka_unit_test(first_restart_is_at_once_and_settling_forgives),
        cmocka_unit_test(part_that_cannot_be_here_fails_the_installation),
        cmocka_unit_test(part_that_never_gets_ready_fails_after_some_tries),
        cmocka_unit_test(routed_networks_are_not_free),
        cmocka_unit_test(gateway_is_the_first_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
