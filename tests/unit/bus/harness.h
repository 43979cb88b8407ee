/* What the tests of the log share: a log for each test, what was appended and what was read. Every
 * wait is for an event, and ends the test after a minute.
 */
#ifndef TESTS_BUS_HARNESS_H
#define TESTS_BUS_HARNESS_H

#include "testing.h"

#include "base/memory.h"
#include "bus/bus.h"

struct test_log;

/* A backend under test. */
struct backend {
    const char *name;
    enum bus_backend backend;
    /* Removes the records before `first`, as retention would. */
    void (*expire)(struct test_log *log, const char *topic, int32_t partition, int64_t first);
};
extern const struct backend backend_local, backend_kafka;
extern const struct backend *backend_tested;

struct ack {
    struct ack *next;
    bool done;
    int64_t offset;
    struct error err; /* code NONE: it was appended */
    struct test_log *log;
};

struct test_log {
    struct loop *loop;
    struct bus *bus;
    struct bus_options options;
    char *folder, *path, *prefix;
    struct timer *deadline;
    bool late;
    unsigned fatal_count;
    struct error fatal;
    struct ack *acks;
    unsigned acks_done;
    struct reading *readings;
    void *kept[16];
    size_t kept_count;
};

#define READ_MAX 4096

/* A reader and what it has delivered. */
struct reading {
    struct reading *next;
    struct test_log *log;
    struct bus_reader *reader;
    size_t count;
    int64_t offsets[READ_MAX];
    char *values[READ_MAX];
    unsigned ends; /* calls of at_end */
    int64_t end;   /* of the last one */
    struct error failed;
    void (*on_record)(struct reading *reading, const struct record *record);
};

/* For cmocka: *state is a struct test_log with an open bus. */
int log_setup_closed(void **state); /* the bus is not open yet */
int log_setup_test(void **state);
int log_teardown_test(void **state);
/* Zeroed memory that lives until the log is closed, whatever the test does before. */
void *log_keep(struct test_log *log, size_t size);
void log_open(struct test_log *log);
void log_close(struct test_log *log);
void log_make_topic(struct test_log *log, const char *name, int32_t partitions);

/* Runs the loop until the condition holds; whatever may change it calls log_progress(). */
#define AWAIT(log, condition)                                                                      \
    do {                                                                                           \
        log_begin_wait(log);                                                                       \
        while (!(condition))                                                                       \
            log_wait(log, #condition, __FILE__, __LINE__);                                         \
        log_end_wait(log);                                                                         \
    } while (0)
void log_begin_wait(struct test_log *log);
void log_wait(struct test_log *log, const char *what, const char *file, int line);
void log_end_wait(struct test_log *log);
void log_progress(struct test_log *log);

struct ack *append_text(struct test_log *log, const char *topic, int32_t partition,
                        const char *text);
/* Appends `count` records "<first>", "<first + 1>", ... and waits until all are acknowledged. */
void append_numbers(struct test_log *log, const char *topic, int32_t partition, int first,
                    int count);
struct reading *start_reading(struct test_log *log, const char *topic, int32_t partition,
                              int64_t offset);
void assert_read_numbers(const struct reading *reading, int first, int count);

#endif
