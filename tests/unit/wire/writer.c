#include "wire/writer.h"

#include "base/memory.h"
#include "bytes.h"
#include "testing.h"

#include <string.h>

static void written(struct buf *out, struct slice wanted)
{
    assert_true(slice_equal(buf_slice(out), wanted));
    assert_false(out->overflow);
    buf_clear(out);
}

static void shortest_formats(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);

    wire_write_u64(&out, 127);
    wire_write_u64(&out, 128);
    wire_write_u64(&out, 256);
    wire_write_u64(&out, 65536);
    written(&out, BYTES("\x7f\xcc\x80\xcd\x01\x00\xce\x00\x01\x00\x00"));
    wire_write_i64(&out, -1);
    wire_write_i64(&out, -33);
    wire_write_i64(&out, INT64_MIN);
    written(&out, BYTES("\xff\xd0\xdf\xd3\x80\0\0\0\0\0\0\0"));
    wire_write_bool(&out, true);
    wire_write_bool(&out, false);
    written(&out, BYTES("\xc3\xc2"));
    wire_write_map(&out, 2);
    wire_write_array(&out, 16);
    written(&out, BYTES("\x82\xdc\x00\x10"));
    wire_write_string(&out, "abc");
    wire_write_string(&out, "");
    wire_write_bytes(&out, BYTES("\0\1"));
    wire_write_bytes(&out, slice_of(NULL, 0));
    written(&out, BYTES("\xa3"
                        "abc"
                        "\xa0"
                        "\xc4\x02\0\1"
                        "\xc4\0"));
}

static void numbers_round_trip(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);

    for (unsigned shift = 0; shift < 64; shift++) {
        for (int64_t delta = -1; delta <= 1; delta++) {
            uint64_t number = (UINT64_C(1) << shift) + (uint64_t)delta;
            struct wire_cursor cursor;

            buf_clear(&out);
            wire_write_u64(&out, number);
            wire_write_i64(&out, (int64_t)number);
            cursor = cursor_over(buf_slice(&out));
            assert_true(wire_read_u64(&cursor, UINT64_MAX) == number);
            assert_true(wire_read_i64(&cursor) == (int64_t)number);
            assert_int_equal(wire_cursor_finish(&cursor, NULL), 0);
        }
    }
}

static void lengths_round_trip(void **state)
{
    const size_t lengths[] = {0, 1, 31, 32, 255, 256, 65535, 65536};
    _cleanup_buf_ struct buf out = BUF_INIT(0);
    static char text[65537], back[65537];

    for (size_t i = 0; i < array_size(lengths); i++) {
        struct wire_cursor cursor;

        memset(text, 'x', lengths[i]);
        text[lengths[i]] = '\0';
        buf_clear(&out);
        wire_write_string(&out, text);
        wire_write_bytes(&out, slice_text(text));
        cursor = cursor_over(buf_slice(&out));
        wire_read_string(&cursor, back, 65536);
        assert_string_equal(back, text);
        assert_true(slice_equal(wire_read_bytes(&cursor, 65536), slice_text(text)));
        assert_int_equal(wire_cursor_finish(&cursor, NULL), 0);
    }
}

static void overflow_sticks(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(6);

    wire_write_string(&out, "abc");
    wire_write_string(&out, "defgh");
    assert_true(out.overflow);
    wire_write_bool(&out, true);
    assert_true(out.overflow);
    assert_true(out.len <= 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shortest_formats),
        cmocka_unit_test(numbers_round_trip),
        cmocka_unit_test(lengths_round_trip),
        cmocka_unit_test(overflow_sticks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
