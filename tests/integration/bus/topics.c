/* Topics, their partition counts and their ends. */
#include "conformance.h"

#include <stdio.h>
#include <string.h>

struct answer {
    struct test_log *log;
    unsigned calls;
    int64_t value;
    struct error err;
};

static void note_done(void *arg, const struct error *err)
{
    struct answer *answer = arg;
    answer->calls++;
    answer->err = err != NULL ? *err : ERROR_INIT;
    log_progress(answer->log);
}

static void note_partitions(void *arg, int32_t partitions, const struct error *err)
{
    struct answer *answer = arg;
    answer->value = partitions;
    note_done(arg, err);
}

static void note_end(void *arg, int64_t end, const struct error *err)
{
    struct answer *answer = arg;
    answer->value = end;
    note_done(arg, err);
}

static struct answer ensure(struct test_log *log, const struct bus_topic *topics, size_t count,
                            bool create)
{
    struct answer answer = {.log = log};
    bus_ensure_topics(log->bus, topics, count, create, note_done, &answer);
    assert_int_equal(answer.calls, 0);
    AWAIT(log, answer.calls == 1);
    return answer;
}

static struct answer count_partitions(struct test_log *log, const char *topic)
{
    struct answer answer = {.log = log};
    bus_count_partitions(log->bus, topic, note_partitions, &answer);
    AWAIT(log, answer.calls == 1);
    return answer;
}

static struct answer get_end(struct test_log *log, const char *topic, int32_t partition)
{
    struct answer answer = {.log = log};
    bus_end(log->bus, topic, partition, note_end, &answer);
    AWAIT(log, answer.calls == 1);
    return answer;
}

static void assert_names(const struct answer *answer, const struct test_log *log, const char *topic)
{
    char name[128];
    snprintf(name, sizeof(name), "%s%s", log->prefix, topic);
    if (strstr(answer->err.message, name) == NULL)
        fail_msg("%s is not in: %s", name, answer->err.message);
}

static const struct bus_topic two_topics[] = {
    {.name = "a", .partitions = 3, .retention_ms = -1},
    {.name = "b", .partitions = 1, .compact = true, .retention_ms = -1},
};

void test_topics_missing(void **state)
{
    struct test_log *log = *state;
    struct answer answer = ensure(log, two_topics, 2, false);
    assert_int_equal(answer.err.code, ERROR_NOT_FOUND);
    assert_names(&answer, log, "a");
    assert_int_equal(count_partitions(log, "a").err.code, ERROR_NOT_FOUND);
}

void test_topics_created_once(void **state)
{
    struct test_log *log = *state;
    for (int i = 0; i < 3; i++)
        assert_string_equal(ensure(log, two_topics, 2, i < 2).err.message, "");
    assert_int_equal(count_partitions(log, "a").value, 3);
    assert_int_equal(count_partitions(log, "b").value, 1);
}

void test_topics_mismatch(void **state)
{
    struct test_log *log = *state;
    struct bus_topic wanted[] = {{.name = "new", .partitions = 1, .retention_ms = -1},
                                 {.name = "a", .partitions = 4, .retention_ms = -1}};
    assert_string_equal(ensure(log, two_topics, 2, true).err.message, "");
    struct answer answer = ensure(log, wanted, 2, true);
    assert_int_equal(answer.err.code, ERROR_CONFLICT);
    assert_names(&answer, log, "a");
    assert_non_null(strstr(answer.err.message, "3"));
    assert_non_null(strstr(answer.err.message, "4"));
    assert_int_equal(count_partitions(log, "new").err.code, ERROR_NOT_FOUND); /* all or nothing */
}

void test_topics_bad_names(void **state)
{
    struct test_log *log = *state;
    struct bus_topic bad = {.name = "no spaces", .partitions = 1};
    struct bus_topic none = {.name = "none", .partitions = 0};
    assert_int_equal(ensure(log, &bad, 1, true).err.code, ERROR_INVALID);
    assert_int_equal(ensure(log, &none, 1, true).err.code, ERROR_INVALID);
    assert_int_equal(get_end(log, "", 0).err.code, ERROR_INVALID);
}

void test_end(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 2);
    assert_int_equal(get_end(log, "a", 1).value, 0);
    append_numbers(log, "a", 1, 0, 5);
    struct answer answer = get_end(log, "a", 1);
    assert_string_equal(answer.err.message, "");
    assert_int_equal(answer.value, 5);
    assert_int_equal(get_end(log, "a", 2).err.code, ERROR_NOT_FOUND);
    assert_int_equal(get_end(log, "b", 0).err.code, ERROR_NOT_FOUND);
}
