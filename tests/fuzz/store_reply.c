/* What Redis sends, cut in two anywhere: walked through as callers do. */
#include "fuzz.h"

#include "store/resp.h"

#include <stdlib.h>

static size_t walk(const struct store_reply *reply)
{
    size_t sum = store_reply_string(reply).len + (size_t)(store_reply_integer(reply) & 1);
    for (size_t i = 0; i < store_reply_count(reply); i++)
        sum += walk(store_reply_at(reply, i));
    if (store_reply_at(reply, store_reply_count(reply)) != NULL)
        abort();
    return sum;
}

static int drain(struct resp_reader *reader)
{
    struct store_reply *reply = NULL;
    struct error err = ERROR_INIT;
    int got;
    while ((got = resp_reader_next(reader, &reply, &err)) > 0) {
        walk(reply);
        resp_reply_is_error(reply, &err);
        resp_reply_free(reply);
    }
    return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t cut = data[0] < size ? data[0] : size - 1;
    struct resp_reader *reader = resp_reader_new();
    resp_reader_feed(reader, slice_of(data + 1, cut));
    if (drain(reader) == 0) {
        resp_reader_feed(reader, slice_of(data + 1 + cut, size - 1 - cut));
        drain(reader);
    }
    resp_reader_free(reader);
    return 0;
}
