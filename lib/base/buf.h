/* A byte buffer that grows up to a bound, and a view of bytes that somebody else owns.
 *
 * A write past the bound sets `overflow` and is dropped whole; every later write is dropped too,
 * so that a caller may write a whole message and check once. buf_text() keeps a NUL after the
 * data that is not counted in `len`.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
    const uint8_t *data;
    size_t len;
};

struct buf {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max; /* 0 means BUF_MAX_DEFAULT */
    bool overflow;
};

#define BUF_MAX_DEFAULT     ((size_t)16 << 20)
#define BUF_INIT(max_bytes) ((struct buf){.max = (max_bytes)})

void buf_append(struct buf *buf, const void *data, size_t len);
void buf_append_slice(struct buf *buf, struct slice slice);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
void buf_consume(struct buf *buf, size_t len); /* drops bytes from the front */
void buf_clear(struct buf *buf);               /* empties, keeps the memory, forgets overflow */
void buf_free(struct buf *buf);                /* frees the memory; the struct is empty after */
const char *buf_text(struct buf *buf);         /* "" when empty; valid until the next write */
char *buf_take_text(struct buf *buf);          /* the caller owns the text; the buf is empty */

struct slice buf_slice(const struct buf *buf);
struct slice slice_of(const void *data, size_t len);
struct slice slice_text(const char *text); /* without the NUL */
bool slice_equal(struct slice a, struct slice b);

#define _cleanup_buf_ __attribute__((cleanup(buf_free)))

#endif
