/* A message with a field of every type, alone and as a list, for the tests of lib/wire/message*.c:
 * the messages of schemas/ do not use all of them. */
#ifndef TESTS_WIRE_ALL_TYPES_H
#define TESTS_WIRE_ALL_TYPES_H

#include "wire/message.h"

enum fruit { FRUIT_APPLE = 1, FRUIT_PEAR = 3 };

struct bytes4 {
    uint8_t data[4];
    size_t len;
};

struct leaf {
    int64_t number;
    struct owned_bytes blob;
};

struct all_types {
    char text[6];
    struct bytes4 small;
    struct owned_bytes large;
    uint64_t count;
    int64_t number;
    bool flag;
    enum fruit fruit;
    struct leaf leaf;
    char (*texts)[6];
    size_t texts_count;
    struct bytes4 *smalls;
    size_t smalls_count;
    struct owned_bytes *larges;
    size_t larges_count;
    uint64_t *counts;
    size_t counts_count;
    int64_t *numbers;
    size_t numbers_count;
    bool *flags;
    size_t flags_count;
    enum fruit *fruits;
    size_t fruits_count;
    struct leaf *leaves;
    size_t leaves_count;
};

static const char *const fruit_names[] = {[FRUIT_APPLE] = "apple", [FRUIT_PEAR] = "pear"};
static const struct wire_enum fruit_enum = {"fruit", fruit_names, 4};

#define VALUE(s, f) .offset = offsetof(struct s, f), .size = sizeof(((struct s *)0)->f)
#define LIST(s, f)                                                                                 \
    .offset = offsetof(struct s, f), .size = sizeof(*((struct s *)0)->f), .list = 4,               \
    .count_offset = offsetof(struct s, f##_count)

static const struct wire_field leaf_fields[] = {
    {.id = 2, .name = "number", .type = WIRE_I64, .optional = true, VALUE(leaf, number)},
    {.id = 4, .name = "blob", .type = WIRE_OWNED_BYTES, .max = 20, VALUE(leaf, blob)},
};
static const struct wire_message leaf_schema = {"leaf", sizeof(struct leaf), 4, leaf_fields, 2};

#define SMALL .type = WIRE_BYTES, .max = 4, .len_offset = offsetof(struct bytes4, len)

static const struct wire_field all_types_fields[] = {
    {.id = 1, .name = "text", .type = WIRE_STRING, .max = 5, VALUE(all_types, text)},
    {.id = 2, .name = "small", SMALL, VALUE(all_types, small)},
    {.id = 3, .name = "large", .type = WIRE_OWNED_BYTES, .max = 1000, VALUE(all_types, large)},
    {.id = 5, .name = "count", .type = WIRE_U64, .max = 999, VALUE(all_types, count)},
    {.id = 6, .name = "number", .type = WIRE_I64, VALUE(all_types, number)},
    {.id = 7, .name = "flag", .type = WIRE_BOOL, VALUE(all_types, flag)},
    {.id = 8,
     .name = "fruit",
     .type = WIRE_ENUM,
     .enumeration = &fruit_enum,
     VALUE(all_types, fruit)},
    {.id = 9,
     .name = "leaf",
     .type = WIRE_MESSAGE,
     .message = &leaf_schema,
     VALUE(all_types, leaf)},
    {.id = 128, .name = "texts", .type = WIRE_STRING, .max = 5, LIST(all_types, texts)},
    {.id = 129, .name = "smalls", SMALL, .optional = true, .secret = true, LIST(all_types, smalls)},
    {.id = 300,
     .name = "larges",
     .type = WIRE_OWNED_BYTES,
     .max = 1000,
     .optional = true,
     LIST(all_types, larges)},
    {.id = 301,
     .name = "counts",
     .type = WIRE_U64,
     .max = 999,
     .optional = true,
     LIST(all_types, counts)},
    {.id = 302, .name = "numbers", .type = WIRE_I64, .optional = true, LIST(all_types, numbers)},
    {.id = 303, .name = "flags", .type = WIRE_BOOL, .optional = true, LIST(all_types, flags)},
    {.id = 304,
     .name = "fruits",
     .type = WIRE_ENUM,
     .enumeration = &fruit_enum,
     .optional = true,
     LIST(all_types, fruits)},
    {.id = 65535,
     .name = "leaves",
     .type = WIRE_MESSAGE,
     .message = &leaf_schema,
     .optional = true,
     LIST(all_types, leaves)},
};
#undef SMALL
#undef LIST
#undef VALUE

static const struct wire_message all_types_schema = {"all_types", sizeof(struct all_types), 25,
                                                     all_types_fields, 16};

#endif
