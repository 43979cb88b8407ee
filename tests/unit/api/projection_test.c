#include "testing.h"

#include "api/projection.h"
#include "base/memory.h"
#include "samples.h"

#include <string.h>

/* A record as the log hands it out. */
struct sample_record {
    struct envelope envelope;
    struct buf value;
    struct record record;
};

static struct record *wrap(struct sample_record *sample, const char *type, int64_t offset)
{
    sample->envelope =
        (struct envelope){.id = "1", .source = "/test", .time = "2026-11-24T03:00:00Z"};
    SET(sample->envelope.type, type);
    sample->record = (struct record){.topic = "leat.fleet.amd64", .offset = offset};
    sample->record.value = buf_slice(&sample->value);
    envelope_to_headers(&sample->envelope, &sample->record);
    return &sample->record;
}

static int add_take_over(struct projection *projection, uint64_t epoch, int64_t offset)
{
    struct sample_record sample = {0};
    struct took_over message = {.epoch = epoch, .owner = "test", .at_ms = 1};
    struct error err;

    took_over_encode(&message, &sample.value);
    int result = projection_add(projection, wrap(&sample, TYPE_TOOK_OVER, offset), &err);
    buf_free(&sample.value);
    return result;
}

static int add_change(struct projection *projection, uint64_t epoch, uint64_t seq, int64_t offset)
{
    struct sample_record sample = {0};
    struct builder builder = sample_builder("b1", ARCH_AMD64, BUILDER_STATE_PLACED);
    struct machine machine = sample_machine("m-1", MACHINE_STATE_GONE);
    struct fleet_change message = {.epoch = epoch,
                                   .seq = seq,
                                   .cause = "test",
                                   .builders = &builder,
                                   .builders_count = 1,
                                   .machines = &machine,
                                   .machines_count = 1};
    struct error err;

    fleet_change_encode(&message, &sample.value);
    assert_false(sample.value.overflow);
    int result = projection_add(projection, wrap(&sample, TYPE_FLEET_CHANGE, offset), &err);
    buf_free(&sample.value);
    return result;
}

static void only_what_counts_is_shown(void **state)
{
    struct projection projection = {0};

    assert_int_equal(add_change(&projection, 1, 1, 0), 0); /* before any take-over */
    assert_int_equal(projection.batch.entities, 0);
    assert_int_equal(add_take_over(&projection, 1, 1), 0);
    assert_int_equal(add_change(&projection, 1, 1, 2), 0);
    assert_int_equal(projection.batch.entities, 2);
    assert_int_equal(add_change(&projection, 1, 1, 3), 0); /* repeated */
    assert_int_equal(add_take_over(&projection, 2, 5), 0); /* after a gap of the log */
    assert_int_equal(add_change(&projection, 1, 2, 6), 0); /* of who was deposed */
    assert_int_equal(projection.batch.entities, 2);
    assert_int_equal(add_change(&projection, 2, 1, 7), 0);
    assert_int_equal(projection.batch.entities, 4);
    assert_true(projection.position.next == 8);
    assert_true(projection.position.chain.epoch == 2 && projection.position.chain.seq == 1);
    assert_true(projection.counted == 4 && projection.skipped == 3);
    view_batch_clear(&projection.batch);
}

static void a_batch_is_words_for_the_script(void **state)
{
    static const char *const wanted[] = {"b",  "b1", "amd64", "web",  "m-1", "m-1", "1800000000000",
                                         NULL, "m",  "m-1",   "gone", "0",   NULL};
    struct projection projection = {0};
    struct slice words[array_size(wanted)];
    struct builder builder;
    struct error err;

    assert_int_equal(add_take_over(&projection, 1, 0), 0);
    assert_int_equal(add_change(&projection, 1, 1, 1), 0);
    assert_int_equal(projection.batch.word_count, array_size(wanted));
    view_batch_words(&projection.batch, words);
    for (size_t i = 0; i < array_size(wanted); i++) {
        if (wanted[i] != NULL && !slice_equal(words[i], slice_text(wanted[i])))
            fail_msg("word %zu is not %s", i, wanted[i]);
    }
    assert_int_equal(builder_decode(&builder, words[7], &err), 0);
    assert_string_equal(builder.secret, "s3cret");
    view_batch_clear(&projection.batch);
}

static void places_follow_the_state(void **state)
{
    static const struct {
        enum builder_state state;
        const char *place;
    } cases[] = {
        {BUILDER_STATE_QUEUED, "-"}, {BUILDER_STATE_PLACED, "m-1"}, {BUILDER_STATE_ENDED, ""}};
    for (size_t i = 0; i < array_size(cases); i++) {
        struct view_batch batch = {0};
        struct slice words[8];
        struct builder builder = sample_builder("b1", ARCH_AMD64, cases[i].state);
        view_batch_add_builder(&batch, &builder);
        view_batch_words(&batch, words);
        assert_true(slice_equal(words[4], slice_text(cases[i].place)));
        view_batch_clear(&batch);
    }
}

static void a_batch_is_full_at_some_point(void **state)
{
    struct projection projection = {0};
    uint64_t seq = 0;

    assert_int_equal(add_take_over(&projection, 1, 0), 0);
    while (!view_batch_is_full(&projection.batch) && seq < 10000) {
        seq++;
        assert_int_equal(add_change(&projection, 1, seq, (int64_t)seq), 0);
    }
    assert_in_range(seq, 100, 200);
    assert_false(projection.batch.bytes.overflow);
    view_batch_clear(&projection.batch);
}

static void a_record_that_cannot_be_read_stops(void **state)
{
    struct projection projection = {0};
    struct sample_record sample = {0};
    struct error err = ERROR_INIT;

    buf_puts(&sample.value, "\xc1");
    assert_int_equal(projection_add(&projection, wrap(&sample, TYPE_FLEET_CHANGE, 4), &err), -1);
    assert_int_equal(err.code, ERROR_CORRUPT);
    assert_true(projection.position.next == 0);
    /* What does not say that it belongs to the chain is skipped. */
    assert_int_equal(projection_add(&projection, wrap(&sample, "somebody.else", 4), &err), 0);
    assert_true(projection.position.next == 5 && projection.skipped == 1);
    buf_free(&sample.value);
}

static void positions_survive_redis(void **state)
{
    const struct projection_position positions[] = {
        {0},
        {.next = 17, .target = 20, .chain = {.epoch = 3, .seq = 9}},
        {.next = INT64_MAX, .target = INT64_MAX, .chain = {UINT64_MAX, UINT64_MAX}},
    };
    for (size_t i = 0; i < array_size(positions); i++) {
        char text[PROJECTION_POSITION_SIZE];
        struct projection_position found;
        projection_position_format(&positions[i], text);
        assert_true(projection_position_parse(slice_text(text), &found));
        assert_memory_equal(&found, &positions[i], sizeof(found));
    }
}

static void what_is_no_position_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "1:2:3",
                                        "1:2:3:4:5",
                                        "1:2:3:x",
                                        ":2:3:4",
                                        "-1:2:3:4",
                                        "1: 2:3:4",
                                        "1:2:3:+4",
                                        "1:2:3:4 ",
                                        "9223372036854775808:0:0:0",
                                        "1:2:3:99999999999999999999"};
    for (size_t i = 0; i < array_size(texts); i++) {
        struct projection_position found;
        if (projection_position_parse(slice_text(texts[i]), &found))
            fail_msg("%s", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_counts_is_shown),
        cmocka_unit_test(a_batch_is_words_for_the_script),
        cmocka_unit_test(places_follow_the_state),
        cmocka_unit_test(a_batch_is_full_at_some_point),
        cmocka_unit_test(a_record_that_cannot_be_read_stops),
        cmocka_unit_test(positions_survive_redis),
        cmocka_unit_test(what_is_no_position_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
