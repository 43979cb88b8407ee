/* A log for each test, what was appended and what was read. */
#include "harness.h"

#include "temporary.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 60000

const struct backend *backend_tested;

void log_progress(struct test_log *log)
{
    loop_stop(log->loop);
}

static void deadline_passed(void *arg)
{
    struct test_log *log = arg;
    log->late = true;
    log_progress(log);
}

void log_begin_wait(struct test_log *log)
{
    log->late = false;
    timer_set(log->deadline, WAIT_MS);
}

void log_wait(struct test_log *log, const char *what, const char *file, int line)
{
    loop_run(log->loop);
    if (!log->late)
        return;
    print_error("waited in vain for %s\n", what);
    _fail(file, line);
}

void log_end_wait(struct test_log *log)
{
    timer_clear(log->deadline);
}

static void note_fatal(void *arg, const struct error *err)
{
    struct test_log *log = arg;
    log->fatal_count++;
    log->fatal = *err;
    log_progress(log);
}

void log_open(struct test_log *log)
{
    struct error err;
    log->bus = bus_open(log->loop, &log->options, note_fatal, log, &err);
    if (log->bus == NULL)
        fail_msg("%s", err.message);
}

void log_close(struct test_log *log)
{
    bus_close(take_pointer(log->bus));
}

int log_setup_closed(void **state)
{
    static unsigned number;
    struct test_log *log = xcalloc(1, sizeof(*log));
    const char *brokers = getenv("LEAT_TEST_KAFKA");
    log->loop = loop_new();
    log->folder = temporary_folder();
    log->path = xasprintf("%s/log", log->folder);
    log->prefix = xasprintf("test-%d-%lld-%u.", (int)getpid(), (long long)time(NULL), number++);
    log->deadline = timer_new(log->loop, deadline_passed, log);
    log->options = (struct bus_options){.backend = backend_tested->backend,
                                        .topic_prefix = log->prefix,
                                        .client_id = "test",
                                        .path = log->path,
                                        .brokers = brokers != NULL ? brokers : ""};
    *state = log;
    return 0;
}

int log_setup_test(void **state)
{
    log_setup_closed(state);
    log_open(*state);
    return 0;
}

void *log_keep(struct test_log *log, size_t size)
{
    assert_true(log->kept_count < array_size(log->kept));
    return log->kept[log->kept_count++] = xcalloc(1, size);
}

static void free_readings(struct test_log *log)
{
    struct reading *reading;
    while ((reading = log->readings) != NULL) {
        log->readings = reading->next;
        for (size_t i = 0; i < reading->count; i++)
            free(reading->values[i]);
        free(reading);
    }
}

int log_teardown_test(void **state)
{
    struct test_log *log = *state;
    struct ack *ack;
    bus_close(log->bus);
    free_readings(log);
    while (log->kept_count > 0)
        free(log->kept[--log->kept_count]);
    while ((ack = log->acks) != NULL) {
        log->acks = ack->next;
        free(ack);
    }
    timer_free(log->deadline);
    loop_free(log->loop);
    temporary_remove(log->folder);
    free(log->path);
    free(log->prefix);
    free(log);
    return 0;
}

struct made {
    struct test_log *log;
    bool done;
    struct error err;
};

static void note_made(void *arg, const struct error *err)
{
    struct made *made = arg;
    made->done = true;
    if (err != NULL)
        made->err = *err;
    log_progress(made->log);
}

void log_make_topic(struct test_log *log, const char *name, int32_t partitions)
{
    struct bus_topic topic = {.name = name, .partitions = partitions, .retention_ms = -1};
    struct made made = {.log = log};
    bus_ensure_topics(log->bus, &topic, 1, true, note_made, &made);
    AWAIT(log, made.done);
    assert_string_equal(made.err.message, "");
}

static void note_ack(void *arg, int64_t offset, const struct error *err)
{
    struct ack *ack = arg;
    assert_false(ack->done);
    ack->done = true;
    ack->offset = offset;
    if (err != NULL)
        ack->err = *err;
    else
        assert_true(offset >= 0);
    ack->log->acks_done++;
    log_progress(ack->log);
}

struct ack *append_text(struct test_log *log, const char *topic, int32_t partition,
                        const char *text)
{
    struct error err;
    struct ack *ack = xcalloc(1, sizeof(*ack));
    ack->log = log;
    ack->next = log->acks;
    log->acks = ack;
    struct record record = {.topic = topic,
                            .partition = partition,
                            .key = slice_text("key"),
                            .value = slice_text(text)};
    if (bus_append(log->bus, &record, note_ack, ack, &err) < 0)
        fail_msg("%s", err.message);
    return ack;
}

void append_numbers(struct test_log *log, const char *topic, int32_t partition, int first,
                    int count)
{
    struct ack *last = NULL;
    unsigned done = log->acks_done;
    for (int i = first; i < first + count; i++) {
        char text[16];
        snprintf(text, sizeof(text), "%d", i);
        last = append_text(log, topic, partition, text);
    }
    AWAIT(log, log->acks_done == done + (unsigned)count);
    for (const struct ack *ack = last; count-- > 0; ack = ack->next)
        assert_string_equal(ack->err.message, "");
}

static void note_record(void *arg, const struct record *record)
{
    struct reading *reading = arg;
    assert_true(reading->count < READ_MAX);
    reading->offsets[reading->count] = record->offset;
    reading->values[reading->count++] =
        xstrndup((const char *)record->value.data, record->value.len);
    log_progress(reading->log);
    if (reading->on_record != NULL)
        reading->on_record(reading, record);
}

static void note_end(void *arg, int64_t next)
{
    struct reading *reading = arg;
    reading->ends++;
    reading->end = next;
    log_progress(reading->log);
}

static void note_failed(void *arg, const struct error *err)
{
    struct reading *reading = arg;
    assert_int_equal(reading->failed.code, ERROR_NONE);
    reading->failed = *err;
    log_progress(reading->log);
}

struct reading *start_reading(struct test_log *log, const char *topic, int32_t partition,
                              int64_t offset)
{
    static const struct bus_reader_callbacks callbacks = {
        .record = note_record, .at_end = note_end, .failed = note_failed};
    struct error err;
    struct reading *reading = xcalloc(1, sizeof(*reading));
    reading->log = log;
    reading->next = log->readings;
    log->readings = reading;
    reading->reader = bus_read(log->bus, topic, partition, offset, &callbacks, reading, &err);
    if (reading->reader == NULL)
        fail_msg("%s", err.message);
    return reading;
}

void assert_read_numbers(const struct reading *reading, int first, int count)
{
    assert_int_equal(reading->count, count);
    for (int i = 0; i < count; i++) {
        char text[16];
        snprintf(text, sizeof(text), "%d", first + i);
        assert_string_equal(reading->values[i], text);
        if (i > 0)
            assert_true(reading->offsets[i] > reading->offsets[i - 1]);
    }
}
