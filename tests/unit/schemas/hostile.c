/* Every message of schemas/ with every kind of damage: a decoder refuses it or understands it, and
 * what it understands it can write again. Inputs end exactly at their last byte and results are
 * freed, so that a sanitizer sees a read past the end and a leak. */
#include "schemas/messages.h"

#include "../wire/sample.h"
#include "base/memory.h"
#include "pairs.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLES 6

static struct sample sample_number(uint64_t number)
{
    return (struct sample){.kind = (enum sample_kind)(number < 2 ? number : 2), .seed = number};
}

/* Calls `body` with samples of every message. */
static void for_each_sample(void (*body)(const struct wire_message *type, struct slice encoded))
{
    for (size_t i = 0; i < message_schema_count; i++) {
        for (uint64_t number = 0; number < SAMPLES; number++) {
            const struct wire_message *type = message_schemas[i];
            struct sample sample = sample_number(number);
            void *message = sample_make(&sample, type);
            _cleanup_buf_ struct buf out = BUF_INIT(0);

            wire_message_encode(type, message, &out);
            assert_false(out.overflow);
            body(type, buf_slice(&out));
            sample_free(type, message);
        }
    }
}

static bool is_empty(const struct wire_message *type, const uint8_t *message)
{
    for (size_t i = 0; i < type->size; i++) {
        if (message[i] != 0)
            return false;
    }
    return true;
}

/* Decodes from memory of the exact size; what is understood must come out the same once written
 * and read again. */
static bool understood(const struct wire_message *type, struct slice bytes)
{
    _cleanup_free_ void *exact = xmemdup(bytes.data, bytes.len), *message = xmalloc(type->size);
    _cleanup_buf_ struct buf again = BUF_INIT(0), json = BUF_INIT(0);
    struct error err = ERROR_INIT;

    if (wire_message_decode(type, message, slice_of(exact, bytes.len), &err) < 0) {
        assert_int_equal(err.code, ERROR_CORRUPT);
        assert_int_equal(strncmp(err.message, type->name, strlen(type->name)), 0);
        assert_true(is_empty(type, message));
        return false;
    }
    wire_message_encode(type, message, &again);
    assert_false(again.overflow);
    wire_message_json(type, message, &json);
    assert_false(json.overflow);
    wire_message_clear(type, message);
    assert_int_equal(wire_message_decode(type, message, buf_slice(&again), NULL), 0);
    wire_message_clear(type, message);
    return true;
}

static void check_whole(const struct wire_message *type, struct slice encoded)
{
    assert_true(encoded.len >= type->min_encoded);
    assert_true(understood(type, encoded));
}

static void round_trips(void **state)
{
    for_each_sample(check_whole);
}

static void check_cuts(const struct wire_message *type, struct slice encoded)
{
    size_t step = 1 + encoded.len / 4096; /* each byte, but of the largest only some */

    for (size_t len = 0; len < encoded.len; len += step)
        assert_false(understood(type, slice_of(encoded.data, len)));
}

static void cut_anywhere(void **state)
{
    for_each_sample(check_cuts);
}

static void check_left_over(const struct wire_message *type, struct slice encoded)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);

    buf_append_slice(&out, encoded);
    buf_putc(&out, '\0');
    assert_false(understood(type, buf_slice(&out)));
    out.len--;
    buf_append_slice(&out, encoded);
    assert_false(understood(type, buf_slice(&out)));
}

static void bytes_left_over(void **state)
{
    for_each_sample(check_left_over);
}

static void check_flips(const struct wire_message *type, struct slice encoded)
{
    _cleanup_free_ uint8_t *damaged = xmemdup(encoded.data, encoded.len);
    size_t step = 1 + encoded.len / 512;

    for (size_t at = 0; at < encoded.len; at += step) {
        for (unsigned bit = 0; bit < 8; bit++) {
            damaged[at] ^= (uint8_t)(1u << bit);
            understood(type, slice_of(damaged, encoded.len));
            damaged[at] ^= (uint8_t)(1u << bit);
        }
    }
}

static void flipped_bits(void **state)
{
    for_each_sample(check_flips);
}

static void check_repeated(const struct wire_message *type, struct slice encoded)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);
    const struct pairs good = pairs_of(encoded);

    for (uint32_t i = 0; i < good.count; i++) {
        struct pairs pairs = good;

        pairs_insert(&pairs, i, good.items[i]);
        pairs_write(&pairs, &out);
        assert_false(understood(type, buf_slice(&out)));
        pairs = good;
        pairs_insert(&pairs, pairs.count, good.items[i]);
        pairs_write(&pairs, &out);
        assert_false(understood(type, buf_slice(&out)));
    }
}

static void repeated_fields(void **state)
{
    for_each_sample(check_repeated);
}

static void check_order(const struct wire_message *type, struct slice encoded)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);
    const struct pairs good = pairs_of(encoded);

    for (uint32_t i = 1; i < good.count; i++) {
        struct pairs pairs = good;

        pairs.items[i - 1] = good.items[i];
        pairs.items[i] = good.items[i - 1];
        pairs_write(&pairs, &out);
        assert_false(understood(type, buf_slice(&out)));
    }
}

static void fields_out_of_order(void **state)
{
    for_each_sample(check_order);
}

static bool is_required(const struct wire_message *type, uint64_t id)
{
    for (size_t i = 0; i < type->count; i++) {
        if (type->fields[i].id == id)
            return !type->fields[i].optional;
    }
    return false;
}

static void check_missing(const struct wire_message *type, struct slice encoded)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);
    const struct pairs good = pairs_of(encoded);

    for (uint32_t i = 0; i < good.count; i++) {
        struct pairs pairs = good;

        pairs_remove(&pairs, i);
        pairs_write(&pairs, &out);
        assert_int_equal(understood(type, buf_slice(&out)), !is_required(type, good.items[i].id));
    }
}

static void missing_fields(void **state)
{
    for_each_sample(check_missing);
}

/* Of the types that no field has, and some that fields have. */
static void check_unknown(const struct wire_message *type, struct slice encoded)
{
    const char *const values[] = {"\xc0", "\xa1x", "\x81\xa1x\x91\xca\x01\x01\x01\x01",
                                  "\xd4\x01x"};
    _cleanup_buf_ struct buf out = BUF_INIT(0);
    uint64_t id = type->fields[type->count - 1].id + 1;

    for (size_t i = 0; i < array_size(values); i++) {
        struct pairs pairs = pairs_of(encoded);
        struct pair unknown = {.id = id, .value = slice_text(values[i])};

        pairs_insert(&pairs, pairs.count, unknown);
        pairs_write(&pairs, &out);
        assert_true(understood(type, buf_slice(&out)));
        unknown.id = UINT32_MAX;
        pairs_insert(&pairs, pairs.count, unknown);
        pairs_write(&pairs, &out);
        assert_true(understood(type, buf_slice(&out)));
        pairs_insert(&pairs, pairs.count, unknown);
        pairs_write(&pairs, &out);
        assert_false(understood(type, buf_slice(&out)));
    }
}

static void unknown_fields(void **state)
{
    for_each_sample(check_unknown);
}

static void write_text_of(struct buf *out, size_t len)
{
    _cleanup_free_ char *text = xmalloc(len + 1);

    memset(text, 'x', len);
    text[len] = '\0';
    wire_write_string(out, text);
}

static void write_bytes_of(struct buf *out, size_t len)
{
    _cleanup_free_ uint8_t *data = xcalloc(1, len);

    wire_write_bytes(out, slice_of(data, len));
}

/* One more than the field may have; false when its type has no bound that could be passed. */
static bool write_over_bound(const struct wire_field *field, struct buf *out)
{
    if (field->list > 0) {
        wire_write_array(out, field->list + 1);
        for (uint32_t i = 0; i <= field->list; i++)
            wire_write_u64(out, 0);
        return true;
    }
    if (field->type == WIRE_STRING)
        write_text_of(out, field->max + 1);
    else if (field->type == WIRE_BYTES || field->type == WIRE_OWNED_BYTES)
        write_bytes_of(out, field->max + 1);
    else if (field->type == WIRE_U64 && field->max < UINT64_MAX)
        wire_write_u64(out, field->max + 1);
    else if (field->type == WIRE_ENUM)
        wire_write_u64(out, field->enumeration->count);
    else
        return false;
    return true;
}

/* `encoded` with another value for one field. */
static bool understood_with(const struct wire_message *type, struct slice encoded, uint64_t id,
                            struct slice value)
{
    _cleanup_buf_ struct buf out = BUF_INIT(0);
    struct pairs pairs = pairs_of(encoded);
    uint32_t at = 0;

    while (at < pairs.count && pairs.items[at].id < id)
        at++;
    if (at < pairs.count && pairs.items[at].id == id)
        pairs_remove(&pairs, at);
    pairs_insert(&pairs, at, (struct pair){.id = id, .value = value});
    pairs_write(&pairs, &out);
    return understood(type, buf_slice(&out));
}

static void check_bounds(const struct wire_message *type, struct slice encoded)
{
    for (size_t i = 0; i < type->count; i++) {
        _cleanup_buf_ struct buf value = BUF_INIT(0);

        if (write_over_bound(&type->fields[i], &value))
            assert_false(understood_with(type, encoded, type->fields[i].id, buf_slice(&value)));
    }
}

static void over_bounds(void **state)
{
    for_each_sample(check_bounds);
}

static void check_types(const struct wire_message *type, struct slice encoded)
{
    const char *const wrong[] = {"\xc0", "\xca\x01\x01\x01\x01", "\xd4\x01x", "\xc1"};

    for (size_t i = 0; i < type->count; i++) {
        for (size_t j = 0; j < array_size(wrong); j++)
            assert_false(understood_with(type, encoded, type->fields[i].id, slice_text(wrong[j])));
    }
}

static void wrong_types(void **state)
{
    for_each_sample(check_types);
}

static void check_strings(const struct wire_message *type, struct slice encoded)
{
    for (size_t i = 0; i < type->count; i++) {
        const struct wire_field *field = &type->fields[i];

        if (field->type != WIRE_STRING || field->list > 0)
            continue;
        assert_true(understood_with(type, encoded, field->id, slice_text("\xa2\xc3\xbc")));
        assert_false(understood_with(type, encoded, field->id, slice_text("\xa2\xc3\x28")));
        assert_false(understood_with(type, encoded, field->id, slice_of("\xa2x\0", 3)));
    }
}

static void invalid_strings(void **state)
{
    for_each_sample(check_strings);
}

static void check_depth(const struct wire_message *type, struct slice encoded)
{
    char deep[1001];

    memset(deep, '\x91', sizeof(deep));
    deep[1000] = '\x01';
    for (size_t i = 0; i < type->count; i++)
        assert_false(understood_with(type, encoded, type->fields[i].id, slice_of(deep, 1001)));
    assert_false(understood_with(type, encoded, 60000, slice_of(deep, 1001)));
    assert_true(understood_with(type, encoded, 60000, slice_of(deep + 1001 - 8, 8)));
}

static void deep_nesting(void **state)
{
    for_each_sample(check_depth);
}

static void random_bytes(void **state)
{
    struct sample random = {.seed = 42};
    uint8_t data[200];

    for (int round = 0; round < 20000; round++) {
        size_t len = sample_random(&random) % sizeof(data);

        for (size_t i = 0; i < len; i++)
            data[i] = (uint8_t)(sample_random(&random) % (round % 2 ? 256 : 20));
        data[0] = (uint8_t)(0x80 + sample_random(&random) % 16);
        understood(message_schemas[sample_random(&random) % message_schema_count],
                   slice_of(data, len));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips),     cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(bytes_left_over), cmocka_unit_test(flipped_bits),
        cmocka_unit_test(repeated_fields), cmocka_unit_test(fields_out_of_order),
        cmocka_unit_test(missing_fields),  cmocka_unit_test(unknown_fields),
        cmocka_unit_test(over_bounds),     cmocka_unit_test(wrong_types),
        cmocka_unit_test(invalid_strings), cmocka_unit_test(deep_nesting),
        cmocka_unit_test(random_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
