#include "base/file.h"

#include "temporary.h"
#include "testing.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int setup(void **state)
{
    *state = temporary_folder();
    return chdir(*state);
}

static int teardown(void **state)
{
    assert_int_equal(chdir("/"), 0);
    temporary_remove(*state);
    return 0;
}

static int count_entries(const char *path)
{
    DIR *folder = opendir(path);
    int count = 0;

    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count - 2;
}

static void writes_and_reads(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);
    struct stat status;

    umask(077);
    assert_int_equal(file_write_atomic("f", slice_text("hello"), 0644, NULL), 0);
    assert_int_equal(stat("f", &status), 0);
    assert_int_equal(status.st_mode & 07777, 0644);
    buf_puts(&out, "old");
    assert_int_equal(file_read("f", 5, &out, NULL), 0);
    assert_string_equal(buf_text(&out), "hello");
    assert_int_equal(file_write_atomic("f", slice_of(NULL, 0), 0600, NULL), 0);
    assert_int_equal(file_read("f", 0, &out, NULL), 0);
    assert_int_equal(out.len, 0);
    assert_int_equal(count_entries("."), 1);
}

static void large_files(void **state)
{
    _cleanup_free_ uint8_t *data = xmalloc(100000);
    _cleanup_buf_ struct buf out = BUF_INIT(0);
    struct error err = ERROR_INIT;

    for (size_t i = 0; i < 100000; i++)
        data[i] = (uint8_t)(i * 7);
    assert_int_equal(file_write_atomic("f", slice_of(data, 100000), 0600, NULL), 0);
    assert_int_equal(file_read("f", 100000, &out, NULL), 0);
    assert_true(slice_equal(buf_slice(&out), slice_of(data, 100000)));
    assert_int_equal(file_read("f", 99999, &out, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_int_equal(out.len, 0);
}

static void small_buffers_are_a_limit_too(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(3);
    struct error err = ERROR_INIT;

    assert_int_equal(file_write_atomic("f", slice_text("hello"), 0600, NULL), 0);
    assert_int_equal(file_read("f", 100, &out, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_false(out.overflow);
}

static void what_cannot_be_read(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);
    struct error err = ERROR_INIT;

    assert_int_equal(file_read("none", 10, &out, &err), -1);
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_int_equal(file_read(".", 10, &out, &err), -1);
    assert_int_equal(err.code, ERROR_IO);
    assert_int_equal(file_read("/proc/self/status", 100000, &out, &err), 0);
    assert_true(out.len > 0);
}

static void failed_writes_leave_nothing(void **state)
{
    struct error err = ERROR_INIT;

    assert_int_equal(file_write_atomic("no/f", slice_text("x"), 0600, &err), -1);
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(file_write_atomic("d", slice_text("x"), 0600, &err), -1);
    assert_int_equal(count_entries("."), 1);
}

static void a_link_is_replaced_not_followed(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);

    assert_int_equal(file_write_atomic("target", slice_text("kept"), 0600, NULL), 0);
    assert_int_equal(symlink("target", "link"), 0);
    assert_int_equal(file_write_atomic("link", slice_text("new"), 0600, NULL), 0);
    assert_int_equal(file_read("target", 10, &out, NULL), 0);
    assert_string_equal(buf_text(&out), "kept");
}

static void programs_are_found_in_the_path(void **state)
{
    _cleanup_free_ char *path = NULL, *by_path = NULL,
                        *program = xasprintf("%s/b/tool", (char *)*state);
    _cleanup_free_ char *folders =
        xasprintf(":/nowhere:%s/a:%s/b:", (char *)*state, (char *)*state);

    assert_int_equal(mkdir("a", 0700) | mkdir("b", 0700) | mkdir("a/tool", 0700), 0);
    assert_int_equal(file_write_atomic("b/tool", slice_text("x"), 0700, NULL), 0);
    assert_int_equal(file_write_atomic("b/data", slice_text("x"), 0600, NULL), 0);
    setenv("PATH", folders, 1);
    path = file_find_program("tool");
    assert_string_equal(path, program);
    by_path = file_find_program(program);
    assert_string_equal(by_path, program);
    assert_null(file_find_program("data"));
    assert_null(file_find_program("missing"));
    assert_null(file_find_program(""));
    assert_null(file_find_program("/nowhere/tool"));
    unsetenv("PATH");
    assert_null(file_find_program("tool"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(writes_and_reads),
        TEST(large_files),
        TEST(small_buffers_are_a_limit_too),
        TEST(what_cannot_be_read),
        TEST(failed_writes_leave_nothing),
        TEST(a_link_is_replaced_not_followed),
        TEST(programs_are_found_in_the_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
