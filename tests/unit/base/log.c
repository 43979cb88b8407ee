#include "base/log.h"

#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char captured[1 << 20];

/* Runs `body` with standard error in a file and returns what it wrote. */
static char *capture(void (*body)(void))
{
    char path[] = "/tmp/leat-log.XXXXXX";
    int file = mkostemp(path, O_APPEND), saved = dup(STDERR_FILENO);
    ssize_t got;

    dup2(file, STDERR_FILENO);
    body();
    dup2(saved, STDERR_FILENO);
    got = pread(file, captured, sizeof(captured) - 1, 0);
    captured[got > 0 ? got : 0] = '\0';
    close(saved);
    close(file);
    unlink(path);
    return captured;
}

/* What follows the time, whose form is checked. */
static const char *after_time(const char *line)
{
    assert_true(strlen(line) > 25);
    assert_int_equal(line[4], '-');
    assert_int_equal(line[10], 'T');
    assert_int_equal(line[23], 'Z');
    return line + 25;
}

static void log_one(void)
{
    errno = ERANGE;
    log_info("machine %s is ready in %d ms", "m-4k2", 812);
    assert_int_equal(errno, ERANGE);
}

static void text_line(void **state)
{
    log_setup("cloud-agent", LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    assert_string_equal(after_time(capture(log_one)),
                        "info  cloud-agent: machine m-4k2 is ready in 812 ms\n");
}

static void log_forgery(void)
{
    log_warn("%s", "a\n2026 info x: fake\r\t\x1b[2J\x7f \xff\xc2\x9b"
                   "31m \xe2\x82\xac\xe2\x82");
}

static void text_escapes(void **state)
{
    log_setup("t", LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    assert_string_equal(after_time(capture(log_forgery)),
                        "warn  t: a\\x0a2026 info x: fake\\x0d\\x09\\x1b[2J\\x7f "
                        "\\xff\\xc2\\x9b31m \xe2\x82\xac\\xe2\\x82\n");
}

static void json_line(void **state)
{
    const char *line;

    log_setup("t\"", LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    line = capture(log_forgery);
    assert_int_equal(strncmp(line, "{\"time\":\"", 9), 0);
    assert_non_null(
        strstr(line, "\",\"level\":\"warn\",\"component\":\"t\\\"\",\"message\":\"a\\n2026"));
    assert_string_equal(line + strlen(line) - 3, "\"}\n");
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void log_all_levels(void)
{
    log_debug("d");
    log_info("i");
    log_warn("w");
    log_error("e");
}

static void levels(void **state)
{
    const char *lines;

    log_setup("t", LOG_LEVEL_WARN, LOG_FORMAT_TEXT);
    assert_false(log_enabled(LOG_LEVEL_INFO));
    lines = capture(log_all_levels);
    assert_null(strstr(lines, "t: i"));
    assert_non_null(strstr(lines, "error t: e\n"));
    log_setup("t", LOG_LEVEL_DEBUG, LOG_FORMAT_TEXT);
    assert_non_null(strstr(capture(log_all_levels), "debug t: d\n"));
}

static void log_long(void)
{
    char text[10000];

    memset(text, 1, sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_info("%s", text);
}

static void long_messages_are_cut(void **state)
{
    const char *line;

    for (int format = LOG_FORMAT_TEXT; format <= LOG_FORMAT_JSON; format++) {
        log_setup("t", LOG_LEVEL_INFO, (enum log_format)format);
        line = capture(log_long);
        assert_true(strlen(line) > 2000 && strlen(line) < 16384);
        assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    }
}

static void *write_lines(void *letter)
{
    char text[101];

    memset(text, *(const char *)letter, 100);
    text[100] = '\0';
    for (int i = 0; i < 200; i++)
        log_info("%s", text);
    return NULL;
}

static void log_from_threads(void)
{
    pthread_t threads[4];

    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, &(char *){"abcd"}[i]), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

static void lines_of_threads_do_not_mix(void **state)
{
    char *line, *next = NULL;
    int count = 0;

    log_setup("t", LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    line = capture(log_from_threads);
    for (line = strtok_r(line, "\n", &next); line; line = strtok_r(NULL, "\n", &next), count++) {
        const char *message = strstr(line, "t: ") + 3;

        assert_int_equal(strspn(message, (char[]){message[0], '\0'}), 100);
        assert_int_equal(message[100], '\0');
    }
    assert_int_equal(count, 800);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_line),
        cmocka_unit_test(text_escapes),
        cmocka_unit_test(json_line),
        cmocka_unit_test(levels),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(lines_of_threads_do_not_mix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
