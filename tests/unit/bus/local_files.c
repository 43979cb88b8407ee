/* Files that are not what they should be: found when the log is opened, or while it runs. */
#include "database.h"
#include "harness.h"

#include "base/file.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct backend backend = {.name = "local", .backend = BUS_LOCAL};

static void assert_refused(struct test_log *log, enum error_code code, const char *text)
{
    struct error err;
    assert_null(bus_open(log->loop, &log->options, NULL, NULL, &err));
    if (err.code != code || strstr(err.message, text) == NULL ||
        strstr(err.message, log->path) == NULL)
        fail_msg("%s: %s", error_code_name(err.code), err.message);
}

static void write_log(struct test_log *log, const char *content)
{
    log_close(log);
    unlink(log->path);
    assert_int_equal(file_write_atomic(log->path, slice_text(content), 0600, NULL), 0);
}

static void test_not_a_database(void **state)
{
    struct test_log *log = *state;
    write_log(log, "This is a text and not a database, and it is longer than a header would be: "
                   "a database starts with the words SQLite format 3.");
    assert_refused(log, ERROR_CORRUPT, "damaged");
}

static void test_torn(void **state)
{
    struct test_log *log = *state;
    struct stat status;
    log_make_topic(log, "a", 1);
    append_numbers(log, "a", 0, 0, 500);
    log_close(log);
    assert_int_equal(stat(log->path, &status), 0);
    assert_int_equal(truncate(log->path, status.st_size / 2 / 4096 * 4096), 0);
    assert_refused(log, ERROR_CORRUPT, "damaged");
    assert_int_equal(truncate(log->path, 100), 0);
    assert_refused(log, ERROR_CORRUPT, "damaged");
}

static void test_other_database(void **state)
{
    struct test_log *log = *state;
    write_log(log, "");
    database_change(log->path, "CREATE TABLE other (a)");
    assert_refused(log, ERROR_INVALID, "not a log of Leat");
}

static void test_other_version(void **state)
{
    struct test_log *log = *state;
    log_close(log);
    database_change(log->path, "PRAGMA user_version = 99");
    assert_refused(log, ERROR_INVALID, "version 99");
}

static void test_no_folder(void **state)
{
    struct test_log *log = *state;
    char *path = xasprintf("%s/none/log", log->folder);
    struct bus_options options = {.path = path};
    struct error err;
    assert_null(bus_open(log->loop, &options, NULL, NULL, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    free(path);
    options.path = "";
    assert_null(bus_open(log->loop, &options, NULL, NULL, &err));
    assert_int_equal(err.code, ERROR_INVALID);
}

static void test_private(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-bell", "-locks"};
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    for (size_t i = 0; i < array_size(suffixes); i++) {
        struct stat status;
        char *path = xasprintf("%s%s", log->path, suffixes[i]);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        free(path);
    }
}

static void test_missing_record(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    append_numbers(log, "a", 0, 0, 5);
    database_change(log->path, "DELETE FROM records WHERE offset = 2");
    struct reading *reading = start_reading(log, "a", 0, 0);
    AWAIT(log, reading->failed.code != ERROR_NONE);
    assert_int_equal(reading->failed.code, ERROR_CORRUPT);
    assert_int_equal(reading->count, 2);
    assert_int_equal(log->fatal_count, 0); /* other partitions go on */
}

static void test_damaged_record(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 2);
    append_numbers(log, "a", 0, 0, 5);
    append_numbers(log, "a", 1, 0, 5);
    database_change(log->path, "UPDATE records SET headers = x'07' WHERE offset = 2"
                               " AND partition = 0");
    struct reading *damaged = start_reading(log, "a", 0, 0), *other = start_reading(log, "a", 1, 0);
    AWAIT(log, damaged->failed.code != ERROR_NONE && other->ends > 0);
    assert_int_equal(damaged->failed.code, ERROR_CORRUPT);
    assert_non_null(strstr(damaged->failed.message, "@2"));
    assert_int_equal(other->count, 5);
}

/* Pages in the middle are overwritten while nobody looks. */
static void test_damaged_page(void **state)
{
    struct test_log *log = *state;
    char garbage[4096];
    memset(garbage, 0xa5, sizeof(garbage));
    log_make_topic(log, "a", 1);
    append_numbers(log, "a", 0, 0, 2000);
    log_close(log);
    FILE *file = fopen(log->path, "r+");
    assert_non_null(file);
    for (long page = 12; page < 20; page++) {
        assert_int_equal(fseek(file, page * 4096, SEEK_SET), 0);
        assert_int_equal(fwrite(garbage, sizeof(garbage), 1, file), 1);
    }
    fclose(file);
    log_open(log);
    struct reading *reading = start_reading(log, "a", 0, 0);
    AWAIT(log, log->fatal_count > 0 || reading->failed.code != ERROR_NONE);
    assert_int_equal(log->fatal_count, 1);
    assert_int_equal(log->fatal.code, ERROR_CORRUPT);
    assert_non_null(strstr(log->fatal.message, log->path));
    assert_true(reading->count < 2000);
}

/* A full disk, as far as this process is concerned. */
static void limit_file_size(struct test_log *log, bool limited)
{
    struct rlimit limit;
    char *wal = xasprintf("%s-wal", log->path);
    struct stat status;
    assert_int_equal(stat(wal, &status), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = limited ? (rlim_t)status.st_size + 1000 : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    free(wal);
}

static void test_full_disk_is_fatal(void **state)
{
    struct test_log *log = *state;
    struct error err;
    signal(SIGXFSZ, SIG_IGN);
    log_make_topic(log, "a", 1);
    append_numbers(log, "a", 0, 0, 3);
    struct reading *reading = start_reading(log, "a", 0, 0);
    AWAIT(log, reading->end == 3);
    limit_file_size(log, true);
    struct ack *one = append_text(log, "a", 0, "lost"), *two = append_text(log, "a", 0, "lost");
    AWAIT(log, log->fatal_count > 0 && one->done && two->done);
    limit_file_size(log, false);
    assert_int_equal(log->fatal_count, 1);
    assert_int_not_equal(one->err.code, ERROR_NONE);
    assert_int_not_equal(two->err.code, ERROR_NONE);

    struct record record = {.topic = "a", .value = slice_text("x")};
    assert_int_equal(bus_append(log->bus, &record, NULL, NULL, &err), -1);
    log_close(log);
    log_open(log); /* what was acknowledged before is there, and it goes on */
    append_numbers(log, "a", 0, 3, 1);
    struct reading *again = start_reading(log, "a", 0, 0);
    AWAIT(log, again->end == 4);
    assert_read_numbers(again, 0, 4);
}

static void test_removed_file_is_fatal(void **state)
{
    static const char *const suffixes[] = {"", "-bell", "-locks"};
    struct test_log *log = *state;
    for (size_t i = 0; i < array_size(suffixes); i++) {
        char *path = xasprintf("%s%s", log->path, suffixes[i]);
        unsigned before = log->fatal_count;
        assert_int_equal(unlink(path), 0);
        AWAIT(log, log->fatal_count == before + 1);
        assert_non_null(strstr(log->fatal.message, path));
        log_close(log);
        log_open(log);
        free(path);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, log_setup_test, log_teardown_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_not_a_database),
        TEST(test_torn),
        TEST(test_other_database),
        TEST(test_other_version),
        TEST(test_no_folder),
        TEST(test_private),
        TEST(test_missing_record),
        TEST(test_damaged_record),
        TEST(test_damaged_page),
        TEST(test_full_disk_is_fatal),
        TEST(test_removed_file_is_fatal),
    };
    backend_tested = &backend;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
