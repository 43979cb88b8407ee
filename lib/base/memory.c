#include "base/memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Formats on the stack and writes once: nothing here may allocate. */
static _Noreturn void out_of_memory(size_t size)
{
    char line[80];
    int len = snprintf(line, sizeof(line), "out of memory: cannot allocate %zu bytes\n", size);

    if (len > 0 && write(STDERR_FILENO, line, (size_t)len) < 0) {
        /* nobody is left to tell */
    }
    abort();
}

static void *checked(void *memory, size_t size)
{
    if (!memory)
        out_of_memory(size);
    return memory;
}

void *xmalloc(size_t size)
{
    return checked(malloc(size ? size : 1), size);
}

void *xcalloc(size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        out_of_memory(SIZE_MAX);
    return checked(calloc(1, total ? total : 1), total);
}

void *xrealloc(void *memory, size_t size)
{
    return checked(realloc(memory, size ? size : 1), size);
}

void *xreallocarray(void *memory, size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        out_of_memory(SIZE_MAX);
    return xrealloc(memory, total);
}

char *xstrdup(const char *text)
{
    return xmemdup(text, strlen(text) + 1);
}

char *xstrndup(const char *text, size_t len)
{
    size_t used = strnlen(text, len);
    char *copy = xmalloc(used + 1);

    memcpy(copy, text, used);
    copy[used] = '\0';
    return copy;
}

void *xmemdup(const void *data, size_t len)
{
    void *copy = xmalloc(len);

    if (len > 0)
        memcpy(copy, data, len);
    return copy;
}

char *xasprintf(const char *format, ...)
{
    va_list args;
    char *text;
    int len;

    va_start(args, format);
    len = vasprintf(&text, format, args);
    va_end(args);
    if (len < 0)
        out_of_memory(0);
    return text;
}

void memory_free_pointer(void *pointer_to_pointer)
{
    void *memory;

    memcpy(&memory, pointer_to_pointer, sizeof(memory));
    free(memory);
}

void memory_close_fd(int *fd)
{
    int saved = errno;

    if (*fd >= 0)
        close(*fd);
    errno = saved; /* a scope often ends on the way to error_errno() */
}
