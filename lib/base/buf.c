#include "base/buf.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64

static size_t buf_limit(const struct buf *buf)
{
    return buf->max ? buf->max : BUF_MAX_DEFAULT;
}

/* Doubles, so that n appends cost O(n), but never reserves more than the bound and its NUL. */
static void grow(struct buf *buf, size_t need)
{
    size_t cap = buf->cap ? buf->cap : FIRST_CAPACITY;

    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (cap > buf_limit(buf) + 1 && need <= buf_limit(buf) + 1)
        cap = buf_limit(buf) + 1;
    buf->data = xrealloc(buf->data, cap);
    buf->cap = cap;
}

/* Makes room for `more` bytes and a NUL; false when that would pass the bound. */
static bool reserve(struct buf *buf, size_t more)
{
    if (buf->overflow)
        return false;
    if (buf->len > buf_limit(buf) || more > buf_limit(buf) - buf->len || more > SIZE_MAX / 4) {
        buf->overflow = true;
        return false;
    }
    if (buf->len + more + 1 > buf->cap)
        grow(buf, buf->len + more + 1);
    return true;
}

void buf_append(struct buf *buf, const void *data, size_t len)
{
    if (len == 0 || !reserve(buf, len))
        return;
    memcpy(buf->data + buf->len, data, len);
    buf->len += len;
}

void buf_append_slice(struct buf *buf, struct slice slice)
{
    buf_append(buf, slice.data, slice.len);
}

void buf_puts(struct buf *buf, const char *text)
{
    buf_append(buf, text, strlen(text));
}

void buf_putc(struct buf *buf, char c)
{
    buf_append(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    buf_vprintf(buf, format, args);
    va_end(args);
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    int len;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    if (len < 0)
        buf->overflow = true; /* only a result past INT_MAX or a broken format ends here */
    else if (reserve(buf, (size_t)len)) {
        vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

void buf_consume(struct buf *buf, size_t len)
{
    if (len >= buf->len) {
        buf->len = 0;
        return;
    }
    memmove(buf->data, buf->data + len, buf->len - len);
    buf->len -= len;
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->overflow = false;
}

void buf_free(struct buf *buf)
{
    free(buf->data);
    *buf = BUF_INIT(buf->max);
}

const char *buf_text(struct buf *buf)
{
    if (!buf->data)
        return "";
    buf->data[buf->len] = '\0';
    return (const char *)buf->data;
}

char *buf_take_text(struct buf *buf)
{
    char *text;

    if (!buf->data) {
        buf_clear(buf);
        return xstrdup("");
    }
    buf->data[buf->len] = '\0';
    text = (char *)buf->data;
    *buf = BUF_INIT(buf->max);
    return text;
}

struct slice buf_slice(const struct buf *buf)
{
    return slice_of(buf->data, buf->len);
}

struct slice slice_of(const void *data, size_t len)
{
    return (struct slice){.data = data, .len = len};
}

struct slice slice_text(const char *text)
{
    return slice_of(text, strlen(text));
}

bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}
