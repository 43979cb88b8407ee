/* wire_skip() over every format of msgpack. */
#include "wire/cursor.h"

#include "base/memory.h"
#include "bytes.h"
#include "testing.h"

static const struct slice values[] = {
    BYTES_INIT("\x00"),
    BYTES_INIT("\x7f"),
    BYTES_INIT("\xff"),
    BYTES_INIT("\xe0"),
    BYTES_INIT("\xc0"),
    BYTES_INIT("\xc2"),
    BYTES_INIT("\xc3"),
    BYTES_INIT("\xcc\x01"),
    BYTES_INIT("\xcd\x01\x02"),
    BYTES_INIT("\xce\x01\x02\x03\x04"),
    BYTES_INIT("\xcf\x01\x02\x03\x04\x05\x06\x07\x08"),
    BYTES_INIT("\xd0\x01"),
    BYTES_INIT("\xd1\x01\x02"),
    BYTES_INIT("\xd2\x01\x02\x03\x04"),
    BYTES_INIT("\xd3\x01\x02\x03\x04\x05\x06\x07\x08"),
    BYTES_INIT("\xca\x01\x02\x03\x04"),
    BYTES_INIT("\xcb\x01\x02\x03\x04\x05\x06\x07\x08"),
    BYTES_INIT("\xa0"),
    BYTES_INIT("\xa2xy"),
    BYTES_INIT("\xd9\x01x"),
    BYTES_INIT("\xda\x00\x01x"),
    BYTES_INIT("\xdb\x00\x00\x00\x01x"),
    BYTES_INIT("\xc4\x01x"),
    BYTES_INIT("\xc5\x00\x01x"),
    BYTES_INIT("\xc6\x00\x00\x00\x01x"),
    BYTES_INIT("\xd4\x05x"),
    BYTES_INIT("\xd5\x05xy"),
    BYTES_INIT("\xd6\x05xyzw"),
    BYTES_INIT("\xd7\x05xyzwxyzw"),
    BYTES_INIT("\xd8\x05xyzwxyzwxyzwxyzw"),
    BYTES_INIT("\xc7\x02\x05xy"),
    BYTES_INIT("\xc8\x00\x02\x05xy"),
    BYTES_INIT("\xc9\x00\x00\x00\x02\x05xy"),
    BYTES_INIT("\x90"),
    BYTES_INIT("\x92\x01\x02"),
    BYTES_INIT("\xdc\x00\x01\x01"),
    BYTES_INIT("\xdd\x00\x00\x00\x01\x01"),
    BYTES_INIT("\x80"),
    BYTES_INIT("\x81\x01\x02"),
    BYTES_INIT("\xde\x00\x01\x01\x02"),
    BYTES_INIT("\xdf\x00\x00\x00\x01\x01\x02"),
    BYTES_INIT("\x81\x91\x01\x82\xa1x\xc0\xc3\x93\x01\x02\x03"),
    BYTES_INIT("\x91\x91\x91\x91\x91\x91\x91\x91\x01"),
};

static void every_format(void **state)
{
    for (size_t i = 0; i < array_size(values); i++) {
        struct wire_cursor cursor = cursor_over(values[i]);

        wire_skip(&cursor);
        assert_int_equal(cursor.depth, 0);
        assert_int_equal(wire_cursor_finish(&cursor, NULL), 0);
    }
}

static void every_format_cut_anywhere(void **state)
{
    for (size_t i = 0; i < array_size(values); i++) {
        for (size_t len = 0; len < values[i].len; len++) {
            _cleanup_free_ void *exact = xmemdup(values[i].data, len);
            struct wire_cursor cursor = cursor_over(slice_of(exact, len));

            wire_skip(&cursor);
            assert_int_equal(wire_cursor_finish(&cursor, NULL), -1);
        }
    }
}

static void refused(struct slice bytes)
{
    struct wire_cursor cursor = cursor_over(bytes);

    wire_skip(&cursor);
    assert_true(cursor.failed);
}

static void hostile_values(void **state)
{
    refused(BYTES("\xc1"));
    refused(BYTES("\xdd\xff\xff\xff\xff"));
    refused(BYTES("\xdf\xff\xff\xff\xff\x01\x02"));
    refused(BYTES("\xc9\xff\xff\xff\xff\x01"));
    refused(BYTES("\xdb\xff\xff\xff\xff"));
    refused(BYTES("\x91\x91\x91\x91\x91\x91\x91\x91\x91\x01"));
}

/* 64 KiB of "an array of one": the walk must end at the depth bound, not with the stack. */
static void endless_nesting(void **state)
{
    static uint8_t deep[65536];
    struct wire_cursor cursor;

    for (size_t i = 0; i < sizeof(deep); i++)
        deep[i] = i % 2 ? 0x91 : 0x81;
    cursor = cursor_over(slice_of(deep, sizeof(deep)));
    wire_skip(&cursor);
    assert_true(cursor.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format),
        cmocka_unit_test(every_format_cut_anywhere),
        cmocka_unit_test(hostile_values),
        cmocka_unit_test(endless_nesting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
