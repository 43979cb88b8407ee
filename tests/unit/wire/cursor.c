#include "wire/cursor.h"

#include "bytes.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

static void good_u64(struct slice bytes, uint64_t wanted)
{
    struct wire_cursor cursor = cursor_over(bytes);
    uint64_t got = wire_read_u64(&cursor, UINT64_MAX);

    assert_int_equal(wire_cursor_finish(&cursor, NULL), 0);
    assert_true(got == wanted);
}

static void good_i64(struct slice bytes, int64_t wanted)
{
    struct wire_cursor cursor = cursor_over(bytes);
    int64_t got = wire_read_i64(&cursor);

    assert_int_equal(wire_cursor_finish(&cursor, NULL), 0);
    assert_true(got == wanted);
}

static void failed(struct wire_cursor *cursor, const char *message)
{
    struct error err = ERROR_INIT;

    assert_int_equal(wire_cursor_finish(cursor, &err), -1);
    assert_int_equal(err.code, ERROR_CORRUPT);
    assert_string_equal(err.message, message);
    assert_int_equal(wire_cursor_finish(cursor, NULL), -1);
}

/* Every format of the specification, also where a shorter one would do. */
static void unsigned_formats(void **state)
{
    good_u64(BYTES("\x00"), 0);
    good_u64(BYTES("\x7f"), 127);
    good_u64(BYTES("\xcc\xff"), 255);
    good_u64(BYTES("\xcd\x12\x34"), 0x1234);
    good_u64(BYTES("\xce\x12\x34\x56\x78"), 0x12345678);
    good_u64(BYTES("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), UINT64_MAX);
    good_u64(BYTES("\xcf\0\0\0\0\0\0\0\0"), 0);
    good_u64(BYTES("\xd0\x7f"), 127);
    good_u64(BYTES("\xd3\x7f\xff\xff\xff\xff\xff\xff\xff"), INT64_MAX);
}

static void signed_formats(void **state)
{
    good_i64(BYTES("\x05"), 5);
    good_i64(BYTES("\xff"), -1);
    good_i64(BYTES("\xe0"), -32);
    good_i64(BYTES("\xd0\x80"), -128);
    good_i64(BYTES("\xd1\x80\x00"), -32768);
    good_i64(BYTES("\xd2\xff\xff\xff\xfe"), -2);
    good_i64(BYTES("\xd3\x80\0\0\0\0\0\0\0"), INT64_MIN);
    good_i64(BYTES("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"), INT64_MAX);
}

static void numbers_have_bounds(void **state)
{
    struct wire_cursor cursor = cursor_over(BYTES("\xcd\x01\x00"));

    assert_int_equal(wire_read_u64(&cursor, 255), 0);
    failed(&cursor, "byte 3: 256 is over the bound of 255");
    cursor = cursor_over(BYTES("\xff"));
    assert_int_equal(wire_read_u64(&cursor, 255), 0);
    failed(&cursor, "byte 1: negative number");
    cursor = cursor_over(BYTES("\xcf\x80\0\0\0\0\0\0\0"));
    assert_int_equal(wire_read_i64(&cursor), 0);
    failed(&cursor, "byte 9: 9223372036854775808 does not fit 64 bits with a sign");
}

static void strings(void **state)
{
    struct wire_cursor cursor = cursor_over(BYTES("\xa3"
                                                  "abc"
                                                  "\xd9\x01x"
                                                  "\xda\0\x01y"
                                                  "\xdb\0\0\0\x01z"
                                                  "\xa0"));
    char out[4] = "??";

    wire_read_string(&cursor, out, 3);
    assert_string_equal(out, "abc");
    wire_read_string(&cursor, out, 3);
    assert_string_equal(out, "x");
    wire_read_string(&cursor, out, 3);
    assert_string_equal(out, "y");
    wire_read_string(&cursor, out, 3);
    assert_string_equal(out, "z");
    wire_read_string(&cursor, out, 3);
    assert_string_equal(out, "");
    assert_int_equal(wire_cursor_finish(&cursor, NULL), 0);
}

static void bad_string(struct slice bytes, const char *message)
{
    struct wire_cursor cursor = cursor_over(bytes);
    char out[4] = "??";

    wire_read_string(&cursor, out, 3);
    assert_string_equal(out, "");
    failed(&cursor, message);
}

static void bad_strings(void **state)
{
    bad_string(BYTES("\xa4"
                     "abcd"),
               "byte 1: string of 4 bytes is over the bound of 3");
    bad_string(BYTES("\xdb\xff\xff\xff\xff"),
               "byte 5: string of 4294967295 bytes is over the bound of 3");
    bad_string(BYTES("\xa3"
                     "ab"),
               "byte 1: ends early, 1 bytes more are needed");
    bad_string(BYTES("\xda\x00"), "byte 1: ends early, 1 bytes more are needed");
    bad_string(BYTES("\xa3"
                     "a\0b"),
               "byte 4: string is not valid UTF-8 without NUL bytes");
    bad_string(BYTES("\xa2\xc3\x28"), "byte 3: string is not valid UTF-8 without NUL bytes");
    bad_string(BYTES("\xc4\x01x"), "byte 0: 0xc4 is not of the type string");
    bad_string(BYTES(""), "byte 0: ends early, 1 bytes more are needed");
}

static void bytes(void **state)
{
    struct wire_cursor cursor = cursor_over(BYTES("\xc4\x02\0\xff"
                                                  "\xc5\0\x01x"
                                                  "\xc6\0\0\0\0"));

    assert_true(slice_equal(wire_read_bytes(&cursor, 2), BYTES("\0\xff")));
    assert_true(slice_equal(wire_read_bytes(&cursor, 2), BYTES("x")));
    assert_int_equal(wire_read_bytes(&cursor, 2).len, 0);
    assert_int_equal(wire_cursor_finish(&cursor, NULL), 0);
    cursor = cursor_over(BYTES("\xc4\x03xyz"));
    assert_int_equal(wire_read_bytes(&cursor, 2).len, 0);
    failed(&cursor, "byte 2: bytes of 3 bytes is over the bound of 2");
    cursor = cursor_over(BYTES("\xa1x"));
    assert_int_equal(wire_read_bytes(&cursor, 2).len, 0);
    failed(&cursor, "byte 0: 0xa1 is not of the type bytes");
}

static void booleans(void **state)
{
    struct wire_cursor cursor = cursor_over(BYTES("\xc3\xc2\xc0"));

    assert_true(wire_read_bool(&cursor));
    assert_false(wire_read_bool(&cursor));
    assert_false(wire_read_bool(&cursor));
    failed(&cursor, "byte 2: 0xc0 is not of the type boolean");
}

static void counts(void **state)
{
    struct wire_cursor cursor =
        cursor_over(BYTES("\x92\x82\x01\x02\x03\x04\xdc\x00\x01\xdf\0\0\0\0"));

    assert_int_equal(wire_read_array(&cursor, 2), 2);
    assert_int_equal(wire_read_map(&cursor, 2), 2);
    for (uint64_t i = 1; i <= 4; i++)
        assert_int_equal(wire_read_u64(&cursor, 9), i);
    wire_leave(&cursor);
    assert_int_equal(wire_read_array(&cursor, 1), 1);
    assert_int_equal(wire_read_map(&cursor, 0), 0);
    wire_leave(&cursor);
    wire_leave(&cursor);
    wire_leave(&cursor);
    wire_leave(&cursor); /* one too many is harmless */
    assert_int_equal(wire_cursor_finish(&cursor, NULL), 0);
}

static void bad_array(struct slice bytes, uint32_t max, const char *message)
{
    struct wire_cursor cursor = cursor_over(bytes);

    assert_int_equal(wire_read_array(&cursor, max), 0);
    failed(&cursor, message);
}

static void bad_map(struct slice bytes, uint32_t max, const char *message)
{
    struct wire_cursor cursor = cursor_over(bytes);

    assert_int_equal(wire_read_map(&cursor, max), 0);
    failed(&cursor, message);
}

static void counts_are_not_believed(void **state)
{
    bad_array(BYTES("\xdd\xff\xff\xff\xff"), UINT32_MAX,
              "byte 5: array claims more than the bytes left can hold");
    bad_array(BYTES("\x93\x01\x02"), 3, "byte 1: array claims more than the bytes left can hold");
    bad_array(BYTES("\x93\x01\x02\x03"), 2, "byte 1: array of 3 is over the bound of 2");
    bad_map(BYTES("\xdf\xff\xff\xff\xff"), UINT32_MAX,
            "byte 5: map claims more than the bytes left can hold");
    bad_map(BYTES("\x82\x01\x02\x03"), 9, "byte 1: map claims more than the bytes left can hold");
    bad_map(BYTES("\x90"), 9, "byte 0: 0x90 is not of the type map");
    bad_array(BYTES("\xde\0\0"), 9, "byte 0: 0xde is not of the type array");
}

static void depth_is_bounded(void **state)
{
    struct wire_cursor cursor = cursor_over(BYTES("\x91\x91\x91\x91\x91\x91\x91\x91\x91\x01"));

    for (int i = 0; i < WIRE_DEPTH_MAX; i++)
        assert_int_equal(wire_read_array(&cursor, 1), 1);
    assert_int_equal(wire_read_array(&cursor, 1), 0);
    failed(&cursor, "byte 9: nested deeper than 8");
}

static void the_first_failure_sticks(void **state)
{
    struct wire_cursor cursor = cursor_over(BYTES("\xc0\x01\xa1x\xc3"));
    char out[2] = "?";

    wire_cursor_fail(&cursor, "first %d", 1);
    wire_cursor_fail(&cursor, "second");
    assert_int_equal(wire_read_u64(&cursor, 9), 0);
    assert_int_equal(wire_read_i64(&cursor), 0);
    assert_false(wire_read_bool(&cursor));
    wire_read_string(&cursor, out, 1);
    assert_string_equal(out, "");
    assert_int_equal(wire_read_bytes(&cursor, 9).len, 0);
    assert_int_equal(wire_read_map(&cursor, 9), 0);
    assert_int_equal(wire_read_array(&cursor, 9), 0);
    wire_skip(&cursor);
    assert_int_equal(cursor.at, 0);
    failed(&cursor, "byte 0: first 1");
}

static void bytes_left_over_are_refused(void **state)
{
    struct wire_cursor cursor = cursor_over(BYTES("\x01\x02\x03"));

    assert_int_equal(wire_read_u64(&cursor, 9), 1);
    failed(&cursor, "byte 1: 2 bytes left over");
}

/* Any reader over any bytes, cut at its exact end so that a sanitizer sees a read past it. */
static void random_bytes_are_harmless(void **state)
{
    srand(1);
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)(rand() % 40);
        uint8_t *data = malloc(len ? len : 1);
        struct wire_cursor cursor = cursor_over(slice_of(data, len));
        char out[8];

        for (size_t i = 0; i < len; i++)
            data[i] = (uint8_t)(rand() % 3 ? rand() : 0x80 + rand() % 64);
        while (!cursor.failed && cursor.at < len) {
            switch (rand() % 7) {
            case 0:
                wire_read_map(&cursor, 1000);
                break;
            case 1:
                wire_read_array(&cursor, 1000);
                break;
            case 2:
                wire_read_u64(&cursor, UINT64_MAX);
                break;
            case 3:
                wire_read_i64(&cursor);
                break;
            case 4:
                wire_read_string(&cursor, out, sizeof(out) - 1);
                break;
            case 5:
                wire_read_bytes(&cursor, 20);
                break;
            case 6:
                wire_skip(&cursor);
                break;
            }
        }
        assert_true(cursor.at <= len);
        free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsigned_formats),
        cmocka_unit_test(signed_formats),
        cmocka_unit_test(numbers_have_bounds),
        cmocka_unit_test(strings),
        cmocka_unit_test(bad_strings),
        cmocka_unit_test(bytes),
        cmocka_unit_test(booleans),
        cmocka_unit_test(counts),
        cmocka_unit_test(counts_are_not_believed),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(the_first_failure_sticks),
        cmocka_unit_test(bytes_left_over_are_refused),
        cmocka_unit_test(random_bytes_are_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
