#include "base/utf8.h"

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The second byte is narrower than a continuation after these: it excludes longer forms than
 * needed (E0, F0), surrogates (ED) and what lies past U+10FFFF (F4). RFC 3629 section 4. */
static bool second_is_valid(uint8_t first, uint8_t second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return is_continuation(second);
    }
}

static size_t length_of_first(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    if (first >= 0xf0 && first <= 0xf4)
        return 4;
    return 0;
}

size_t utf8_length(struct slice bytes)
{
    size_t len = bytes.len > 0 ? length_of_first(bytes.data[0]) : 0;

    if (len == 0 || len > bytes.len)
        return 0;
    if (len > 1 && !second_is_valid(bytes.data[0], bytes.data[1]))
        return 0;
    for (size_t i = 2; i < len; i++) {
        if (!is_continuation(bytes.data[i]))
            return 0;
    }
    return len;
}
