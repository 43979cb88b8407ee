#include "base/text.h"

#include "testing.h"

#include <string.h>

static void names(void **state)
{
    char longest[65];

    memset(longest, 'a', 64);
    longest[64] = '\0';
    assert_false(text_is_name(longest));
    longest[63] = '\0';
    assert_true(text_is_name(longest));
    assert_true(text_is_name("a"));
    assert_true(text_is_name("0"));
    assert_true(text_is_name("my-app--2"));
    assert_false(text_is_name(""));
    assert_false(text_is_name("-"));
    assert_false(text_is_name("-a"));
    assert_false(text_is_name("a-"));
    assert_false(text_is_name("A"));
    assert_false(text_is_name("a_b"));
    assert_false(text_is_name("a.b"));
    assert_false(text_is_name("a/b"));
    assert_false(text_is_name("a b"));
    assert_false(text_is_name("\xc3\xbc"));
}

static void copy_is_bounded(void **state)
{
    char out[4] = "xyz";

    assert_true(text_copy(out, sizeof(out), "abc"));
    assert_string_equal(out, "abc");
    assert_false(text_copy(out, sizeof(out), "abcd"));
    assert_string_equal(out, "");
    assert_true(text_copy(out, 1, ""));
    assert_false(text_copy(out, 0, ""));
}

static void equality_knows_null(void **state)
{
    assert_true(text_equal("a", "a"));
    assert_false(text_equal("a", "b"));
    assert_true(text_equal(NULL, NULL));
    assert_false(text_equal(NULL, ""));
    assert_false(text_equal("", NULL));
}

static void prefixes_and_suffixes(void **state)
{
    assert_true(text_starts_with("leat.fleet", "leat."));
    assert_true(text_starts_with("x", ""));
    assert_false(text_starts_with("lea", "leat"));
    assert_true(text_ends_with("fleet.amd64", ".amd64"));
    assert_true(text_ends_with("x", ""));
    assert_false(text_ends_with("64", "amd64"));
}

static void good_number(const char *text, int64_t wanted)
{
    int64_t value = 7;

    assert_int_equal(text_parse_int(text, INT64_MIN, INT64_MAX, &value, NULL), 0);
    assert_true(value == wanted);
}

static void numbers(void **state)
{
    good_number("0", 0);
    good_number("-0", 0);
    good_number("007", 7);
    good_number("-12", -12);
    good_number("9223372036854775807", INT64_MAX);
    good_number("-9223372036854775808", INT64_MIN);
}

static void bad_numbers_leave_the_result(void **state)
{
    const char *const bad[] = {"",
                               "-",
                               "+1",
                               " 1",
                               "1 ",
                               "1x",
                               "0x1",
                               "1.0",
                               "--1",
                               "9223372036854775808",
                               "1e3",
                               "\xd9\xa1",
                               "-9223372036854775809",
                               "99999999999999999999999"};
    struct error err = ERROR_INIT;
    int64_t value = 7;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(text_parse_int(bad[i], INT64_MIN, INT64_MAX, &value, &err), -1);
        assert_int_equal(err.code, ERROR_INVALID);
        assert_int_equal(value, 7);
    }
}

static void numbers_have_bounds(void **state)
{
    struct error err = ERROR_INIT;
    int64_t value = 7;

    assert_int_equal(text_parse_int("5", 5, 6, &value, NULL), 0);
    assert_int_equal(text_parse_int("6", 5, 6, &value, NULL), 0);
    assert_int_equal(text_parse_int("4", 5, 6, &value, NULL), -1);
    assert_int_equal(text_parse_int("7", 5, 6, &value, &err), -1);
    assert_string_equal(err.message, "\"7\" is not a whole number from 5 to 6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(copy_is_bounded),
        cmocka_unit_test(equality_knows_null),
        cmocka_unit_test(prefixes_and_suffixes),
        cmocka_unit_test(numbers),
        cmocka_unit_test(bad_numbers_leave_the_result),
        cmocka_unit_test(numbers_have_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
