/* The tests that every backend of the log passes; conformance.c runs them. */
#ifndef TESTS_BUS_CONFORMANCE_H
#define TESTS_BUS_CONFORMANCE_H

#include "harness.h"
#include "peer.h"

/* append.c */
void test_append_in_order(void **state);
void test_append_carries_everything(void **state);
void test_append_limits(void **state);
void test_append_to_nowhere(void **state);
void test_append_unanswered_at_close(void **state);

/* read.c */
void test_read_at_end(void **state);
void test_read_from_end(void **state);
void test_read_seek(void **state);
void test_read_pause(void **state);
void test_read_twice(void **state);
void test_read_expired(void **state);
void test_read_beyond_end(void **state);
void test_read_missing_topic(void **state);
void test_read_close_inside(void **state);
void test_read_close_bus_inside(void **state);
void test_read_much(void **state);

/* topics.c */
void test_topics_missing(void **state);
void test_topics_created_once(void **state);
void test_topics_mismatch(void **state);
void test_topics_bad_names(void **state);
void test_end(void **state);

/* processes.c */
void test_reopen(void **state);
void test_killed_writer(void **state);
void test_woken_by_other_process(void **state);

/* groups.c */
void test_group_alone(void **state);
void test_group_leave_and_rejoin(void **state);
void test_group_hand_over(void **state);
void test_group_killed_member(void **state);
void test_group_leave_inside(void **state);
void test_group_idle_member(void **state);
void test_group_commit(void **state);

#endif
