/* Headers made of the input: a byte that chooses the name, a byte with the length, the value. */
#include "fuzz.h"
#include "wire/record.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"ce_specversion", "ce_id",       "ce_source",    "ce_type",
                                    "ce_time",        "traceparent", "content-type", "other"};

static struct record record_of(struct slice input)
{
    struct record record = {.topic = "t"};

    while (input.len >= 2 && record.header_count < RECORD_HEADERS_MAX) {
        struct record_header *header = &record.headers[record.header_count++];
        size_t len = input.data[1] < input.len - 2 ? input.data[1] : input.len - 2;

        header->name = names[input.data[0] & 7];
        header->value = slice_of(input.data + 2, len);
        input = slice_of(input.data + 2 + len, input.len - 2 - len);
    }
    return record;
}

/* What was read can be written and read again. */
static void check_round_trip(const struct envelope *envelope)
{
    struct record record = {.topic = "t"};
    struct envelope again;

    envelope_to_headers(envelope, &record);
    if (envelope_from_headers(&again, &record, NULL) < 0 ||
        memcmp(envelope, &again, sizeof(again)) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record record = record_of(slice_of(data, size));
    struct envelope envelope;
    struct error err = ERROR_INIT;

    if (envelope_from_headers(&envelope, &record, &err) == 0)
        check_round_trip(&envelope);
    else if (err.code != ERROR_CORRUPT)
        abort();
    return 0;
}
