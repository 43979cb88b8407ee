#include "testing.h"

#include "api/events_line.h"
#include "base/memory.h"
#include "samples.h"

#include <jansson.h>
#include <string.h>

static json_t *line_of(const struct record *record)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);

    events_line_write(&out, "fleet.amd64", record);
    const char *text = buf_text(&out);
    assert_true(out.len > 0 && text[out.len - 1] == '\n');
    assert_ptr_equal(strchr(text, '\n'), text + out.len - 1);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (json == NULL)
        fail_msg("%s", text);
    return json;
}

static const char *member(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text != NULL ? text : "";
}

static void a_record_is_one_line(void **state)
{
    _cleanup_buf_ struct buf value = BUF_INIT(0);
    struct builder builder = sample_builder("b1", ARCH_AMD64, BUILDER_STATE_PLACED);
    struct fleet_change change = {
        .epoch = 1, .seq = 2, .cause = "test", .builders = &builder, .builders_count = 1};
    struct envelope envelope = {
        .id = "7", .source = "/test", .type = TYPE_FLEET_CHANGE, .time = "2026-11-24T03:00:00Z"};
    struct record record = {.partition = 3, .offset = 17, .key = slice_text("w\"eb\n")};

    fleet_change_encode(&change, &value);
    record.value = buf_slice(&value);
    envelope_to_headers(&envelope, &record);
    json_t *json = line_of(&record);
    assert_string_equal(member(json, "topic"), "fleet.amd64");
    assert_int_equal(json_integer_value(json_object_get(json, "offset")), 17);
    assert_string_equal(member(json, "type"), TYPE_FLEET_CHANGE);
    assert_string_equal(member(json, "key"), "w\"eb\n");
    assert_string_equal(member(json, "time"), "2026-11-24T03:00:00Z");
    const json_t *data = json_object_get(json, "data");
    const json_t *shown = json_array_get(json_object_get(data, "builders"), 0);
    assert_string_equal(member(shown, "build"), "b1");
    assert_string_equal(member(shown, "secret"), "***");
    json_decref(json);
}

static void what_cannot_be_read_says_why(void **state)
{
    struct envelope envelope = {
        .id = "7", .source = "/test", .type = TYPE_FLEET_CHANGE, .time = "2026-11-24T03:00:00Z"};
    struct record record = {.value = slice_text("\xc1"), .timestamp_ms = 1000};

    json_t *json = line_of(&record); /* no envelope */
    assert_true(strlen(member(json, "error")) > 0);
    assert_string_equal(member(json, "time"), "1970-01-01T00:00:01.000Z");
    json_decref(json);
    envelope_to_headers(&envelope, &record);
    json = line_of(&record);
    assert_true(strlen(member(json, "error")) > 0);
    assert_null(json_object_get(json, "data"));
    json_decref(json);
    record.header_count = 0;
    SET(envelope.type, "unknown.type");
    envelope_to_headers(&envelope, &record);
    json = line_of(&record);
    assert_string_equal(member(json, "type"), "unknown.type");
    assert_true(strlen(member(json, "error")) > 0);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_one_line),
        cmocka_unit_test(what_cannot_be_read_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
