/* The text helpers that meet outside bytes. */
#include "base/memory.h"
#include "base/text.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_json(struct slice input)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);

    text_json_string(&out, input);
    if (!out.overflow && !text_is_utf8(buf_slice(&out)))
        abort();
    for (size_t i = 0; i < out.len; i++) {
        if (out.data[i] < 0x20)
            abort();
    }
}

static void check_base32(struct slice input, const char *text)
{
    _cleanup_free_ char *encoded = xmalloc(text_base32_size(input.len));
    _cleanup_free_ uint8_t *back = xmalloc(input.len);
    size_t len = strlen(text) * 5 / 8;
    _cleanup_free_ uint8_t *decoded = xmalloc(len);
    _cleanup_free_ char *again = xmalloc(text_base32_size(len));

    text_base32_encode(encoded, input.data, input.len);
    if (!text_base32_decode(back, input.len, encoded) ||
        !slice_equal(input, slice_of(back, input.len)))
        abort();
    if (!text_base32_decode(decoded, len, text))
        return;
    text_base32_encode(again, decoded, len);
    if (strcmp(again, text) != 0)
        abort();
}

static void check_number(const char *text)
{
    int64_t number, again;
    char printed[32];

    if (text_parse_int(text, INT64_MIN, INT64_MAX, &number, NULL) < 0)
        return;
    snprintf(printed, sizeof(printed), "%lld", (long long)number);
    if (text_parse_int(printed, number, number, &again, NULL) < 0 || again != number)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = xmalloc(size + 1);

    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    check_json(slice_of(data, size));
    check_base32(slice_of(data, size), text);
    check_number(text);
    if (text_is_name(text) && !text_is_utf8(slice_text(text)))
        abort();
    return 0;
}
