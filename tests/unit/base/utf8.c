/* The ranges of RFC 3629 section 4, compared with a decoder that is written another way. */
#include "base/text.h"

#include "testing.h"

static bool encode_and_check(uint32_t point, const uint8_t bytes[4], size_t len)
{
    bool valid = point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);

    return text_is_utf8(slice_of(bytes, len)) == valid;
}

static void every_code_point(void **state)
{
    for (uint32_t p = 0; p < 0x80; p++)
        assert_true(encode_and_check(p, (uint8_t[4]){(uint8_t)p}, 1));
    for (uint32_t p = 0x80; p < 0x800; p++)
        assert_true(encode_and_check(
            p, (uint8_t[4]){(uint8_t)(0xc0 | p >> 6), (uint8_t)(0x80 | (p & 63))}, 2));
    for (uint32_t p = 0x800; p < 0x10000; p++)
        assert_true(encode_and_check(p,
                                     (uint8_t[4]){(uint8_t)(0xe0 | p >> 12),
                                                  (uint8_t)(0x80 | (p >> 6 & 63)),
                                                  (uint8_t)(0x80 | (p & 63))},
                                     3));
    for (uint32_t p = 0x10000; p < 0x200000; p++)
        assert_true(encode_and_check(
            p,
            (uint8_t[4]){(uint8_t)(0xf0 | p >> 18), (uint8_t)(0x80 | (p >> 12 & 63)),
                         (uint8_t)(0x80 | (p >> 6 & 63)), (uint8_t)(0x80 | (p & 63))},
            4));
}

static void overlong_forms(void **state)
{
    assert_false(text_is_utf8(slice_text("\xc0\x80")));
    assert_false(text_is_utf8(slice_text("\xc1\xbf")));
    assert_false(text_is_utf8(slice_text("\xe0\x9f\xbf")));
    assert_false(text_is_utf8(slice_text("\xf0\x8f\xbf\xbf")));
}

static void cut_and_stray_bytes(void **state)
{
    const char euro[] = "\xe2\x82\xac", smile[] = "\xf0\x9f\x98\x80";

    for (size_t len = 1; len < 3; len++)
        assert_false(text_is_utf8(slice_of(euro, len)));
    for (size_t len = 1; len < 4; len++)
        assert_false(text_is_utf8(slice_of(smile, len)));
    assert_false(text_is_utf8(slice_text("\x80")));
    assert_false(text_is_utf8(slice_text("a\xbf")));
    assert_false(text_is_utf8(slice_text("\xe2(\xa1")));
    assert_false(text_is_utf8(slice_text("\xe2\x82(")));
    assert_false(text_is_utf8(slice_text("\xfe")));
    assert_false(text_is_utf8(slice_text("\xf5\x80\x80\x80")));
    assert_true(text_is_utf8(slice_text("")));
    assert_true(text_is_utf8(slice_of("a\0b", 3)));
    assert_true(text_is_utf8(slice_text("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(overlong_forms),
        cmocka_unit_test(cut_and_stray_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
