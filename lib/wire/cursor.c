#include "wire/cursor.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A msgpack type with a length or a count: short ones inside the first byte (`fix` to `fix_last`),
 * longer ones in the big-endian bytes after `first`, `first` + 1, ... `last`: `first_size` of them,
 * then twice as many each time. */
struct family {
    const char *name;
    uint8_t fix, fix_last;
    uint8_t first, last, first_size;
};

static const struct family map_family = {"map", 0x80, 0x8f, 0xde, 0xdf, 2};
static const struct family array_family = {"array", 0x90, 0x9f, 0xdc, 0xdd, 2};
static const struct family string_family = {"string", 0xa0, 0xbf, 0xd9, 0xdb, 1};
static const struct family bytes_family = {"bytes", 1, 0, 0xc4, 0xc6, 1}; /* has no short form */
static const struct family ext_family = {"extension", 1, 0, 0xc7, 0xc9, 1};

void wire_cursor_init(struct wire_cursor *cursor, struct slice bytes)
{
    *cursor = (struct wire_cursor){.bytes = bytes};
}

void wire_cursor_fail(struct wire_cursor *cursor, const char *format, ...)
{
    char text[256];
    va_list args;

    if (cursor->failed)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    cursor->failed = true;
    error_set(&cursor->error, ERROR_CORRUPT, "byte %zu: %s", cursor->at, text);
}

int wire_cursor_finish(struct wire_cursor *cursor, struct error *err)
{
    if (!cursor->failed && cursor->at != cursor->bytes.len)
        wire_cursor_fail(cursor, "%zu bytes left over", cursor->bytes.len - cursor->at);
    if (!cursor->failed)
        return 0;
    if (err)
        *err = cursor->error;
    return -1;
}

static size_t left(const struct wire_cursor *cursor)
{
    return cursor->bytes.len - cursor->at;
}

/* The next `len` bytes; NULL and a failure when there are fewer. */
static const uint8_t *take(struct wire_cursor *cursor, size_t len)
{
    const uint8_t *bytes;

    if (!cursor->failed && len > left(cursor))
        wire_cursor_fail(cursor, "ends early, %zu bytes more are needed", len - left(cursor));
    if (cursor->failed)
        return NULL;
    bytes = cursor->bytes.data + cursor->at;
    cursor->at += len;
    return bytes;
}

static uint64_t take_number(struct wire_cursor *cursor, size_t len)
{
    const uint8_t *bytes = take(cursor, len);
    uint64_t number = 0;

    for (size_t i = 0; bytes && i < len; i++)
        number = number << 8 | bytes[i];
    return number;
}

static uint8_t take_byte(struct wire_cursor *cursor)
{
    return (uint8_t)take_number(cursor, 1);
}

static bool belongs_to(const struct family *family, uint8_t byte)
{
    if (byte >= family->fix && byte <= family->fix_last)
        return true;
    return byte >= family->first && byte <= family->last;
}

/* The first byte, when it is of this family; the offset of a failure is that byte. */
static uint8_t take_first(struct wire_cursor *cursor, const struct family *family)
{
    uint8_t byte = take_byte(cursor);

    if (cursor->failed || belongs_to(family, byte))
        return byte;
    cursor->at--;
    wire_cursor_fail(cursor, "0x%02x is not of the type %s", byte, family->name);
    return 0;
}

static uint32_t take_length(struct wire_cursor *cursor, const struct family *family)
{
    uint8_t byte = take_first(cursor, family);
    size_t size = family->first_size;

    if (cursor->failed)
        return 0;
    if (byte >= family->fix && byte <= family->fix_last)
        return (uint32_t)(byte - family->fix);
    for (uint8_t first = family->first; first < byte; first++)
        size *= 2;
    return (uint32_t)take_number(cursor, size);
}

/* A count is believed only as far as the bytes left can hold that many values. */
static uint32_t enter(struct wire_cursor *cursor, const struct family *family, uint32_t max,
                      unsigned values_each)
{
    uint32_t count = take_length(cursor, family);

    if (count > max)
        wire_cursor_fail(cursor, "%s of %" PRIu32 " is over the bound of %" PRIu32, family->name,
                         count, max);
    else if (count > left(cursor) / values_each)
        wire_cursor_fail(cursor, "%s claims more than the bytes left can hold", family->name);
    else if (cursor->depth >= WIRE_DEPTH_MAX)
        wire_cursor_fail(cursor, "nested deeper than %d", WIRE_DEPTH_MAX);
    if (cursor->failed)
        return 0;
    cursor->depth++;
    return count;
}

uint32_t wire_read_map(struct wire_cursor *cursor, uint32_t max)
{
    return enter(cursor, &map_family, max, 2);
}

uint32_t wire_read_array(struct wire_cursor *cursor, uint32_t max)
{
    return enter(cursor, &array_family, max, 1);
}

void wire_leave(struct wire_cursor *cursor)
{
    if (cursor->depth > 0)
        cursor->depth--;
}

struct integer {
    bool negative;
    uint64_t bits; /* two's complement when negative */
};

static struct integer take_signed(struct wire_cursor *cursor, size_t len)
{
    uint64_t bits = take_number(cursor, len);
    uint64_t sign = UINT64_C(1) << (len * 8 - 1);

    if ((bits & sign) == 0)
        return (struct integer){.bits = bits};
    return (struct integer){.negative = true, .bits = bits | ~(sign - 1)};
}

static struct integer take_integer(struct wire_cursor *cursor)
{
    uint8_t byte = take_byte(cursor);

    if (byte <= 0x7f)
        return (struct integer){.bits = byte};
    if (byte >= 0xe0)
        return (struct integer){.negative = true, .bits = UINT64_MAX - (uint64_t)(0xff - byte)};
    if (byte >= 0xcc && byte <= 0xcf)
        return (struct integer){.bits = take_number(cursor, (size_t)1 << (byte - 0xcc))};
    if (byte >= 0xd0 && byte <= 0xd3)
        return take_signed(cursor, (size_t)1 << (byte - 0xd0));
    cursor->at--;
    wire_cursor_fail(cursor, "0x%02x is not of the type integer", byte);
    return (struct integer){.bits = 0};
}

uint64_t wire_read_u64(struct wire_cursor *cursor, uint64_t max)
{
    struct integer integer = take_integer(cursor);

    if (integer.negative)
        wire_cursor_fail(cursor, "negative number");
    else if (integer.bits > max)
        wire_cursor_fail(cursor, "%" PRIu64 " is over the bound of %" PRIu64, integer.bits, max);
    return cursor->failed ? 0 : integer.bits;
}

int64_t wire_read_i64(struct wire_cursor *cursor)
{
    struct integer integer = take_integer(cursor);

    if (!integer.negative && integer.bits > INT64_MAX)
        wire_cursor_fail(cursor, "%" PRIu64 " does not fit 64 bits with a sign", integer.bits);
    return cursor->failed ? 0 : (int64_t)integer.bits;
}

bool wire_read_bool(struct wire_cursor *cursor)
{
    uint8_t byte = take_byte(cursor);

    if (!cursor->failed && byte != 0xc2 && byte != 0xc3) {
        cursor->at--;
        wire_cursor_fail(cursor, "0x%02x is not of the type boolean", byte);
    }
    return !cursor->failed && byte == 0xc3;
}

/* Checks the length against the bound first, so that a length that is too long is told as such
 * whether or not the bytes are there. */
static struct slice take_bounded(struct wire_cursor *cursor, const struct family *family,
                                 size_t max)
{
    uint32_t len = take_length(cursor, family);
    const uint8_t *bytes;

    if (len > max)
        wire_cursor_fail(cursor, "%s of %" PRIu32 " bytes is over the bound of %zu", family->name,
                         len, max);
    bytes = take(cursor, len);
    return bytes ? slice_of(bytes, len) : slice_of(NULL, 0);
}

void wire_read_string(struct wire_cursor *cursor, char *out, size_t max)
{
    struct slice text = take_bounded(cursor, &string_family, max);

    out[0] = '\0';
    if (text.len == 0)
        return;
    if (memchr(text.data, '\0', text.len) || !text_is_utf8(text)) {
        wire_cursor_fail(cursor, "string is not valid UTF-8 without NUL bytes");
        return;
    }
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
}

struct slice wire_read_bytes(struct wire_cursor *cursor, size_t max)
{
    return take_bounded(cursor, &bytes_family, max);
}

/* Bytes after the first one of a value whose size its first byte tells; -1 for any other. */
static int fixed_size(uint8_t byte)
{
    if (byte <= 0x7f || byte >= 0xe0 || byte == 0xc0 || byte == 0xc2 || byte == 0xc3)
        return 0;
    if (byte == 0xca || byte == 0xcb)
        return 4 << (byte - 0xca);
    if (byte >= 0xcc && byte <= 0xcf)
        return 1 << (byte - 0xcc);
    if (byte >= 0xd0 && byte <= 0xd3)
        return 1 << (byte - 0xd0);
    if (byte >= 0xd4 && byte <= 0xd8)
        return 1 + (1 << (byte - 0xd4)); /* an extension has a type byte */
    return -1;
}

/* Recursion ends at WIRE_DEPTH_MAX. */
static void skip_values(struct wire_cursor *cursor, uint64_t count)
{
    for (uint64_t i = 0; i < count && !cursor->failed; i++)
        wire_skip(cursor);
    wire_leave(cursor);
}

static void skip_sized(struct wire_cursor *cursor, uint8_t byte)
{
    if (belongs_to(&map_family, byte))
        skip_values(cursor, (uint64_t)2 * wire_read_map(cursor, UINT32_MAX));
    else if (belongs_to(&array_family, byte))
        skip_values(cursor, wire_read_array(cursor, UINT32_MAX));
    else if (belongs_to(&string_family, byte))
        take_bounded(cursor, &string_family, SIZE_MAX);
    else if (belongs_to(&bytes_family, byte))
        take_bounded(cursor, &bytes_family, SIZE_MAX);
    else if (belongs_to(&ext_family, byte))
        take(cursor, (size_t)1 + take_length(cursor, &ext_family));
    else
        wire_cursor_fail(cursor, "0x%02x is not msgpack", byte);
}

void wire_skip(struct wire_cursor *cursor)
{
    uint8_t byte = take_byte(cursor);
    int size = fixed_size(byte);

    if (cursor->failed)
        return;
    if (size >= 0) {
        take(cursor, (size_t)size);
        return;
    }
    cursor->at--;
    skip_sized(cursor, byte);
}
