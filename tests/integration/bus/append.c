/* Appending: order, content, limits. */
#include "conformance.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void test_append_in_order(void **state)
{
    struct test_log *log = *state;
    struct ack *acks[200];
    log_make_topic(log, "a", 2);
    for (int i = 0; i < 200; i++) {
        char text[16];
        snprintf(text, sizeof(text), "%d", i);
        acks[i] = append_text(log, "a", i % 2, text);
        assert_false(acks[i]->done); /* never from inside the call */
    }
    AWAIT(log, log->acks_done == 200);
    for (int i = 0; i < 200; i++) {
        assert_string_equal(acks[i]->err.message, "");
        if (i >= 2)
            assert_true(acks[i]->offset > acks[i - 2]->offset);
    }
    struct reading *even = start_reading(log, "a", 0, 0), *odd = start_reading(log, "a", 1, 0);
    AWAIT(log, even->ends > 0 && odd->ends > 0);
    assert_int_equal(even->count, 100);
    assert_int_equal(odd->count, 100);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(atoi(even->values[i]), 2 * i);
        assert_int_equal(atoi(odd->values[i]), 2 * i + 1);
        assert_int_equal(even->offsets[i], acks[2 * i]->offset);
        assert_int_equal(odd->offsets[i], acks[2 * i + 1]->offset);
    }
}

static void check_everything(struct reading *reading, const struct record *record)
{
    char *topic = xasprintf("%severything", reading->log->prefix);
    int64_t now = clock_wall_ms();
    assert_string_equal(record->topic, topic);
    assert_int_equal(record->partition, 0);
    assert_true(slice_equal(record->key, slice_of("k\0y", 3)));
    assert_true(record->timestamp_ms > now - 60000 && record->timestamp_ms < now + 60000);
    assert_int_equal(record->header_count, 3);
    assert_string_equal(record->headers[0].name, "ce_id");
    assert_true(slice_equal(record->headers[0].value, slice_text("id")));
    assert_string_equal(record->headers[1].name, "same");
    assert_int_equal(record->headers[1].value.len, 0);
    assert_string_equal(record->headers[2].name, "same");
    assert_true(slice_equal(record->headers[2].value, slice_of("\0\xff", 2)));
    free(topic);
}

void test_append_carries_everything(void **state)
{
    struct test_log *log = *state;
    struct error err;
    log_make_topic(log, "everything", 1);
    struct reading *reading = start_reading(log, "everything", 0, 0);
    reading->on_record = check_everything;
    struct record record = {
        .topic = "everything",
        .key = slice_of("k\0y", 3),
        .value = slice_text("value"),
        .headers = {{.name = "ce_id", .value = slice_text("id")},
                    {.name = "same", .value = slice_text("")},
                    {.name = "same", .value = slice_of("\0\xff", 2)}},
        .header_count = 3,
    };
    assert_int_equal(bus_append(log->bus, &record, NULL, NULL, &err), 0);
    memset(&record, 0, sizeof(record)); /* everything was copied */
    AWAIT(log, reading->count == 1);
    assert_string_equal(reading->values[0], "value");
}

static int append_value(struct test_log *log, const void *value, size_t len, struct error *err)
{
    struct record record = {.topic = "a", .value = slice_of(value, len)};
    return bus_append(log->bus, &record, NULL, NULL, err);
}

void test_append_limits(void **state)
{
    struct test_log *log = *state;
    struct error err;
    int taken = 0;
    char *large = xcalloc(1, RECORD_VALUE_MAX + 1);
    log_make_topic(log, "a", 1);
    assert_int_equal(append_value(log, large, RECORD_VALUE_MAX + 1, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
    struct record key = {.topic = "a", .key = slice_of(large, RECORD_KEY_MAX + 1)};
    assert_int_equal(bus_append(log->bus, &key, NULL, NULL, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);

    struct reading *reading = start_reading(log, "a", 0, 0);
    assert_int_equal(append_value(log, large, RECORD_VALUE_MAX, &err), 0);
    AWAIT(log, reading->count == 1);
    bus_reader_close(reading->reader);

    while (append_value(log, large, RECORD_VALUE_MAX, &err) == 0)
        taken++;
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_true(err.retriable);
    assert_int_equal(taken, 64);
    free(large);
}

void test_append_to_nowhere(void **state)
{
    struct test_log *log = *state;
    struct error err;
    struct record record = {.topic = "a", .partition = 2, .value = slice_text("x")};
    log_make_topic(log, "a", 2);
    append_numbers(log, "a", 1, 0, 1);
    if (bus_append(log->bus, &record, NULL, NULL, &err) < 0) {
        assert_int_equal(err.code, ERROR_NOT_FOUND);
        return;
    }
    struct ack *ack = append_text(log, "a", 2, "x");
    AWAIT(log, ack->done);
    assert_int_equal(ack->err.code, ERROR_NOT_FOUND);
}

void test_append_unanswered_at_close(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    struct ack *ack = append_text(log, "a", 0, "x");
    log_close(log);
    assert_true(ack->done);
    assert_int_equal(ack->err.code, ERROR_TIMEOUT);
}
