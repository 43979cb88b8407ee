/* Reading: ends, positions, pauses, and closing from inside. */
#include "conformance.h"

void test_read_at_end(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    struct reading *reading = start_reading(log, "a", 0, BUS_START);
    AWAIT(log, reading->ends == 1);
    assert_int_equal(reading->end, 0);
    append_numbers(log, "a", 0, 0, 3);
    AWAIT(log, reading->end == 3);
    assert_read_numbers(reading, 0, 3);
    unsigned ends = reading->ends;
    append_numbers(log, "a", 0, 3, 1);
    AWAIT(log, reading->end == 4);
    assert_int_equal(reading->ends, ends + 1);
    assert_read_numbers(reading, 0, 4);
}

void test_read_from_end(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    append_numbers(log, "a", 0, 0, 3);
    struct reading *reading = start_reading(log, "a", 0, BUS_END);
    AWAIT(log, reading->ends == 1);
    assert_int_equal(reading->end, 3);
    append_numbers(log, "a", 0, 3, 2);
    AWAIT(log, reading->end == 5);
    assert_read_numbers(reading, 3, 2);
}

static void go_back_once(struct reading *reading, const struct record *record)
{
    if (reading->count == 5)
        bus_reader_seek(reading->reader, 1);
}

void test_read_seek(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    append_numbers(log, "a", 0, 0, 10);
    struct reading *reading = start_reading(log, "a", 0, 0);
    reading->on_record = go_back_once;
    AWAIT(log, reading->ends == 1);
    assert_int_equal(reading->count, 5 + 9);
    assert_int_equal(reading->offsets[4], 4);
    for (int i = 1; i < 10; i++)
        assert_int_equal(reading->offsets[4 + i], i);
    bus_reader_seek(reading->reader, 8);
    AWAIT(log, reading->ends == 2);
    assert_int_equal(reading->count, 5 + 9 + 2);
    assert_string_equal(reading->values[14], "8");
    bus_reader_seek(reading->reader, BUS_END);
    AWAIT(log, reading->ends == 3);
    assert_int_equal(reading->count, 5 + 9 + 2);
}

static void pause_at_third(struct reading *reading, const struct record *record)
{
    bus_reader_pause(reading->reader, reading->count == 3);
}

void test_read_pause(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    append_numbers(log, "a", 0, 0, 10);
    struct reading *paused = start_reading(log, "a", 0, 0), *other = start_reading(log, "a", 0, 0);
    paused->on_record = pause_at_third;
    AWAIT(log, paused->count == 3 && other->ends == 1);
    append_numbers(log, "a", 0, 10, 1);
    AWAIT(log, other->end == 11);
    assert_int_equal(paused->count, 3);
    assert_int_equal(paused->ends, 0);
    bus_reader_pause(paused->reader, false);
    AWAIT(log, paused->end == 11);
    assert_read_numbers(paused, 0, 11);

    bus_reader_pause(paused->reader, true); /* at the end, and moved while paused */
    bus_reader_seek(paused->reader, 10);
    append_numbers(log, "a", 0, 11, 1);
    AWAIT(log, other->end == 12);
    assert_int_equal(paused->count, 11);
    bus_reader_pause(paused->reader, false);
    AWAIT(log, paused->end == 12);
    assert_int_equal(paused->count, 13);
    assert_string_equal(paused->values[11], "10");
}

void test_read_twice(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    struct reading *one = start_reading(log, "a", 0, 0);
    append_numbers(log, "a", 0, 0, 5);
    struct reading *two = start_reading(log, "a", 0, 3);
    AWAIT(log, one->end == 5 && two->end == 5);
    assert_read_numbers(one, 0, 5);
    assert_read_numbers(two, 3, 2);
    bus_reader_close(one->reader);
    struct reading *again = start_reading(log, "a", 0, 4);
    append_numbers(log, "a", 0, 5, 1);
    AWAIT(log, two->end == 6 && again->end == 6);
    assert_read_numbers(again, 4, 2);
    assert_int_equal(one->count, 5);
}

void test_read_expired(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    append_numbers(log, "a", 0, 0, 10);
    backend_tested->expire(log, "a", 0, 6);

    struct reading *late = start_reading(log, "a", 0, 3);
    AWAIT(log, late->failed.code != ERROR_NONE);
    assert_int_equal(late->failed.code, ERROR_NOT_FOUND);
    assert_int_equal(late->count, 0);
    bus_reader_seek(late->reader, BUS_START);
    AWAIT(log, late->end == 10);
    assert_read_numbers(late, 6, 4);

    struct reading *zero = start_reading(log, "a", 0, 0); /* 0 is "the earliest there is" */
    AWAIT(log, zero->end == 10);
    assert_read_numbers(zero, 6, 4);

    backend_tested->expire(log, "a", 0, 10);
    struct reading *empty = start_reading(log, "a", 0, 0);
    AWAIT(log, empty->ends == 1);
    assert_int_equal(empty->end, 10);
    append_numbers(log, "a", 0, 10, 1);
    AWAIT(log, empty->count == 1);
    assert_int_equal(empty->offsets[0], 10);
}

void test_read_beyond_end(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    append_numbers(log, "a", 0, 0, 2);
    struct reading *at_end = start_reading(log, "a", 0, 2);
    struct reading *beyond = start_reading(log, "a", 0, 7);
    AWAIT(log, at_end->ends == 1 && beyond->failed.code != ERROR_NONE);
    assert_int_equal(at_end->end, 2);
    assert_int_equal(beyond->failed.code, ERROR_NOT_FOUND);
    append_numbers(log, "a", 0, 2, 8);
    AWAIT(log, at_end->end == 10);
    assert_int_equal(beyond->count, 0); /* nothing more until it is moved */
    bus_reader_seek(beyond->reader, 9);
    AWAIT(log, beyond->end == 10);
    assert_read_numbers(beyond, 9, 1);
}

void test_read_missing_topic(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    struct reading *partition = start_reading(log, "a", 1, 0);
    struct reading *topic = start_reading(log, "b", 0, 0);
    AWAIT(log, partition->failed.code != ERROR_NONE && topic->failed.code != ERROR_NONE);
    assert_int_equal(partition->failed.code, ERROR_NOT_FOUND);
    assert_int_equal(topic->failed.code, ERROR_NOT_FOUND);
}

static void close_reader(struct reading *reading, const struct record *record)
{
    bus_reader_close(reading->reader);
}

void test_read_close_inside(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    append_numbers(log, "a", 0, 0, 5);
    struct reading *closed = start_reading(log, "a", 0, 0), *other = start_reading(log, "a", 0, 0);
    closed->on_record = close_reader;
    AWAIT(log, other->ends == 1 && closed->count == 1);
    append_numbers(log, "a", 0, 5, 1);
    AWAIT(log, other->end == 6);
    assert_int_equal(closed->count, 1);
}

static void close_bus(struct reading *reading, const struct record *record)
{
    log_close(reading->log);
}

void test_read_close_bus_inside(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    append_numbers(log, "a", 0, 0, 5);
    struct reading *reading = start_reading(log, "a", 0, 0);
    reading->on_record = close_bus;
    AWAIT(log, reading->count == 1);
    assert_null(log->bus);
    log_open(log);
    struct reading *again = start_reading(log, "a", 0, 0);
    AWAIT(log, again->ends == 1);
    assert_read_numbers(again, 0, 5);
    assert_int_equal(reading->count, 1);
}

/* More than one turn of the loop may deliver, from two readers at once. */
void test_read_much(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 2);
    append_numbers(log, "a", 0, 0, 2000);
    append_numbers(log, "a", 1, 0, 2000);
    struct reading *one = start_reading(log, "a", 0, 0), *two = start_reading(log, "a", 1, 0);
    AWAIT(log, one->end == 2000 && two->end == 2000);
    assert_read_numbers(one, 0, 2000);
    assert_read_numbers(two, 0, 2000);
}
