#include "wire/message.h"

#include "all_types.h"
#include "base/memory.h"
#include "base/text.h"
#include "bytes.h"
#include "sample.h"
#include "testing.h"

#include <string.h>

static void check_round_trip(const void *message)
{
    _cleanup_buf_ struct buf first = BUF_INIT(0), second = BUF_INIT(0);
    _cleanup_buf_ struct buf first_json = BUF_INIT(0), second_json = BUF_INIT(0);
    struct error err = ERROR_INIT;
    struct all_types back, copy;

    wire_message_encode(&all_types_schema, message, &first);
    assert_false(first.overflow);
    if (wire_message_decode(&all_types_schema, &back, buf_slice(&first), &err) < 0)
        fail_msg("%s", err.message);
    wire_message_copy(&all_types_schema, &copy, &back);
    wire_message_clear(&all_types_schema, &back);
    wire_message_encode(&all_types_schema, &copy, &second);
    assert_true(slice_equal(buf_slice(&first), buf_slice(&second)));
    wire_message_json(&all_types_schema, message, &first_json);
    wire_message_json(&all_types_schema, &copy, &second_json);
    assert_string_equal(buf_text(&first_json), buf_text(&second_json));
    assert_true(text_is_utf8(buf_slice(&first_json)));
    wire_message_clear(&all_types_schema, &copy);
}

static void round_trips(void **state)
{
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct sample sample = {.kind = (enum sample_kind)(seed < 3 ? seed : 2), .seed = seed};
        void *message = sample_make(&sample, &all_types_schema);

        check_round_trip(message);
        sample_free(&all_types_schema, message);
    }
}

static void the_shortest_message(void **state)
{
    struct sample sample = {.kind = SAMPLE_EMPTY};
    void *message = sample_make(&sample, &all_types_schema);
    _cleanup_buf_ struct buf out = BUF_INIT(0);

    wire_message_encode(&all_types_schema, message, &out);
    assert_int_equal(out.len, all_types_schema.min_encoded);
    sample_free(&all_types_schema, message);
}

static void clearing_leaves_zeroes(void **state)
{
    struct sample sample = {.kind = SAMPLE_FULL, .seed = 1};
    struct all_types *message = sample_make(&sample, &all_types_schema);
    const struct all_types zero = {.count = 0};

    wire_message_clear(&all_types_schema, message);
    assert_memory_equal(message, &zero, sizeof(zero));
    wire_message_clear(&all_types_schema, message);
    sample_free(&all_types_schema, message);
}

static void check_json(const struct all_types *message, const char *wanted)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);

    wire_message_json(&all_types_schema, message, &out);
    assert_string_equal(buf_text(&out), wanted);
}

static void json(void **state)
{
    struct bytes4 smalls[1] = {{{1}, 1}};
    enum fruit fruits[] = {FRUIT_APPLE, FRUIT_PEAR, (enum fruit)2};
    struct leaf leaves[2] = {{.number = -1}, {.blob = {(uint8_t *)(uintptr_t) "\xab", 1}}};
    struct all_types message = {.text = "a\"\n", .small = {{1, 255}, 2}, .count = 3};

    check_json(&message, "{\"text\":\"a\\\"\\n\",\"small\":\"01ff\",\"large\":\"\",\"count\":3,"
                         "\"number\":0,\"flag\":false,\"fruit\":\"?\",\"leaf\":{\"blob\":\"\"},"
                         "\"texts\":[]}");
    message = (struct all_types){.text = "\xff",
                                 .number = INT64_MIN,
                                 .flag = true,
                                 .fruit = FRUIT_PEAR,
                                 .smalls = smalls,
                                 .smalls_count = 1,
                                 .fruits = fruits,
                                 .fruits_count = 3,
                                 .leaves = leaves,
                                 .leaves_count = 2};
    check_json(&message, "{\"text\":\"\xef\xbf\xbd\",\"small\":\"\",\"large\":\"\",\"count\":0,"
                         "\"number\":-9223372036854775808,\"flag\":true,\"fruit\":\"pear\","
                         "\"leaf\":{\"blob\":\"\"},\"texts\":[],\"smalls\":\"***\","
                         "\"fruits\":[\"apple\",\"pear\",\"?\"],"
                         "\"leaves\":[{\"number\":-1,\"blob\":\"\"},{\"blob\":\"ab\"}]}");
}

static void json_cuts_long_bytes(void **state)
{
    uint8_t data[513] = {0};
    struct all_types message = {.large = {data, 513}};
    _cleanup_buf_ struct buf out = BUF_INIT(0);

    wire_message_json(&all_types_schema, &message, &out);
    assert_non_null(strstr(buf_text(&out), "0000...\","));
    buf_clear(&out);
    message.large.len = 512;
    wire_message_json(&all_types_schema, &message, &out);
    assert_null(strstr(buf_text(&out), "..."));
}

/* What breaks the schema is named by the check, and encoding it writes nothing. */
static void broken(const struct all_types *message, const char *problem)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);
    struct error err = ERROR_INIT;

    assert_int_equal(wire_message_check(&all_types_schema, message, &err), -1);
    assert_int_equal(err.code, ERROR_INVALID);
    assert_string_equal(err.message, problem);
    wire_message_encode(&all_types_schema, message, &out);
    assert_true(out.overflow);
    assert_int_equal(out.len, 0);
}

static void check_names_what_is_broken(void **state)
{
    const struct all_types good = {.fruit = FRUIT_APPLE};
    struct leaf leaf = {.blob = {NULL, 21}};
    enum fruit none = (enum fruit)0;
    struct all_types bad = good;

    assert_int_equal(wire_message_check(&all_types_schema, &good, NULL), 0);
    memset(bad.text, 'x', sizeof(bad.text));
    broken(&bad, "all_types.text: string is over its bound");
    memcpy(bad.text, "\xc3\x28", 3);
    broken(&bad, "all_types.text: string is not valid UTF-8");
    bad = good, bad.small.len = 5;
    broken(&bad, "all_types.small: bytes are over their bound");
    bad = good, bad.large.len = 1001;
    broken(&bad, "all_types.large: bytes are over their bound");
    bad = good, bad.count = 1000;
    broken(&bad, "all_types.count: number is over its bound");
    bad = good, bad.fruit = (enum fruit)0;
    broken(&bad, "all_types.fruit: required field is not set");
    bad = good, bad.fruit = (enum fruit)2;
    broken(&bad, "all_types.fruit: number has no name");
    bad = good, bad.fruit = (enum fruit)4;
    broken(&bad, "all_types.fruit: number has no name");
    bad = good, bad.leaf.blob.len = 21;
    broken(&bad, "all_types.leaf: leaf.blob: bytes are over their bound");
    bad = good, bad.numbers_count = 5;
    broken(&bad, "all_types.numbers: list is over its bound");
    bad = good, bad.leaves = &leaf, bad.leaves_count = 1;
    broken(&bad, "all_types.leaves: leaf.blob: bytes are over their bound");
    bad = good, bad.fruits = &none, bad.fruits_count = 1;
    broken(&bad, "all_types.fruits: required field is not set");
}

static void enums_have_names(void **state)
{
    assert_string_equal(wire_enum_name(&fruit_enum, FRUIT_PEAR), "pear");
    assert_string_equal(wire_enum_name(&fruit_enum, 0), "?");
    assert_string_equal(wire_enum_name(&fruit_enum, 2), "?");
    assert_string_equal(wire_enum_name(&fruit_enum, 4), "?");
    assert_int_equal(wire_enum_from_name(&fruit_enum, "pear"), FRUIT_PEAR);
    assert_int_equal(wire_enum_from_name(&fruit_enum, "plum"), 0);
    assert_int_equal(wire_enum_from_name(&fruit_enum, "?"), 0);
}

static void refused(struct slice bytes, const char *message)
{
    struct leaf leaf = {.number = 7};
    struct error err = ERROR_INIT;

    assert_int_equal(wire_message_decode(&leaf_schema, &leaf, bytes, &err), -1);
    assert_int_equal(err.code, ERROR_CORRUPT);
    assert_string_equal(err.message, message);
    assert_int_equal(leaf.number, 0);
    assert_null(leaf.blob.data);
}

static void errors_name_message_and_field(void **state)
{
    refused(BYTES(""), "leaf: byte 0: ends early, 1 bytes more are needed");
    refused(BYTES("\x80"), "leaf: byte 1: required field blob is missing");
    refused(BYTES("\x81\x02\x05"), "leaf: byte 3: required field blob is missing");
    refused(BYTES("\x81\x05\x05"), "leaf: byte 2: required field blob is missing");
    refused(BYTES("\x82\x02\x05\x02\x05"), "leaf: byte 4: field 2 is repeated");
    refused(BYTES("\x82\x03\x05\x03\x05"), "leaf: byte 4: field 3 is repeated");
    refused(BYTES("\x82\x04\xc4\x00\x02\x05"), "leaf: byte 5: field 2 comes after field 4");
    refused(BYTES("\x81\x00\x05"), "leaf: byte 2: 0 is no field id");
    refused(BYTES("\x81\xff\x05"), "leaf: byte 2: negative number");
    refused(BYTES("\x81\xa1x\x05"), "leaf: byte 1: 0xa1 is not of the type integer");
    refused(BYTES("\x81\x02\xc0"), "leaf: number: byte 2: 0xc0 is not of the type integer");
    refused(BYTES("\x82\x02\x05\x04\xc4\x03xy"),
            "leaf: blob: byte 6: ends early, 1 bytes more are needed");
    refused(BYTES("\x81\x04\xc4\x01x\x00"), "leaf: byte 5: 1 bytes left over");
    refused(BYTES("\x91\x04"), "leaf: byte 0: 0x91 is not of the type map");
}

static void unknown_fields_are_skipped(void **state)
{
    struct leaf leaf;

    assert_int_equal(wire_message_decode(&leaf_schema, &leaf,
                                         BYTES("\x85\x01\x81\x01\x02\x02\x05\x03\xc0\x04\xc4\x01x"
                                               "\xce\x7f\xff\xff\xff\x91\xa1y"),
                                         NULL),
                     0);
    assert_int_equal(leaf.number, 5);
    assert_int_equal(leaf.blob.len, 1);
    wire_message_clear(&leaf_schema, &leaf);
}

static void decode_json_prints_or_fails(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);
    struct error err = ERROR_INIT;

    assert_int_equal(wire_message_decode_json(&leaf_schema, BYTES("\x81\x04\xc4\x01x"), &out, &err),
                     0);
    assert_string_equal(buf_text(&out), "{\"blob\":\"78\"}");
    buf_clear(&out);
    assert_int_equal(wire_message_decode_json(&leaf_schema, BYTES("\x80"), &out, &err), -1);
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips),
        cmocka_unit_test(the_shortest_message),
        cmocka_unit_test(clearing_leaves_zeroes),
        cmocka_unit_test(json),
        cmocka_unit_test(json_cuts_long_bytes),
        cmocka_unit_test(check_names_what_is_broken),
        cmocka_unit_test(enums_have_names),
        cmocka_unit_test(errors_name_message_and_field),
        cmocka_unit_test(unknown_fields_are_skipped),
        cmocka_unit_test(decode_json_prints_or_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
