#include "base/clock.h"

#include "testing.h"

#include <string.h>

static void check(int64_t wall_ms, const char *wanted)
{
    char text[CLOCK_TEXT_SIZE];

    assert_ptr_equal(clock_format_wall(wall_ms, text), text);
    assert_string_equal(text, wanted);
}

static void formats_rfc3339(void **state)
{
    check(0, "1970-01-01T00:00:00.000Z");
    check(1, "1970-01-01T00:00:00.001Z");
    check(INT64_C(1795489965123), "2026-11-24T03:12:45.123Z");
    check(INT64_C(951782400000), "2000-02-29T00:00:00.000Z");
}

static void rounds_down_before_1970(void **state)
{
    check(-1, "1969-12-31T23:59:59.999Z");
    check(-1000, "1969-12-31T23:59:59.000Z");
    check(-1001, "1969-12-31T23:59:58.999Z");
}

static void stays_inside_four_digit_years(void **state)
{
    check(INT64_MAX, "9999-12-31T23:59:59.999Z");
    check(INT64_MIN, "0000-01-01T00:00:00.000Z");
}

static void monotonic_does_not_go_back(void **state)
{
    int64_t last = clock_monotonic_us();

    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_monotonic_us();

        assert_true(now >= last);
        last = now;
    }
    assert_true(clock_monotonic_ms() >= last / 1000);
    assert_true(clock_wall_ms() > INT64_C(1577836800000)); /* 2020 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_rfc3339),
        cmocka_unit_test(rounds_down_before_1970),
        cmocka_unit_test(stays_inside_four_digit_years),
        cmocka_unit_test(monotonic_does_not_go_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
