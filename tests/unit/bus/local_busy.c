/* Another process writes for long: the loop goes on, and what waits is done when it has ended. */
#include "database.h"
#include "harness.h"

#include "base/clock.h"

static const struct backend backend = {.name = "local", .backend = BUS_LOCAL};

/* Ends the other's transaction after some turns of the loop, and notes how long turns take. */
struct holder {
    struct test_log *log;
    sqlite3 *db;
    struct timer *timer;
    int ticks;
    int64_t last_us, longest_us;
};

static void tick(void *arg)
{
    struct holder *holder = arg;
    int64_t now = clock_monotonic_us();
    if (holder->ticks > 0 && now - holder->last_us > holder->longest_us)
        holder->longest_us = now - holder->last_us;
    holder->last_us = now;
    if (++holder->ticks == 50)
        database_run(holder->db, "ROLLBACK");
    timer_set(holder->timer, 1);
    log_progress(holder->log);
}

static void hold(struct holder *holder, struct test_log *log)
{
    *holder = (struct holder){.log = log, .db = database_open(log->path)};
    database_run(holder->db, "BEGIN IMMEDIATE");
    holder->timer = timer_new(log->loop, tick, holder);
    timer_set(holder->timer, 0);
}

static void release(struct holder *holder)
{
    timer_free(holder->timer);
    assert_int_equal(sqlite3_close(holder->db), SQLITE_OK);
}

static void test_append_waits(void **state)
{
    struct test_log *log = *state;
    struct holder holder;
    log_make_topic(log, "a", 1);
    struct reading *reading = start_reading(log, "a", 0, 0);
    hold(&holder, log);
    struct ack *ack = append_text(log, "a", 0, "0");
    AWAIT(log, ack->done && reading->count == 1);
    assert_string_equal(ack->err.message, "");
    assert_true(holder.ticks >= 50);
    print_message("longest turn of the loop while another process held the log: %.1f ms\n",
                  (double)holder.longest_us / 1000);
    assert_true(holder.longest_us < 500000); /* far from SQLite's seconds */
    release(&holder);
}

static void test_append_gives_up(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    log_close(log);
    log->options.append_timeout_ms = 20;
    log_open(log);
    sqlite3 *db = database_open(log->path);
    database_run(db, "BEGIN IMMEDIATE");
    struct ack *ack = append_text(log, "a", 0, "0");
    AWAIT(log, ack->done);
    assert_int_equal(ack->err.code, ERROR_UNAVAILABLE); /* certainly not appended */
    database_run(db, "ROLLBACK");
    append_numbers(log, "a", 0, 0, 1);
    struct reading *reading = start_reading(log, "a", 0, 0);
    AWAIT(log, reading->ends == 1);
    assert_read_numbers(reading, 0, 1);
    assert_int_equal(log->fatal_count, 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void test_topics_wait(void **state)
{
    struct test_log *log = *state;
    struct holder holder;
    hold(&holder, log);
    log_make_topic(log, "a", 1);
    assert_true(holder.ticks >= 50);
    release(&holder);
}

static void note_assigned(void *arg, int32_t partition)
{
    unsigned *assigned = arg;
    (*assigned)++;
}

static void note_revoked(void *arg, int32_t partition, bool lost)
{
}

static void test_group_waits(void **state)
{
    static const struct bus_group_callbacks callbacks = {.assigned = note_assigned,
                                                         .revoked = note_revoked};
    struct test_log *log = *state;
    struct holder holder;
    unsigned assigned = 0;
    log_make_topic(log, "a", 3);
    hold(&holder, log);
    struct bus_group *group = bus_join(log->bus, "g", "a", &callbacks, &assigned, NULL);
    AWAIT(log, assigned == 3);
    assert_true(holder.ticks >= 50);
    bus_group_leave(group);
    release(&holder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, log_setup_test, log_teardown_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_append_waits),
        TEST(test_append_gives_up),
        TEST(test_topics_wait),
        TEST(test_group_waits),
    };
    backend_tested = &backend;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
