/* Messages described by tables: one encoder, one bounded decoder and one printer for all of them.
 *
 * schemas/generate.py writes a struct, a `struct wire_message` and typed functions for each file in
 * schemas/messages/; programs call those (schemas/messages.h), never these.
 *
 * On the wire a message is a msgpack map from field id to value with ids strictly ascending, so a
 * repeated id is seen without remembering any. Optional fields are left out when they are empty,
 * zero or false. A required field is always there; it may be empty or zero, except that an enum
 * must have a value.
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_FIELDS_MAX 256 /* in one message, unknown ones included */

struct owned_bytes {
    uint8_t *data;
    size_t len;
};

enum wire_type {
    WIRE_STRING,      /* char[max + 1] */
    WIRE_BYTES,       /* struct { uint8_t data[max]; size_t len; }, max <= 64 */
    WIRE_OWNED_BYTES, /* struct owned_bytes */
    WIRE_U64,
    WIRE_I64,
    WIRE_BOOL,
    WIRE_ENUM,
    WIRE_MESSAGE,
};

struct wire_enum {
    const char *name;
    const char *const *value_names; /* by number; NULL where there is none, as for 0 */
    unsigned count;                 /* of numbers, 0 included */
};

struct wire_field {
    uint32_t id;
    const char *name;
    enum wire_type type;
    bool optional;
    bool secret;
    uint64_t max;        /* bytes of a string or bytes, largest U64 */
    uint32_t list;       /* most elements; 0 when it is not a list */
    size_t offset;       /* of the value, or of the pointer to the elements */
    size_t count_offset; /* list: of the number of elements, a size_t */
    size_t size;         /* of one value */
    size_t len_offset;   /* WIRE_BYTES: of `len` in the value */
    const struct wire_enum *enumeration;
    const struct wire_message *message;
};

struct wire_message {
    const char *name;
    size_t size;
    size_t min_encoded; /* bytes that the shortest valid message takes */
    const struct wire_field *fields;
    size_t count; /* fields, by ascending id */
};

/* ERROR_INVALID with message and field when the message breaks its schema. */
int wire_message_check(const struct wire_message *type, const void *message, struct error *err);
/* A message that breaks its schema writes nothing and sets out->overflow. What is written without
 * overflow can always be decoded. */
void wire_message_encode(const struct wire_message *type, const void *message, struct buf *out);
/* ERROR_CORRUPT with message and field; *message is empty then. Allocates at most the size of the
 * elements that the bytes left can hold. */
int wire_message_decode(const struct wire_message *type, void *message, struct slice bytes,
                        struct error *err);
/* One line; optional fields that are not set are left out, secrets are "***". */
void wire_message_json(const struct wire_message *type, const void *message, struct buf *out);
int wire_message_decode_json(const struct wire_message *type, struct slice bytes, struct buf *out,
                             struct error *err);
/* Frees what the message owns and wipes it. */
void wire_message_clear(const struct wire_message *type, void *message);
void wire_message_copy(const struct wire_message *type, void *ret, const void *from);

/* "?" when the number has no name. */
const char *wire_enum_name(const struct wire_enum *enumeration, unsigned value);
/* 0 when there is no such name. */
unsigned wire_enum_from_name(const struct wire_enum *enumeration, const char *name);

#endif
