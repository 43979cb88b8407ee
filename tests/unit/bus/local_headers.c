/* A record's headers as one column: there and back, and what is damaged. */
#include "testing.h"

#include "base/memory.h"
#include "bus/local.h"

#include <stdlib.h>
#include <string.h>

static const struct record full = {
    .headers = {{.name = "ce_id", .value = {.data = (const uint8_t *)"id", .len = 2}},
                {.name = "", .value = {.data = NULL, .len = 0}},
                {.name = "binary", .value = {.data = (const uint8_t *)"\0\xff", .len = 2}}},
    .header_count = 3,
};

static void assert_same(const struct record *a, const struct record *b)
{
    assert_int_equal(a->header_count, b->header_count);
    for (size_t i = 0; i < a->header_count; i++) {
        assert_string_equal(a->headers[i].name, b->headers[i].name);
        assert_true(slice_equal(a->headers[i].value, b->headers[i].value));
    }
}

static void test_round_trip(void **state)
{
    const struct record none = {0};
    const struct record *records[] = {&full, &none};
    for (size_t i = 0; i < array_size(records); i++) {
        struct record back = {0};
        size_t len = local_headers_size(records[i]);
        uint8_t *bytes = xmalloc(len);
        local_headers_encode(records[i], bytes);
        assert_int_equal(local_headers_decode(&back, slice_of(bytes, len), NULL), 0);
        assert_same(&back, records[i]);
        free(bytes);
    }
}

/* Copies of the exact size, so that a sanitizer sees a read past the end. */
static int decode_copy(const uint8_t *bytes, size_t len)
{
    struct record record;
    struct error err;
    uint8_t *copy = xmemdup(bytes, len);
    int result = local_headers_decode(&record, slice_of(copy, len), &err);
    if (result < 0)
        assert_int_equal(err.code, ERROR_CORRUPT);
    free(copy);
    return result;
}

static void test_damaged(void **state)
{
    uint8_t bytes[64];
    size_t len = local_headers_size(&full);
    assert_true(len < sizeof(bytes));
    local_headers_encode(&full, bytes);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(decode_copy(bytes, cut), -1);
    bytes[len] = 0;
    assert_int_equal(decode_copy(bytes, len + 1), -1); /* something follows */

    bytes[0] = RECORD_HEADERS_MAX + 1;
    assert_int_equal(decode_copy(bytes, len), -1);
    local_headers_encode(&full, bytes);
    bytes[2] = '\0'; /* a NUL inside the name */
    assert_int_equal(decode_copy(bytes, len), -1);
    local_headers_encode(&full, bytes);
    memset(bytes + 8, 0xff, 4); /* the length of the value */
    assert_int_equal(decode_copy(bytes, len), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip),
                                       cmocka_unit_test(test_damaged)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
