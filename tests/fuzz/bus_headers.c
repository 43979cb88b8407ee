/* The headers column of the local log: decodes or says no, and what decodes encodes to the same. */
#include "fuzz.h"

#include "base/memory.h"
#include "bus/local.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record record;
    if (local_headers_decode(&record, slice_of(data, size), NULL) < 0)
        return 0;
    uint8_t *back = xmalloc(size);
    if (local_headers_size(&record) != size)
        abort();
    local_headers_encode(&record, back);
    if (memcmp(back, data, size) != 0)
        abort();
    free(back);
    return 0;
}
