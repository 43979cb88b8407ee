/* The owner's core over a log in memory: taking over, deciding, being deposed, being refused. */
#include "partition.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static struct partition *partition;

static int set_up(void **state)
{
    partition = partition_new();
    return 0;
}

static int tear_down(void **state)
{
    partition_free(partition);
    return 0;
}

static struct seat *owning(const char *instance)
{
    struct seat *seat = seat_new(partition, instance);

    seat_run(seat);
    assert_int_equal(seat_state(seat), OWNER_OWNING);
    return seat;
}

static size_t count(const struct log *log, const char *type)
{
    size_t found = 0;
    for (size_t i = 0; i < log->count; i++)
        found += text_equal(log->records[i].envelope.type, type);
    return found;
}

static void assert_same(const struct fleet *a, const struct fleet *b)
{
    _cleanup_buf_ struct buf left = BUF_INIT((size_t)1 << 26), right = BUF_INIT((size_t)1 << 26);

    fleet_dump(a, &left);
    fleet_dump(b, &right);
    assert_string_equal(buf_text(&left), buf_text(&right));
}

static void append_take_over(uint64_t epoch, const char *owner)
{
    struct took_over message = {.epoch = epoch, .at_ms = 5};
    _cleanup_buf_ struct buf value = BUF_INIT(0);

    text_copy(message.owner, sizeof(message.owner), owner);
    took_over_encode(&message, &value);
    partition_append(&partition->fleet, TYPE_TOOK_OVER, &value);
}

/* --- taking over --- */

static void owns_when_its_take_over_came_back(void **state)
{
    struct seat *seat = seat_new(partition, "a");

    seat->fate = APPEND_HELD;
    seat_run(seat);
    assert_int_equal(seat_state(seat), OWNER_TAKING);
    assert_false(seat->reads_inputs);
    seat_land_held(seat);
    seat_run(seat);
    assert_int_equal(seat_state(seat), OWNER_OWNING);
    assert_true(seat->reads_inputs);
    assert_int_equal(seat->confirmed, 1);
    seat_free(seat);
}

static void decides_once_for_what_it_has_not_read(void **state)
{
    partition_request(partition, "default", "b-1");
    struct seat *first = owning("a");
    size_t decided = count(&partition->fleet, TYPE_FLEET_CHANGE);
    struct seat *second = owning("b");

    assert_int_equal(decided, 1);
    assert_int_equal(count(&partition->fleet, TYPE_FLEET_CHANGE), decided);
    assert_int_equal(second->input_next[INPUT_REQUESTS], 1);
    assert_same(owner_core_confirmed(first->core), owner_core_confirmed(second->core));
    seat_free(first);
    seat_free(second);
}

static void the_first_of_two_take_overs_wins(void **state)
{
    struct seat *early = seat_new(partition, "a"), *late = seat_new(partition, "b");

    early->fate = late->fate = APPEND_HELD;
    seat_run(early);
    seat_run(late);
    seat_land_held(early);
    seat_land_held(late);
    seat_run(early);
    seat_run(late);
    assert_int_equal(seat_state(early), OWNER_OWNING);
    assert_int_equal(seat_state(late), OWNER_WAITING);
    assert_int_equal(owner_core_counts(early->core).void_records, 1);
    seat_free(early);
    seat_free(late);
}

static void deposed_owner_stops_deciding_and_loads_again(void **state)
{
    struct seat *seat = owning("a");

    append_take_over(2, "somebody");
    seat_run(seat);
    assert_int_equal(seat_state(seat), OWNER_WAITING);
    assert_false(seat->reads_inputs);
    partition_request(partition, "default", "b-1");
    seat_run(seat);
    assert_int_equal(count(&partition->fleet, TYPE_FLEET_CHANGE), 0);
    seat_wait(seat);
    assert_int_equal(seat_state(seat), OWNER_OWNING); /* with epoch 3 */
    assert_int_equal(count(&partition->fleet, TYPE_FLEET_CHANGE), 1);
    seat_free(seat);
}

static void what_a_deposed_owner_still_appends_is_void(void **state)
{
    struct seat *old = owning("a");

    old->fate = APPEND_HELD;
    partition_request(partition, "default", "b-1");
    seat_run(old); /* decided, not in the log yet */
    struct seat *new = owning("b");
    seat_land_held(old);
    seat_run(new);
    assert_int_equal(owner_core_counts(new->core).void_records, 1);
    assert_int_equal(fleet_machine_count(owner_core_confirmed(new->core)), 1); /* its own */
    assert_same(owner_core_confirmed(new->core), owner_core_decided(new->core));
    seat_free(old);
    seat_free(new);
}

static void late_decision_before_the_take_over_counts(void **state)
{
    struct seat *old = owning("a"), *new = seat_new(partition, "b");

    old->fate = new->fate = APPEND_HELD;
    partition_request(partition, "default", "b-1");
    seat_run(old);
    seat_run(new); /* read to the end: its take-over is under way */
    seat_land_held(old);
    seat_land_held(new);
    new->fate = APPEND_LANDS;
    seat_run(new);
    assert_int_equal(seat_state(new), OWNER_OWNING);
    assert_int_equal(count(&partition->fleet, TYPE_FLEET_CHANGE), 1); /* not decided twice */
    assert_non_null(fleet_find_builder(owner_core_confirmed(new->core), "b-1"));
    assert_same(owner_core_confirmed(new->core), owner_core_decided(new->core));
    seat_free(old);
    seat_free(new);
}

/* --- appends that fail --- */

static void refused_append_ends_the_epoch(void **state)
{
    struct seat *seat = owning("a");

    seat->fate = APPEND_REFUSED;
    partition_request(partition, "default", "b-1");
    seat_run(seat);
    assert_int_equal(seat_state(seat), OWNER_WAITING);
    seat->fate = APPEND_LANDS;
    seat_wait(seat);
    assert_int_equal(seat_state(seat), OWNER_OWNING);
    assert_non_null(fleet_find_builder(owner_core_confirmed(seat->core), "b-1"));
    seat_free(seat);
}

static void append_of_unknown_fate_is_not_decided_twice(void **state)
{
    struct seat *seat = owning("a");

    seat->fate = APPEND_LANDS_UNKNOWN;
    partition_request(partition, "default", "b-1");
    seat_run(seat);
    assert_int_equal(seat_state(seat), OWNER_WAITING);
    seat->fate = APPEND_LANDS;
    seat_wait(seat);
    assert_int_equal(count(&partition->fleet, TYPE_FLEET_CHANGE), 1);
    assert_int_equal(fleet_machine_count(owner_core_confirmed(seat->core)), 1);
    seat_free(seat);
}

static void answer_of_an_earlier_attempt_changes_nothing(void **state)
{
    struct seat *seat = owning("a");

    seat->fate = APPEND_REFUSED;
    partition_request(partition, "default", "b-1");
    seat_run(seat);
    seat->fate = APPEND_LANDS;
    seat_wait(seat);
    owner_core_append_failed(seat->core, 1, "late", &partition->time);
    assert_int_equal(seat_state(seat), OWNER_OWNING);
    seat_free(seat);
}

static void pauses_grow_until_it_owns_again(void **state)
{
    struct seat *seat = seat_new(partition, "a");
    int64_t pause = OWNER_PAUSE_MIN_MS;

    seat->fate = APPEND_REFUSED;
    seat_run(seat);
    for (size_t i = 0; i < 12; i++) {
        assert_int_equal(owner_core_deadline_ms(seat->core) - partition->time.now_ms, pause);
        pause = 2 * pause < OWNER_PAUSE_MAX_MS ? 2 * pause : OWNER_PAUSE_MAX_MS;
        seat_wait(seat);
    }
    seat->fate = APPEND_LANDS;
    seat_wait(seat);
    assert_int_equal(seat_state(seat), OWNER_OWNING);
    owner_core_read_failed(seat->core, "gone", &partition->time);
    assert_int_equal(owner_core_deadline_ms(seat->core) - partition->time.now_ms,
                     OWNER_PAUSE_MIN_MS);
    seat_free(seat);
}

/* --- effects follow what was confirmed --- */

static void nothing_is_confirmed_before_it_was_read_back(void **state)
{
    struct seat *seat = owning("a");

    seat->fate = APPEND_HELD;
    partition_request(partition, "default", "b-1");
    seat_run(seat);
    assert_int_equal(fleet_machine_count(owner_core_decided(seat->core)), 1);
    assert_int_equal(fleet_machine_count(owner_core_confirmed(seat->core)), 0);
    seat_land_held(seat);
    seat_run(seat);
    assert_int_equal(fleet_machine_count(owner_core_confirmed(seat->core)), 1);
    assert_same(owner_core_confirmed(seat->core), owner_core_decided(seat->core));
    seat_free(seat);
}

static void inputs_wait_while_the_log_is_slow(void **state)
{
    struct seat *seat = owning("a");
    char build[32];

    seat->fate = APPEND_HELD;
    for (size_t i = 0; i < OWNER_AHEAD_MAX + 50; i++) {
        snprintf(build, sizeof(build), "b-%zu", i);
        partition_request(partition, "default", build);
    }
    seat_run(seat);
    assert_true(seat->paused);
    assert_int_equal(seat->held.count, OWNER_AHEAD_MAX);
    seat_land_held(seat);
    seat->fate = APPEND_LANDS;
    seat_run(seat);
    assert_false(seat->paused);
    assert_int_equal(fleet_builder_count(owner_core_confirmed(seat->core)), OWNER_AHEAD_MAX + 50);
    seat_free(seat);
}

static void vanished_machine_is_decided_on(void **state)
{
    struct seat *seat;

    partition_request(partition, "default", "b-1");
    seat = owning("a");
    const struct machine *machine = fleet_next_machine(owner_core_confirmed(seat->core), NULL);
    char id[41];
    text_copy(id, sizeof(id), machine->machine);
    owner_core_provider_says(seat->core,
                             &(struct planner_event){.type = PLANNER_MACHINE_GONE,
                                                     .machine = id,
                                                     .reason = "it vanished"},
                             &partition->time);
    seat_run(seat);
    assert_true(fleet_machine_is_gone(owner_core_confirmed(seat->core), id));
    assert_int_equal(fleet_machine_count(owner_core_confirmed(seat->core)), 1); /* another one */
    seat_free(seat);
}

static void time_is_decided_on_at_its_deadline(void **state)
{
    struct seat *seat;

    partition_request(partition, "default", "b-1");
    seat = owning("a");
    size_t decided = count(&partition->fleet, TYPE_FLEET_CHANGE);
    owner_core_time(seat->core, &partition->time); /* too early */
    seat_run(seat);
    assert_int_equal(count(&partition->fleet, TYPE_FLEET_CHANGE), decided);
    seat_wait(seat); /* the launch took too long */
    assert_true(count(&partition->fleet, TYPE_FLEET_CHANGE) > decided);
    seat_free(seat);
}

/* --- hostile records --- */

static void append_input(enum input_topic topic, const char *type, const void *bytes, size_t len)
{
    _cleanup_buf_ struct buf value = BUF_INIT(0);

    buf_append(&value, bytes, len);
    partition_append(&partition->inputs[topic], type, &value);
}

static void bad_inputs_become_dead_letters_and_the_partition_goes_on(void **state)
{
    struct seat *seat = owning("a");

    append_input(INPUT_REQUESTS, TYPE_BUILDER_REQUESTED, "\xc1", 1); /* not msgpack */
    append_input(INPUT_REQUESTS, TYPE_BUILDER_REQUESTED, "\x81", 1); /* truncated */
    append_input(INPUT_REQUESTS, TYPE_BUILDER_REQUESTED, "", 0);     /* empty */
    append_input(INPUT_REQUESTS, TYPE_MACHINE_READY, "\x80", 1);     /* of the other topic */
    append_input(INPUT_REQUESTS, TYPE_FLEET_CHANGE, "\x80", 1);      /* a forged decision */
    append_input(INPUT_EVENTS, "com.example.unknown", "\x80", 1);
    append_input(INPUT_EVENTS, "", "\x80", 1);                                 /* no type */
    append_input(INPUT_EVENTS, TYPE_MACHINE_READY, "\xdf\xff\xff\xff\xff", 5); /* 4 billion keys */
    seat_run(seat);
    assert_int_equal(seat->dead_letters, 8);
    assert_int_equal(owner_core_counts(seat->core).dead_letters, 8);
    assert_int_equal(count(&partition->fleet, TYPE_FLEET_CHANGE), 0);
    partition_request(partition, "default", "b-1");
    seat_run(seat);
    assert_non_null(fleet_find_builder(owner_core_confirmed(seat->core), "b-1"));
    seat_free(seat);
}

static void repeated_request_changes_nothing(void **state)
{
    struct seat *seat = owning("a");

    partition_request(partition, "default", "b-1");
    partition_request(partition, "default", "b-1");
    seat_run(seat);
    assert_int_equal(count(&partition->fleet, TYPE_FLEET_CHANGE), 1);
    assert_int_equal(seat->dead_letters, 0);
    seat_free(seat);
}

static void record_of_the_chain_that_cannot_be_read_stops_the_partition(void **state)
{
    struct seat *seat = owning("a");
    _cleanup_buf_ struct buf value = BUF_INIT(0);

    buf_puts(&value, "\xc1");
    partition_append(&partition->fleet, TYPE_FLEET_CHANGE, &value);
    partition_request(partition, "default", "b-1");
    seat_run(seat);
    assert_int_equal(seat_state(seat), OWNER_BROKEN);
    assert_false(seat->reads_fleet || seat->reads_inputs);
    assert_true(owner_core_deadline_ms(seat->core) == INT64_MAX);
    seat_free(seat);
}

static void foreign_records_are_skipped_and_counted(void **state)
{
    struct seat *seat = owning("a");
    _cleanup_buf_ struct buf value = BUF_INIT(0);

    partition_append(&partition->fleet, "com.example.other", &value);
    append_take_over(9, "far ahead");
    seat_run(seat);
    assert_int_equal(seat_state(seat), OWNER_OWNING);
    assert_int_equal(owner_core_counts(seat->core).void_records, 2);
    seat_free(seat);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(owns_when_its_take_over_came_back),
        TEST(decides_once_for_what_it_has_not_read),
        TEST(the_first_of_two_take_overs_wins),
        TEST(deposed_owner_stops_deciding_and_loads_again),
        TEST(what_a_deposed_owner_still_appends_is_void),
        TEST(late_decision_before_the_take_over_counts),
        TEST(refused_append_ends_the_epoch),
        TEST(append_of_unknown_fate_is_not_decided_twice),
        TEST(answer_of_an_earlier_attempt_changes_nothing),
        TEST(pauses_grow_until_it_owns_again),
        TEST(nothing_is_confirmed_before_it_was_read_back),
        TEST(inputs_wait_while_the_log_is_slow),
        TEST(vanished_machine_is_decided_on),
        TEST(time_is_decided_on_at_its_deadline),
        TEST(bad_inputs_become_dead_letters_and_the_partition_goes_on),
        TEST(repeated_request_changes_nothing),
        TEST(record_of_the_chain_that_cannot_be_read_stops_the_partition),
        TEST(foreign_records_are_skipped_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
