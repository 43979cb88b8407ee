/* The same id for every build of one user, kept where others cannot read it. */
#include "cli/client_id.h"
#include "temporary.h"
#include "testing.h"

#include <string.h>
#include <sys/stat.h>

static int make_home(void **state)
{
    *state = temporary_folder();
    return setenv("HOME", *state, 1) + unsetenv("XDG_STATE_HOME");
}

static int remove_home(void **state)
{
    temporary_remove(*state);
    return 0;
}

static char *id_file(void **state)
{
    return xasprintf("%s/.local/state/leat/client-id", (const char *)*state);
}

static void assert_is_id(const char *id)
{
    assert_int_equal(strlen(id), 16);
    assert_int_equal(strspn(id, "0123456789abcdef"), 16);
}

static void the_id_stays(void **state)
{
    char first[CLIENT_ID_SIZE], second[CLIENT_ID_SIZE];
    _cleanup_free_ char *path = id_file(state);
    struct stat status;

    client_id_get(first);
    client_id_get(second);
    assert_is_id(first);
    assert_string_equal(first, second);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void the_file_alone_does_not_give_the_id(void **state)
{
    char id[CLIENT_ID_SIZE];
    _cleanup_free_ char *path = id_file(state);
    _cleanup_buf_ struct buf content = BUF_INIT(100);

    client_id_get(id);
    assert_int_equal(file_read(path, 99, &content, NULL), 0);
    assert_null(strstr(buf_text(&content), id));
}

static void another_user_has_another_id(void **state)
{
    char mine[CLIENT_ID_SIZE], other[CLIENT_ID_SIZE];
    _cleanup_free_ char *path = xasprintf("%s/other", (const char *)*state);

    client_id_get(mine);
    setenv("XDG_STATE_HOME", path, 1);
    client_id_get(other);
    unsetenv("XDG_STATE_HOME");
    assert_string_not_equal(mine, other);
}

static void a_spoilt_file_is_replaced(void **state)
{
    static const char *const spoilt[] = {"", "short", "\n", "0123456789abcdef0123456789abcdefff"};
    _cleanup_free_ char *path = id_file(state);
    char first[CLIENT_ID_SIZE], second[CLIENT_ID_SIZE];

    client_id_get(first);
    for (size_t i = 0; i < sizeof(spoilt) / sizeof(*spoilt); i++) {
        assert_int_equal(file_write_atomic(path, slice_text(spoilt[i]), 0600, NULL), 0);
        client_id_get(first);
        client_id_get(second);
        assert_is_id(first);
        assert_string_equal(first, second);
    }
}

static void without_a_home_there_is_still_an_id(void **state)
{
    char first[CLIENT_ID_SIZE], second[CLIENT_ID_SIZE];

    unsetenv("HOME");
    client_id_get(first);
    client_id_get(second);
    assert_is_id(first);
    assert_string_not_equal(first, second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_id_stays, make_home, remove_home),
        cmocka_unit_test_setup_teardown(the_file_alone_does_not_give_the_id, make_home,
                                        remove_home),
        cmocka_unit_test_setup_teardown(another_user_has_another_id, make_home, remove_home),
        cmocka_unit_test_setup_teardown(a_spoilt_file_is_replaced, make_home, remove_home),
        cmocka_unit_test_setup_teardown(without_a_home_there_is_still_an_id, make_home,
                                        remove_home),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
