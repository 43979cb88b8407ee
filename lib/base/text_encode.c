/* Bytes as text: base 32, hexadecimal, JSON strings. */
#include "base/text.h"

#include "base/utf8.h"

#include <string.h>

static const char base32_digits[] = "0123456789abcdefghijklmnopqrstuv";
static const char hex_digits[] = "0123456789abcdef";

static size_t base32_length(size_t len)
{
    return len / 5 * 8 + (len % 5 * 8 + 4) / 5;
}

size_t text_base32_size(size_t len)
{
    return base32_length(len) + 1;
}

void text_base32_encode(char *out, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    unsigned bits = 0, held = 0;

    for (size_t i = 0; i < len; i++) {
        bits = (bits << 8 | bytes[i]) & 0xfff; /* at most 4 bits wait for this byte */
        for (held += 8; held >= 5; held -= 5)
            *out++ = base32_digits[bits >> (held - 5) & 31];
    }
    if (held > 0)
        *out++ = base32_digits[bits << (5 - held) & 31];
    *out = '\0';
}

static int base32_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'v')
        return c - 'a' + 10;
    return -1;
}

bool text_base32_decode(void *out, size_t len, const char *text)
{
    uint8_t *bytes = out;
    unsigned bits = 0, held = 0;
    size_t length = base32_length(len);

    if (strlen(text) != length)
        return false;
    for (size_t i = 0; i < length; i++) {
        int value = base32_value(text[i]);

        if (value < 0)
            return false;
        bits = (bits << 5 | (unsigned)value) & 0xfff; /* at most 7 bits wait for this digit */
        held += 5;
        if (held >= 8) {
            held -= 8;
            *bytes++ = (uint8_t)(bits >> held);
        }
    }
    return (bits & ((1u << held) - 1)) == 0;
}

void text_hex_encode(char *out, const void *data, size_t len)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < len; i++) {
        *out++ = hex_digits[bytes[i] >> 4];
        *out++ = hex_digits[bytes[i] & 15];
    }
    *out = '\0';
}

static void json_ascii(struct buf *out, char c)
{
    static const char escaped[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *found = c ? strchr(escaped, c) : NULL;

    if (found)
        buf_printf(out, "\\%c", letters[found - escaped]);
    else if ((unsigned char)c < 0x20 || c == 0x7f)
        buf_printf(out, "\\u%04x", (unsigned)c);
    else
        buf_putc(out, c);
}

void text_json_string(struct buf *out, struct slice bytes)
{
    buf_putc(out, '"');
    while (bytes.len > 0) {
        size_t len = utf8_length(bytes);

        if (len == 0)
            buf_puts(out, "\xef\xbf\xbd"); /* U+FFFD */
        else if (len == 1)
            json_ascii(out, (char)bytes.data[0]);
        else
            buf_append(out, bytes.data, len);
        len = len ? len : 1;
        bytes = slice_of(bytes.data + len, bytes.len - len);
    }
    buf_putc(out, '"');
}
