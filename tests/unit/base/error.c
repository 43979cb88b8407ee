#include "base/error.h"

#include "testing.h"

#include <errno.h>
#include <string.h>

static void sets_code_and_message(void **state)
{
    struct error err = ERROR_INIT;

    assert_int_equal(error_set(&err, ERROR_CONFLICT, "%s is %d", "x", 3), -1);
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_false(err.retriable);
    assert_string_equal(err.message, "x is 3");
}

static void nobody_may_care(void **state)
{
    assert_int_equal(error_set(NULL, ERROR_IO, "x"), -1);
    assert_int_equal(error_errno(NULL, EIO, "x"), -1);
    assert_int_equal(error_prefix(NULL, "x"), -1);
}

static void some_codes_are_retriable(void **state)
{
    struct error err = ERROR_INIT;

    for (int code = ERROR_INVALID; code <= ERROR_INTERNAL; code++) {
        error_set(&err, (enum error_code)code, "x");
        assert_int_equal(err.retriable, code == ERROR_UNAVAILABLE || code == ERROR_TIMEOUT);
    }
}

static void errno_chooses_the_code(void **state)
{
    const struct {
        int errnum;
        enum error_code code;
    } cases[] = {{EACCES, ERROR_DENIED}, {EPERM, ERROR_DENIED}, {ENOENT, ERROR_NOT_FOUND},
                 {EMFILE, ERROR_LIMIT},  {ENFILE, ERROR_LIMIT}, {ENOSPC, ERROR_LIMIT},
                 {EIO, ERROR_IO},        {99999, ERROR_IO}};
    struct error err = ERROR_INIT;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        error_errno(&err, cases[i].errnum, "cannot %s", "read");
        assert_int_equal(err.code, cases[i].code);
        assert_int_equal(strncmp(err.message, "cannot read: ", 13), 0);
        assert_true(strlen(err.message) > 13);
    }
}

static void prefix_keeps_code(void **state)
{
    struct error err = ERROR_INIT;

    error_set(&err, ERROR_TIMEOUT, "no answer");
    assert_int_equal(error_prefix(&err, "asking %s", "bob"), -1);
    assert_string_equal(err.message, "asking bob: no answer");
    assert_int_equal(err.code, ERROR_TIMEOUT);
    assert_true(err.retriable);
}

static void long_messages_are_cut(void **state)
{
    struct error err = ERROR_INIT;
    char text[1000];

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    error_set(&err, ERROR_IO, "%s", text);
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
    error_prefix(&err, "before");
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
    assert_int_equal(strncmp(err.message, "before: aaa", 11), 0);
    error_prefix(&err, "%s", text);
    error_errno(&err, EIO, "%s", text);
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

static void own_message_may_be_an_argument(void **state)
{
    struct error err = ERROR_INIT;

    error_set(&err, ERROR_IO, "inner");
    error_set(&err, ERROR_CORRUPT, "outer: %s", err.message);
    assert_string_equal(err.message, "outer: inner");
    error_prefix(&err, "<%s>", err.message);
    assert_string_equal(err.message, "<outer: inner>: outer: inner");
}

static void codes_have_names(void **state)
{
    assert_string_equal(error_code_name(ERROR_NONE), "none");
    assert_string_equal(error_code_name(ERROR_NOT_FOUND), "not-found");
    assert_string_equal(error_code_name(ERROR_INTERNAL), "internal");
    assert_string_equal(error_code_name((enum error_code)(ERROR_INTERNAL + 1)), "?");
    for (int code = ERROR_NONE; code <= ERROR_INTERNAL; code++)
        assert_non_null(error_code_name((enum error_code)code));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_code_and_message),
        cmocka_unit_test(nobody_may_care),
        cmocka_unit_test(some_codes_are_retriable),
        cmocka_unit_test(errno_chooses_the_code),
        cmocka_unit_test(prefix_keeps_code),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(own_message_may_be_an_argument),
        cmocka_unit_test(codes_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
