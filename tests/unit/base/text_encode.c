#include "base/memory.h"
#include "base/text.h"

#include "testing.h"

#include <stdlib.h>
#include <string.h>

/* RFC 4648 section 10, lower case and without padding. */
static void base32_test_vectors(void **state)
{
    const char *const vectors[][2] = {{"", ""},
                                      {"f", "co"},
                                      {"fo", "cpng"},
                                      {"foo", "cpnmu"},
                                      {"foob", "cpnmuog"},
                                      {"fooba", "cpnmuoj1"},
                                      {"foobar", "cpnmuoj1e8"}};

    for (size_t i = 0; i < array_size(vectors); i++) {
        size_t len = strlen(vectors[i][0]);
        char text[32], data[32];

        text_base32_encode(text, vectors[i][0], len);
        assert_string_equal(text, vectors[i][1]);
        assert_int_equal(text_base32_size(len), strlen(text) + 1);
        assert_true(text_base32_decode(data, len, text));
        assert_memory_equal(data, vectors[i][0], len);
    }
}

static void base32_round_trip_and_order(void **state)
{
    uint8_t data[40], back[40], last[40] = {0};
    char text[80], last_text[80] = "";

    srand(1);
    for (size_t len = 1; len <= sizeof(data); len++) {
        memset(last, 0, sizeof(last));
        text_base32_encode(last_text, last, len);
        for (int i = 0; i < 100; i++) {
            for (size_t j = 0; j < len; j++)
                data[j] = (uint8_t)rand();
            text_base32_encode(text, data, len);
            assert_true(text_base32_decode(back, len, text));
            assert_memory_equal(back, data, len);
            assert_true((memcmp(data, last, len) < 0) == (strcmp(text, last_text) < 0));
            memcpy(last, data, len);
            memcpy(last_text, text, sizeof(text));
        }
    }
}

static void base32_refuses_other_text(void **state)
{
    uint8_t data[8];

    assert_true(text_base32_decode(data, 1, "co"));
    assert_false(text_base32_decode(data, 1, "cp")); /* padding bits are not zero */
    assert_false(text_base32_decode(data, 1, "c"));
    assert_false(text_base32_decode(data, 1, "co0"));
    assert_false(text_base32_decode(data, 1, "CO"));
    assert_false(text_base32_decode(data, 1, "cw"));
    assert_false(text_base32_decode(data, 1, "c="));
    assert_false(text_base32_decode(data, 2, "co"));
    assert_false(text_base32_decode(data, 0, "0"));
    assert_true(text_base32_decode(data, 0, ""));
}

static void hex(void **state)
{
    char text[9];

    text_hex_encode(text, "\x00\x7f\x80\xff", 4);
    assert_string_equal(text, "007f80ff");
    text_hex_encode(text, NULL, 0);
    assert_string_equal(text, "");
}

static void check_json(const char *bytes, size_t len, const char *wanted)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);

    text_json_string(&out, slice_of(bytes, len));
    assert_string_equal(buf_text(&out), wanted);
}

static void json_strings(void **state)
{
    check_json("", 0, "\"\"");
    check_json("a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"");
    check_json("\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"");
    check_json("\0\x01\x1f\x7f", 4, "\"\\u0000\\u0001\\u001f\\u007f\"");
    check_json("\xe2\x82\xac\xf0\x9f\x98\x80", 7, "\"\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

static void json_replaces_invalid_utf8(void **state)
{
    check_json("a\xff"
               "b",
               3,
               "\"a\xef\xbf\xbd"
               "b\"");
    check_json("\xe2\x82", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"");
    check_json("\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base32_test_vectors),
        cmocka_unit_test(base32_round_trip_and_order),
        cmocka_unit_test(base32_refuses_other_text),
        cmocka_unit_test(hex),
        cmocka_unit_test(json_strings),
        cmocka_unit_test(json_replaces_invalid_utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
