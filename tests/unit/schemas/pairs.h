/* An encoded message taken apart into its fields, to be put together wrongly. */
#ifndef TESTS_SCHEMAS_PAIRS_H
#define TESTS_SCHEMAS_PAIRS_H

#include "wire/cursor.h"
#include "wire/writer.h"

#include <stdlib.h>

#define PAIRS_MAX 64

struct pair {
    uint64_t id;
    struct slice value; /* as encoded */
};

struct pairs {
    struct pair items[PAIRS_MAX];
    uint32_t count;
};

/* The values point into `bytes`. */
static inline struct pairs pairs_of(struct slice bytes)
{
    struct pairs pairs = {.count = 0};
    struct wire_cursor cursor;

    wire_cursor_init(&cursor, bytes);
    pairs.count = wire_read_map(&cursor, PAIRS_MAX);
    for (uint32_t i = 0; i < pairs.count; i++) {
        size_t start;

        pairs.items[i].id = wire_read_u64(&cursor, UINT32_MAX);
        start = cursor.at;
        wire_skip(&cursor);
        pairs.items[i].value = slice_of(bytes.data + start, cursor.at - start);
    }
    if (wire_cursor_finish(&cursor, NULL) < 0)
        abort();
    return pairs;
}

static inline void pairs_insert(struct pairs *pairs, uint32_t at, struct pair pair)
{
    if (pairs->count == PAIRS_MAX)
        abort();
    for (uint32_t i = pairs->count++; i > at; i--)
        pairs->items[i] = pairs->items[i - 1];
    pairs->items[at] = pair;
}

static inline void pairs_remove(struct pairs *pairs, uint32_t at)
{
    pairs->count--;
    for (uint32_t i = at; i < pairs->count; i++)
        pairs->items[i] = pairs->items[i + 1];
}

static inline void pairs_write(const struct pairs *pairs, struct buf *out)
{
    buf_clear(out);
    wire_write_map(out, pairs->count);
    for (uint32_t i = 0; i < pairs->count; i++) {
        wire_write_u64(out, pairs->items[i].id);
        buf_append_slice(out, pairs->items[i].value);
    }
}

#endif
