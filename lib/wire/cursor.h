/* A cursor over msgpack bytes that checks everything before it believes it.
 *
 * Decoders walk the bytes and never build object trees. Checked: counts against the bytes left
 * (so that no five-byte message can claim a billion entries), depth, lengths against the caller's
 * bounds, UTF-8 of strings, order and duplicates of field ids (by the generated code), and full
 * consumption. The first failure sticks: later reads return zeros, and wire_cursor_finish()
 * reports it with the byte offset. Format: https://github.com/msgpack/msgpack/blob/master/spec.md
 */
#ifndef WIRE_CURSOR_H
#define WIRE_CURSOR_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define WIRE_DEPTH_MAX 8

struct wire_cursor {
    struct slice bytes;
    size_t at;
    unsigned depth;
    bool failed;
    struct error error;
};

void wire_cursor_init(struct wire_cursor *cursor, struct slice bytes);

uint32_t wire_read_map(struct wire_cursor *cursor, uint32_t max);   /* number of pairs */
uint32_t wire_read_array(struct wire_cursor *cursor, uint32_t max); /* number of elements */
void wire_leave(struct wire_cursor *cursor);                        /* ends a map or an array */
uint64_t wire_read_u64(struct wire_cursor *cursor, uint64_t max);
int64_t wire_read_i64(struct wire_cursor *cursor);
bool wire_read_bool(struct wire_cursor *cursor);
/* UTF-8 without NUL bytes, copied with a NUL into `out` of max + 1 bytes. */
void wire_read_string(struct wire_cursor *cursor, char *out, size_t max);
struct slice wire_read_bytes(struct wire_cursor *cursor, size_t max); /* points into the input */
void wire_skip(struct wire_cursor *cursor);                           /* one value, any type */

void wire_cursor_fail(struct wire_cursor *cursor, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* 0 when nothing failed and every byte was read; ERROR_CORRUPT otherwise. */
int wire_cursor_finish(struct wire_cursor *cursor, struct error *err);

#endif
