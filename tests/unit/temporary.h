/* A folder of its own for a test. */
#ifndef TESTS_TEMPORARY_H
#define TESTS_TEMPORARY_H

#include "base/file.h"
#include "base/memory.h"

#include <stdlib.h>

/* The caller owns the path. */
static inline char *temporary_folder(void)
{
    const char *base = getenv("TMPDIR");
    char *path = xasprintf("%s/leat-test.XXXXXX", base ? base : "/tmp");

    if (!mkdtemp(path))
        abort();
    return path;
}

static inline void temporary_remove(char *path)
{
    if (file_remove_tree(path, NULL) < 0)
        abort();
    free(path);
}

#endif
