#include "testing.h"

#include "base/memory.h"
#include "fleet/chain.h"
#include "fleet/record.h"

#include <string.h>

struct step {
    struct chain_link link;
    bool counts;
};

#define TAKE_OVER(e)                                                                               \
    {                                                                                              \
        .kind = CHAIN_TAKE_OVER, .epoch = (e)                                                      \
    }
#define CHANGE(e, s)                                                                               \
    {                                                                                              \
        .kind = CHAIN_CHANGE, .epoch = (e), .seq = (s)                                             \
    }

static void run(const struct step *steps, size_t count, struct chain *chain)
{
    for (size_t i = 0; i < count; i++) {
        struct chain before = *chain;
        if (chain_admit(chain, &steps[i].link) != steps[i].counts)
            fail_msg("step %zu", i);
        if (!steps[i].counts)
            assert_memory_equal(&before, chain, sizeof(before));
    }
}

static void what_counts(void **state)
{
    const struct step steps[] = {
        {CHANGE(0, 1), false}, /* before anybody took over */
        {CHANGE(1, 1), false}, /* the same, with the epoch that comes */
        {TAKE_OVER(0), false}, /* not the first epoch */
        {TAKE_OVER(2), false}, /* not the first epoch */
        {TAKE_OVER(1), true},  /* the first */
        {TAKE_OVER(1), false}, /* of two the first in the log */
        {CHANGE(1, 0), false}, /* seq starts at 1 */
        {CHANGE(1, 2), false}, /* a gap */
        {CHANGE(1, 1), true},  /* the first change */
        {CHANGE(1, 1), false}, /* the same again */
        {CHANGE(1, 3), false}, /* one was lost on the way */
        {CHANGE(1, 4), false}, /* and what was pipelined behind it */
        {CHANGE(1, 2), true},  /* the next */
        {CHANGE(2, 3), false}, /* an epoch that did not begin */
        {TAKE_OVER(2), true},  /* deposed */
        {CHANGE(1, 3), false}, /* late, of the deposed owner */
        {CHANGE(2, 3), false}, /* seq starts again */
        {TAKE_OVER(1), false}, /* late */
        {CHANGE(2, 1), true},  /* the new owner's first */
        {TAKE_OVER(4), false}, /* skips one */
        {TAKE_OVER(3), true},  /* took over without a change in between */
        {TAKE_OVER(4), true},  /* and again */
        {CHANGE(3, 1), false}, /* of the one in between */
        {CHANGE(4, 1), true},
    };
    struct chain chain = {0};

    run(steps, array_size(steps), &chain);
    assert_int_equal(chain.epoch, 4);
    assert_int_equal(chain.seq, 1);
}

static void nothing_follows_the_largest_numbers(void **state)
{
    struct chain chain = {.epoch = UINT64_MAX, .seq = UINT64_MAX};
    const struct step steps[] = {
        {TAKE_OVER(0), false},
        {TAKE_OVER(UINT64_MAX), false},
        {CHANGE(UINT64_MAX, 0), false},
        {CHANGE(UINT64_MAX, UINT64_MAX), false},
    };

    run(steps, array_size(steps), &chain);
}

static struct record record_of(const struct envelope *envelope, const struct buf *value)
{
    struct record record = {.topic = "leat.fleet.amd64", .offset = 7, .value = buf_slice(value)};
    envelope_to_headers(envelope, &record);
    return record;
}

static struct envelope envelope_of(const char *type)
{
    struct envelope envelope = {
        .id = "1", .source = "/leat/cloud/a", .time = "2026-01-02T03:04:05.678Z"};
    strncpy(envelope.type, type, sizeof(envelope.type) - 1);
    return envelope;
}

static void records_are_admitted_by_what_they_say(void **state)
{
    _cleanup_buf_ struct buf value = BUF_INIT(0);
    struct took_over took_over = {.epoch = 1, .owner = "a", .at_ms = 5};
    struct fleet_change change = {.epoch = 1, .seq = 1, .decided_at_ms = 5, .cause = "timer"};
    struct envelope envelope = envelope_of(TYPE_TOOK_OVER);
    struct fleet_record decoded;
    struct chain chain = {0};
    struct record record;

    took_over_encode(&took_over, &value);
    record = record_of(&envelope, &value);
    assert_int_equal(fleet_record_decode(&decoded, &record, NULL), 0);
    assert_int_equal(decoded.type, FLEET_RECORD_TOOK_OVER);
    assert_string_equal(decoded.took_over.owner, "a");
    assert_true(fleet_record_counts(&chain, &decoded));
    fleet_record_clear(&decoded);

    buf_clear(&value);
    fleet_change_encode(&change, &value);
    envelope = envelope_of(TYPE_FLEET_CHANGE);
    record = record_of(&envelope, &value);
    assert_int_equal(fleet_record_decode(&decoded, &record, NULL), 0);
    assert_int_equal(decoded.type, FLEET_RECORD_CHANGE);
    assert_string_equal(decoded.envelope.id, "1");
    assert_true(fleet_record_counts(&chain, &decoded));
    assert_false(fleet_record_counts(&chain, &decoded));
    fleet_record_clear(&decoded);
    assert_int_equal(chain.seq, 1);
}

static void foreign_records_never_count(void **state)
{
    _cleanup_buf_ struct buf value = BUF_INIT(0);
    struct envelope envelope = envelope_of("com.example.other");
    struct fleet_record decoded;
    struct chain chain = {0};
    struct record record = record_of(&envelope, &value);

    assert_int_equal(fleet_record_decode(&decoded, &record, NULL), 0);
    assert_int_equal(decoded.type, FLEET_RECORD_FOREIGN);
    assert_false(fleet_record_counts(&chain, &decoded));
    record.header_count = 0;
    assert_int_equal(fleet_record_decode(&decoded, &record, NULL), 0);
    assert_int_equal(decoded.type, FLEET_RECORD_FOREIGN);
}

static void a_record_of_the_chain_that_cannot_be_read_is_corrupt(void **state)
{
    _cleanup_buf_ struct buf value = BUF_INIT(0);
    struct envelope envelope = envelope_of(TYPE_FLEET_CHANGE);
    struct fleet_record decoded;
    struct error err = ERROR_INIT;

    buf_puts(&value, "\xc1");
    struct record record = record_of(&envelope, &value);
    assert_int_equal(fleet_record_decode(&decoded, &record, &err), -1);
    assert_int_equal(err.code, ERROR_CORRUPT);
    assert_non_null(strstr(err.message, "leat.fleet.amd64/0@7"));

    envelope.id[0] = '\0'; /* its type still says what it is */
    record = record_of(&envelope, &value);
    assert_int_equal(fleet_record_decode(&decoded, &record, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_counts),
        cmocka_unit_test(nothing_follows_the_largest_numbers),
        cmocka_unit_test(records_are_admitted_by_what_they_say),
        cmocka_unit_test(foreign_records_never_count),
        cmocka_unit_test(a_record_of_the_chain_that_cannot_be_read_is_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
