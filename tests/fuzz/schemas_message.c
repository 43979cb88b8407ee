/* Decodes a message that the first byte chooses from the rest of the input. What is understood can
 * be written, and reads the same again; it can be copied and printed. */
#include "base/memory.h"
#include "base/text.h"
#include "fuzz.h"
#include "schemas/messages.h"

#include <stdlib.h>

static void check_round_trip(const struct wire_message *type, const void *message)
{
    _cleanup_buf_ struct buf first = BUF_INIT(0), second = BUF_INIT(0);
    _cleanup_free_ void *again = xmalloc(type->size);

    wire_message_encode(type, message, &first);
    if (first.overflow || wire_message_decode(type, again, buf_slice(&first), NULL) < 0)
        abort();
    wire_message_encode(type, again, &second);
    if (!slice_equal(buf_slice(&first), buf_slice(&second)))
        abort();
    wire_message_clear(type, again);
}

static void check_copy_and_print(const struct wire_message *type, const void *message)
{
    _cleanup_buf_ struct buf json = BUF_INIT(0);
    _cleanup_free_ void *copy = xmalloc(type->size);

    wire_message_copy(type, copy, message);
    wire_message_json(type, copy, &json);
    if (json.overflow || !text_is_utf8(buf_slice(&json)))
        abort();
    wire_message_clear(type, copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct wire_message *type;
    struct error err = ERROR_INIT;
    void *message;

    if (size == 0)
        return 0;
    type = message_schemas[data[0] % message_schema_count];
    message = xmalloc(type->size);
    if (wire_message_decode(type, message, slice_of(data + 1, size - 1), &err) == 0) {
        check_round_trip(type, message);
        check_copy_and_print(type, message);
        wire_message_clear(type, message);
    } else if (err.code != ERROR_CORRUPT) {
        abort();
    }
    free(message);
    return 0;
}
