#include "wire/record.h"

#include "base/memory.h"
#include "testing.h"

#include <stdio.h>
#include <string.h>

static const struct envelope example = {
    .id = "b-1/amd64",
    .source = "/leat/api/one",
    .type = "leat.builder.requested",
    .time = "2026-11-24T03:12:45.123Z",
    .traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
};

static struct record example_record(void)
{
    struct record record = {.topic = "t"};

    envelope_to_headers(&example, &record);
    return record;
}

static struct record_header *header(struct record *record, const char *name)
{
    for (size_t i = 0; i < record->header_count; i++) {
        if (strcmp(record->headers[i].name, name) == 0)
            return &record->headers[i];
    }
    fail_msg("no header %s", name);
    return NULL;
}

static void refused(const struct record *record, const char *message)
{
    struct envelope envelope = {.id = "unchanged"};
    struct error err = ERROR_INIT;

    assert_int_equal(envelope_from_headers(&envelope, record, &err), -1);
    assert_int_equal(err.code, ERROR_CORRUPT);
    assert_string_equal(err.message, message);
    assert_string_equal(envelope.id, "unchanged");
    assert_int_equal(envelope_from_headers(&envelope, record, NULL), -1);
}

static void round_trip(void **state)
{
    struct record record = example_record();
    struct envelope envelope;

    assert_int_equal(record.header_count, 7);
    assert_int_equal(envelope_from_headers(&envelope, &record, NULL), 0);
    assert_memory_equal(&envelope, &example, sizeof(envelope));
    assert_true(
        slice_equal(record_find_header(&record, "ce_specversion")->value, slice_text("1.0")));
    assert_true(slice_equal(record_find_header(&record, "content-type")->value,
                            slice_text("application/msgpack")));
    assert_null(record_find_header(&record, "ce_nothing"));
}

static void headers_are_added_after_others(void **state)
{
    struct record record = {.headers = {{.name = "first", .value = slice_text("x")}},
                            .header_count = 1};

    envelope_to_headers(&example, &record);
    assert_int_equal(record.header_count, 8);
    assert_string_equal(record.headers[0].name, "first");
    assert_int_equal(envelope_from_headers(&(struct envelope){.id = ""}, &record, NULL), 0);
}

static void no_trace_no_header(void **state)
{
    struct envelope envelope = example;
    struct record record = {.topic = "t"};

    envelope.traceparent[0] = '\0';
    envelope_to_headers(&envelope, &record);
    assert_null(record_find_header(&record, "traceparent"));
    assert_int_equal(envelope_from_headers(&envelope, &record, NULL), 0);
    assert_string_equal(envelope.traceparent, "");
}

static void required_attributes(void **state)
{
    const char *const names[] = {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"};
    char message[64];

    for (size_t i = 0; i < array_size(names); i++) {
        struct record record = example_record();

        snprintf(message, sizeof(message), "header %s is missing", names[i]);
        header(&record, names[i])->value = slice_text("");
        refused(&record, message);
        header(&record, names[i])->name = "other";
        refused(&record, message);

        record = example_record();
        record.headers[record.header_count++] = *header(&record, names[i]);
        snprintf(message, sizeof(message), "header %s is repeated", names[i]);
        refused(&record, message);

        record = example_record();
        header(&record, names[i])->value = slice_text("a\nb");
        snprintf(message, sizeof(message), "header %s is not printable ASCII", names[i]);
        refused(&record, message);
    }
}

static void sizes(void **state)
{
    struct record record = example_record();
    struct envelope envelope;
    char id[65];

    memset(id, 'x', sizeof(id));
    header(&record, "ce_id")->value = slice_of(id, 63);
    assert_int_equal(envelope_from_headers(&envelope, &record, NULL), 0);
    assert_int_equal(strlen(envelope.id), 63);
    header(&record, "ce_id")->value = slice_of(id, 64);
    refused(&record, "header ce_id has more than 63 bytes");
}

static void other_specversions(void **state)
{
    struct record record = example_record();

    header(&record, "ce_specversion")->value = slice_text("0.3");
    refused(&record, "ce_specversion 0.3 is not 1.0");
    header(&record, "ce_specversion")->value = slice_of("1.0\0", 4);
    refused(&record, "header ce_specversion is not printable ASCII");
}

static void ignored_trace(struct record *record)
{
    struct envelope envelope;

    assert_int_equal(envelope_from_headers(&envelope, record, NULL), 0);
    assert_string_equal(envelope.traceparent, "");
}

static void a_bad_traceparent_is_ignored(void **state)
{
    struct record record = example_record();

    record.headers[record.header_count++] = *header(&record, "traceparent");
    ignored_trace(&record);
    record = example_record();
    header(&record, "traceparent")->value = slice_text("00-xyz");
    ignored_trace(&record);
    header(&record, "traceparent")->value.len = 0;
    ignored_trace(&record);
    header(&record, "traceparent")->value =
        slice_text("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x");
    ignored_trace(&record);
}

static void no_headers_at_all(void **state)
{
    struct record record = {.topic = "t"};

    refused(&record, "header ce_specversion is missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(headers_are_added_after_others),
        cmocka_unit_test(no_trace_no_header),
        cmocka_unit_test(required_attributes),
        cmocka_unit_test(sizes),
        cmocka_unit_test(other_specversions),
        cmocka_unit_test(a_bad_traceparent_is_ignored),
        cmocka_unit_test(no_headers_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
