/* What outlives a process, and what reaches another one. */
#include "conformance.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void test_reopen(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    append_numbers(log, "a", 0, 0, 5);
    log_close(log);
    log_open(log);
    append_numbers(log, "a", 0, 5, 1);
    struct reading *reading = start_reading(log, "a", 0, 0);
    AWAIT(log, reading->end == 6);
    assert_read_numbers(reading, 0, 6);
}

/* The reading has the value that the peer was told, at the offset that it was told. */
static void assert_has(const struct reading *reading, const char *ack)
{
    long long offset;
    char value[64];
    assert_int_equal(sscanf(ack, "ack %lld %63s", &offset, value), 2);
    for (size_t i = 0; i < reading->count; i++)
        if (reading->offsets[i] == offset) {
            assert_string_equal(reading->values[i], value);
            return;
        }
    fail_msg("acknowledged, but not there: %s", ack);
}

void test_killed_writer(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    for (size_t round = 1; round <= 3; round++) {
        struct peer *peer = peer_start(log);
        peer_say(peer, "flood a 0");
        AWAIT(log, peer_count(peer, "ack ") >= 100 * round);
        peer_kill(peer);
        struct reading *reading = start_reading(log, "a", 0, 0);
        AWAIT(log, reading->ends > 0);
        for (size_t i = 0; i < peer->count; i++)
            if (strncmp(peer->lines[i], "ack ", 4) == 0)
                assert_has(reading, peer->lines[i]);
        bus_reader_close(reading->reader);
        peer_free(peer);
    }
    append_numbers(log, "a", 0, 0, 1);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Nothing but the other process' append can end the wait. How long it takes is only told. */
void test_woken_by_other_process(void **state)
{
    enum { ROUNDS = 50 };
    double waits[ROUNDS];
    struct test_log *log = *state;
    log_make_topic(log, "a", 1);
    struct reading *reading = start_reading(log, "a", 0, 0);
    struct peer *peer = peer_start(log);
    AWAIT(log, reading->ends == 1);
    for (size_t i = 0; i < ROUNDS; i++) {
        int64_t before = clock_monotonic_us();
        peer_say(peer, "append a 0 %zu", i);
        AWAIT(log, reading->count == i + 1);
        waits[i] = (double)(clock_monotonic_us() - before) / 1000;
    }
    qsort(waits, ROUNDS, sizeof(waits[0]), compare_doubles);
    print_message("told, appended and read by another process: median %.2f ms, longest %.2f ms\n",
                  waits[ROUNDS / 2], waits[ROUNDS - 1]);
    assert_true(waits[ROUNDS / 2] < 500);
    peer_free(peer);
}
