/* How much a decoder allocates. The linker sends its allocations through the functions below. */
#include "schemas/messages.h"

#include "../wire/sample.h"
#include "base/memory.h"
#include "testing.h"
#include "wire/writer.h"

#include <stdlib.h>

static size_t allocated;

void *__real_xmalloc(size_t size);
void *__real_xcalloc(size_t count, size_t size);
void *__real_xmemdup(const void *data, size_t len);
void *__wrap_xmalloc(size_t size);
void *__wrap_xcalloc(size_t count, size_t size);
void *__wrap_xmemdup(const void *data, size_t len);

void *__wrap_xmalloc(size_t size)
{
    allocated += size;
    return __real_xmalloc(size);
}

void *__wrap_xcalloc(size_t count, size_t size)
{
    allocated += count * size;
    return __real_xcalloc(count, size);
}

void *__wrap_xmemdup(const void *data, size_t len)
{
    allocated += len;
    return __real_xmemdup(data, len);
}

/* The most that one byte of input may cost: an element by the bytes that it takes at least. */
static size_t cost_of_byte(const struct wire_message *type)
{
    size_t most = 1;

    for (size_t i = 0; i < type->count; i++) {
        const struct wire_field *field = &type->fields[i];
        size_t cost = field->size;

        if (field->list == 0)
            continue;
        if (field->type == WIRE_MESSAGE)
            cost = cost / field->message->min_encoded + 1 + cost_of_byte(field->message);
        most = cost > most ? cost : most;
    }
    return most;
}

static size_t cost_of(const struct wire_message *type, struct slice bytes)
{
    void *message = malloc(type->size);

    allocated = 0;
    if (wire_message_decode(type, message, bytes, NULL) == 0)
        wire_message_clear(type, message);
    free(message);
    return allocated;
}

static void wild_claims_cost_nothing(void **state)
{
    for (size_t i = 0; i < message_schema_count; i++) {
        for (size_t j = 0; j < message_schemas[i]->count; j++) {
            const struct wire_field *field = &message_schemas[i]->fields[j];
            const uint8_t first[] = {0xdd, 0xdb, 0xc6, 0xdf, 0xc9};

            for (size_t k = 0; k < sizeof(first); k++) {
                _cleanup_buf_ struct buf out = BUF_INIT(0);

                wire_write_map(&out, 1);
                wire_write_u64(&out, field->id);
                buf_append(&out, &first[k], 1);
                buf_puts(&out, "\xff\xff\xff\xff");
                assert_int_equal(cost_of(message_schemas[i], buf_slice(&out)), 0);
                out.len -= 4;
                buf_append(&out, "\0\0\0\x04", 4); /* plausible, but not there */
                assert_int_equal(cost_of(message_schemas[i], buf_slice(&out)), 0);
            }
        }
    }
}

/* A list of messages at its bound that has one byte for each: too few for what is required. */
static void bytes_per_element_are_counted(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);
    struct fleet_change change;
    struct error err = ERROR_INIT;

    wire_write_map(&out, 7);
    for (uint64_t id = 1; id <= 6; id++) {
        wire_write_u64(&out, id);
        if (id == 4)
            wire_write_string(&out, "x");
        else
            wire_write_u64(&out, 1);
    }
    wire_write_u64(&out, 7);
    wire_write_array(&out, 256);
    for (int i = 0; i < 256; i++)
        wire_write_map(&out, 0);
    allocated = 0;
    assert_int_equal(fleet_change_decode(&change, buf_slice(&out), &err), -1);
    assert_string_equal(err.message, "fleet_change: builders: byte 18: list claims more than the "
                                     "bytes left can hold");
    assert_int_equal(allocated, 0);
}

static void any_bytes_cost_little(void **state)
{
    for (size_t i = 0; i < message_schema_count; i++) {
        const struct wire_message *type = message_schemas[i];
        size_t each = cost_of_byte(type);

        for (uint64_t seed = 0; seed < 300; seed++) {
            struct sample sample = {.kind = SAMPLE_RANDOM, .seed = seed};
            void *message = sample_make(&sample, type);
            _cleanup_buf_ struct buf out = BUF_INIT(0);

            wire_message_encode(type, message, &out);
            assert_true(cost_of(type, buf_slice(&out)) <= out.len * each);
            for (int flips = 0; flips < 20; flips++) {
                out.data[sample_random(&sample) % out.len] = (uint8_t)sample_random(&sample);
                assert_true(cost_of(type, buf_slice(&out)) <= out.len * each);
            }
            sample_free(type, message);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wild_claims_cost_nothing),
        cmocka_unit_test(bytes_per_element_are_counted),
        cmocka_unit_test(any_bytes_cost_little),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
