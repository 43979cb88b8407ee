#include "base/text.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <string.h>

#define NAME_MAX_LENGTH 63

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

bool text_is_name(const char *text)
{
    size_t len = strnlen(text, NAME_MAX_LENGTH + 1);

    if (len == 0 || len > NAME_MAX_LENGTH || text[0] == '-' || text[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is_name_char(text[i]))
            return false;
    }
    return true;
}

bool text_is_utf8(struct slice bytes)
{
    while (bytes.len > 0) {
        size_t len = utf8_length(bytes);

        if (len == 0)
            return false;
        bytes = slice_of(bytes.data + len, bytes.len - len);
    }
    return true;
}

bool text_copy(char *out, size_t size, const char *text)
{
    size_t len = strlen(text);

    if (size == 0)
        return false;
    if (len >= size) {
        out[0] = '\0';
        return false;
    }
    memcpy(out, text, len + 1);
    return true;
}

bool text_equal(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    return strcmp(a, b) == 0;
}

bool text_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *text, const char *suffix)
{
    size_t len = strlen(text), suffix_len = strlen(suffix);

    return len >= suffix_len && strcmp(text + len - suffix_len, suffix) == 0;
}

/* Counts downwards, because INT64_MIN has no positive counterpart. */
static bool parse_negated(const char *digits, int64_t *ret)
{
    int64_t value = 0;

    if (*digits == '\0')
        return false;
    for (; *digits; digits++) {
        if (*digits < '0' || *digits > '9')
            return false;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, *digits - '0', &value))
            return false;
    }
    *ret = value;
    return true;
}

int text_parse_int(const char *text, int64_t min, int64_t max, int64_t *ret, struct error *err)
{
    bool negative = text[0] == '-';
    int64_t value = 0;
    bool ok = parse_negated(text + negative, &value);

    if (ok && !negative)
        ok = !__builtin_sub_overflow(INT64_C(0), value, &value);
    if (!ok || value < min || value > max)
        return error_set(err, ERROR_INVALID,
                         "\"%.40s\" is not a whole number from %" PRId64 " to %" PRId64, text, min,
                         max);
    *ret = value;
    return 0;
}
