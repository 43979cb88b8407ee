/* Groups: who owns which partition, in one process and in several. */
#include "conformance.h"

#include <stdio.h>

#define PARTITIONS 4

struct member {
    struct test_log *log;
    struct bus_group *group;
    bool owned[PARTITIONS];
    int count;
    unsigned assigned, revoked, lost;
    bool leave_at_once;
};

static void note_assigned(void *arg, int32_t partition)
{
    struct member *member = arg;
    assert_in_range(partition, 0, PARTITIONS - 1);
    assert_false(member->owned[partition]);
    member->owned[partition] = true;
    member->count++;
    member->assigned++;
    log_progress(member->log);
    if (member->leave_at_once)
        bus_group_leave(take_pointer(member->group));
}

static void note_revoked(void *arg, int32_t partition, bool lost)
{
    struct member *member = arg;
    assert_in_range(partition, 0, PARTITIONS - 1);
    assert_true(member->owned[partition]);
    member->owned[partition] = false;
    member->count--;
    member->revoked++;
    member->lost += lost;
    log_progress(member->log);
}

static struct member *join(struct test_log *log, bool leave_at_once)
{
    static const struct bus_group_callbacks callbacks = {.assigned = note_assigned,
                                                         .revoked = note_revoked};
    struct error err;
    struct member *member = log_keep(log, sizeof(*member));
    member->log = log;
    member->leave_at_once = leave_at_once;
    member->group = bus_join(log->bus, "group", "a", &callbacks, member, &err);
    if (member->group == NULL)
        fail_msg("%s", err.message);
    assert_int_equal(member->count, 0);
    return member;
}

static size_t peer_owns(const struct peer *peer)
{
    return peer_count(peer, "assigned ") - peer_count(peer, "revoked ") - peer_count(peer, "lost ");
}

void test_group_alone(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", PARTITIONS);
    struct member *member = join(log, false);
    AWAIT(log, member->count == PARTITIONS);
    append_numbers(log, "a", 0, 0, 1);
    bus_group_leave(member->group);
    assert_int_equal(member->count, 0); /* told before the call returned */
    assert_int_equal(member->lost, 0);
}

void test_group_leave_and_rejoin(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", PARTITIONS);
    for (int i = 0; i < 3; i++) {
        struct member *member = join(log, false);
        AWAIT(log, member->count == PARTITIONS);
        bus_group_leave(member->group);
    }
}

/* Whatever the backend gives to whom, together they own each partition once; and the one that
 * stays gets everything. */
void test_group_hand_over(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", PARTITIONS);
    struct member *member = join(log, false);
    AWAIT(log, member->count == PARTITIONS);
    struct peer *peer = peer_start(log);
    peer_say(peer, "join group a");
    if (backend_tested->backend == BUS_KAFKA) {
        AWAIT(log, member->count == PARTITIONS / 2 && peer_owns(peer) == PARTITIONS / 2);
        assert_int_equal(member->revoked, PARTITIONS / 2); /* cooperative: the others stayed */
    }
    bus_group_leave(member->group);
    AWAIT(log, peer_owns(peer) == PARTITIONS);

    struct member *again = join(log, false);
    peer_say(peer, "leave");
    AWAIT(log, again->count == PARTITIONS && peer_count(peer, "left") == 1);
    assert_int_equal(peer_owns(peer), 0);
    assert_int_equal(peer_count(peer, "lost"), 0);
    bus_group_leave(again->group);
    peer_free(peer);
}

void test_group_killed_member(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", PARTITIONS);
    struct peer *peer = peer_start(log);
    peer_say(peer, "join group a");
    AWAIT(log, peer_owns(peer) == PARTITIONS);
    struct member *member = join(log, false);
    if (backend_tested->backend == BUS_KAFKA)
        AWAIT(log, member->count == PARTITIONS / 2);
    peer_kill(peer);
    AWAIT(log, member->count == PARTITIONS);
    assert_int_equal(member->revoked, 0);
    bus_group_leave(member->group);
    peer_free(peer);
}

void test_group_leave_inside(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", PARTITIONS);
    struct member *hasty = join(log, true);
    AWAIT(log, hasty->revoked > 0);
    assert_int_equal(hasty->count, 0);
    struct member *member = join(log, false);
    AWAIT(log, member->count == PARTITIONS);
    assert_int_equal(hasty->count, 0);
    bus_group_leave(member->group);
}

struct bell {
    struct test_log *log;
    bool rung;
};

static void ring(void *arg)
{
    struct bell *bell = arg;
    bell->rung = true;
    log_progress(bell->log);
}

/* Kafka throws out members that were not polled for max.poll.interval.ms, and an idle one gets no
 * wake-up of its own. Time itself is tested here, so this test has to let it pass. */
void test_group_idle_member(void **state)
{
    struct test_log *log = *state;
    struct bell bell = {.log = log};
    log_close(log);
    log->options.session_timeout_ms = log->options.max_poll_interval_ms = 6000;
    log_open(log);
    log_make_topic(log, "a", PARTITIONS);
    struct member *member = join(log, false);
    AWAIT(log, member->count == PARTITIONS);
    struct timer *timer = timer_new(log->loop, ring, &bell);
    timer_set(timer, backend_tested->backend == BUS_KAFKA ? 15000 : 0);
    AWAIT(log, bell.rung);
    timer_free(timer);
    assert_int_equal(member->revoked, 0);
    assert_int_equal(member->assigned, PARTITIONS);
    bus_group_leave(member->group);
}

void test_group_commit(void **state)
{
    struct test_log *log = *state;
    log_make_topic(log, "a", PARTITIONS);
    append_numbers(log, "a", 0, 0, 3);
    struct member *member = join(log, false);
    AWAIT(log, member->count == PARTITIONS);
    bus_group_commit(member->group, 0, 3);
    bus_group_commit(member->group, PARTITIONS, 3); /* best effort: nonsense does no harm */
    append_numbers(log, "a", 0, 3, 1);
    /* A position says nothing to members: the next one starts where it wants to. */
    struct reading *reading = start_reading(log, "a", 0, 0);
    AWAIT(log, reading->end == 4);
    assert_read_numbers(reading, 0, 4);
    bus_group_leave(member->group);
}
