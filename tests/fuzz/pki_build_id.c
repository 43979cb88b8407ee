/* A build id from a URL: nothing but an issued one verifies. */
#include "fuzz.h"

#include "pki/build_id.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *id = calloc(1, size + 1);
    int64_t issued = 0;
    if (id == NULL)
        abort();
    if (size > 0)
        memcpy(id, data, size);
    if (build_id_verify(id, slice_text("a key that the fuzzer does not know"), &issued))
        abort();
    free(id);
    return 0;
}
