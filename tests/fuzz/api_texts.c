/* Texts that come back to the API: tokens of machines, positions in Redis, parameters of queries.
 */
#include "fuzz.h"

#include "api/auth.h"
#include "api/bodies.h"
#include "api/projection.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static void check_position(struct slice text)
{
    struct projection_position position, again;
    char out[PROJECTION_POSITION_SIZE];

    if (!projection_position_parse(text, &position))
        return;
    projection_position_format(&position, out);
    if (!projection_position_parse(slice_text(out), &again) ||
        memcmp(&position, &again, sizeof(position)) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = xstrndup(size > 0 ? (const char *)data : "", size);
    struct machine_identity identity;
    const char *token = auth_bearer(text);
    int64_t wait_ms;

    check_position(slice_of(data, size));
    if (parse_wait(text, 0, &wait_ms, NULL) == 0 && (wait_ms < 0 || wait_ms > 60000))
        abort();
    /* Nobody guesses a MAC. */
    if (machine_token_check(slice_text("key"), "m-1", token != NULL ? token : text, &identity))
        abort();
    return 0;
}
