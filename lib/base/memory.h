/* Allocation that cannot fail, and cleanup at the end of a scope.
 *
 * Every size that reaches these functions is bounded by configuration or by a schema, so running
 * out of memory means that the computer has none left. The program then says so and aborts: the
 * log is the truth, a restart needs no memory of what was under way, and no code path exists that
 * is only ever run when memory is gone.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *memory, size_t size) __attribute__((returns_nonnull));
void *xreallocarray(void *memory, size_t count, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull, nonnull));
char *xstrndup(const char *text, size_t len) __attribute__((malloc, returns_nonnull, nonnull));
void *xmemdup(const void *data, size_t len) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

/* `_cleanup_free_ char *text = NULL;` frees `text` when it leaves its scope; `_cleanup_close_ int
 * fd = -1;` closes a descriptor that is >= 0. */
void memory_free_pointer(void *pointer_to_pointer);
void memory_close_fd(int *fd);
#define _cleanup_free_  __attribute__((cleanup(memory_free_pointer)))
#define _cleanup_close_ __attribute__((cleanup(memory_close_fd)))
#define _cleanup_(fn)   __attribute__((cleanup(fn)))

/* Gives up ownership: returns the pointer and sets it to NULL. */
#define take_pointer(p)                                                                            \
    __extension__({                                                                                \
        __typeof__(p) taken_ = (p);                                                                \
        (p) = NULL;                                                                                \
        taken_;                                                                                    \
    })

#define array_size(a)         (sizeof(a) / sizeof((a)[0]))
#define container_of(p, t, m) ((t *)(void *)((char *)(p)-offsetof(t, m)))

#endif
