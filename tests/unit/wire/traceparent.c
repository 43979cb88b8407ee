#include "wire/record.h"

#include "base/memory.h"
#include "testing.h"

#include <string.h>

static const char good[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

static void valid(void **state)
{
    assert_true(traceparent_is_valid(good));
    assert_true(traceparent_is_valid("00-00000000000000000000000000000001-0000000000000001-00"));
    assert_true(traceparent_is_valid("00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-ff"));
}

static void invalid(void **state)
{
    const char *const bad[] = {
        "",
        "00",
        "00-",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
        " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    };

    for (size_t i = 0; i < array_size(bad); i++)
        assert_false(traceparent_is_valid(bad[i]));
}

static void every_cut_and_every_change(void **state)
{
    for (size_t i = 0; i < sizeof(good) - 1; i++) {
        _cleanup_free_ char *text = xstrndup(good, i);

        assert_false(traceparent_is_valid(text));
    }
    for (size_t i = 0; i < sizeof(good) - 1; i++) {
        _cleanup_free_ char *text = xstrdup(good);

        text[i] = good[i] == '-' ? '0' : '-';
        assert_false(traceparent_is_valid(text));
        text[i] = 'g';
        assert_false(traceparent_is_valid(text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid),
        cmocka_unit_test(invalid),
        cmocka_unit_test(every_cut_and_every_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
