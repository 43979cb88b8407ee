/* Bytes of a string literal, NUL bytes included. */
#ifndef TESTS_WIRE_BYTES_H
#define TESTS_WIRE_BYTES_H

#include "wire/cursor.h"

#define BYTES(literal) slice_of("" literal, sizeof(literal) - 1)
#define BYTES_INIT(literal)                                                                        \
    {                                                                                              \
        (const uint8_t *)"" literal, sizeof(literal) - 1                                           \
    }

static inline struct wire_cursor cursor_over(struct slice bytes)
{
    struct wire_cursor cursor;

    wire_cursor_init(&cursor, bytes);
    return cursor;
}

#endif
