/* Drives the cursor by the first half of the input over the second half. */
#include "fuzz.h"
#include "wire/cursor.h"

#include <stdlib.h>
#include <string.h>

#define STRING_MAX 16

static void read_string(struct wire_cursor *cursor, size_t max)
{
    char *exact = malloc(max + 1); /* a write past the end is seen by the sanitizer */

    if (!exact)
        abort();
    wire_read_string(cursor, exact, max);
    if (strlen(exact) > max || (cursor->failed && exact[0] != '\0'))
        abort();
    free(exact);
}

static void step(struct wire_cursor *cursor, uint8_t what)
{
    uint32_t bound = what >> 3;

    switch (what & 7) {
    case 0:
        wire_read_map(cursor, bound);
        break;
    case 1:
        wire_read_array(cursor, bound);
        break;
    case 2:
        wire_leave(cursor);
        break;
    case 3:
        wire_read_u64(cursor, bound == 31 ? UINT64_MAX : bound);
        break;
    case 4:
        wire_read_i64(cursor);
        break;
    case 5:
        read_string(cursor, bound % STRING_MAX);
        break;
    case 6:
        wire_read_bytes(cursor, bound);
        break;
    case 7:
        wire_skip(cursor);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_cursor cursor;
    struct error err = ERROR_INIT;
    size_t half = size / 2, last = 0;

    wire_cursor_init(&cursor, slice_of(data + half, size - half));
    for (size_t i = 0; i < half; i++) {
        step(&cursor, data[i]);
        if (cursor.at < last || cursor.at > size - half || cursor.depth > WIRE_DEPTH_MAX)
            abort();
        last = cursor.failed ? 0 : cursor.at;
    }
    if (wire_cursor_finish(&cursor, &err) < 0 && err.code != ERROR_CORRUPT)
        abort();
    return 0;
}
