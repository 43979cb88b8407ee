/* A record of the log and its CloudEvents 1.0 envelope.
 *
 * Value: msgpack of one message of schemas/. Headers: the CloudEvents attributes in binary mode
 * (ce_id, ce_source, ce_type, ce_specversion, ce_time; CloudEvents Kafka protocol binding 1.0
 * section 3.2), content-type, and the W3C traceparent.
 */
#ifndef WIRE_RECORD_H
#define WIRE_RECORD_H

#include "base/buf.h"
#include "base/error.h"

#include <stdint.h>

#define RECORD_HEADERS_MAX  16
#define RECORD_VALUE_MAX    ((size_t)1 << 20)
#define RECORD_KEY_MAX      256
#define RECORD_CONTENT_TYPE "application/msgpack"

struct record_header {
    const char *name; /* NUL-terminated, at most 64 bytes */
    struct slice value;
};

struct record {
    const char *topic; /* with the prefix */
    int32_t partition;
    int64_t offset;       /* set when read */
    int64_t timestamp_ms; /* set when read: when the log took it */
    struct slice key;
    struct slice value;
    struct record_header headers[RECORD_HEADERS_MAX];
    size_t header_count;
};

/* NULL when there is no such header. */
const struct record_header *record_find_header(const struct record *record, const char *name);

struct envelope {
    char id[64];          /* unique per source */
    char source[128];     /* "/leat/api/<instance>" */
    char type[64];        /* "leat.builder.requested" */
    char time[32];        /* RFC 3339 */
    char traceparent[56]; /* "" when there is none; W3C Trace Context level 1 */
};

/* Adds to the headers that the record has. They point into `envelope`, which must outlive them. */
void envelope_to_headers(const struct envelope *envelope, struct record *record);
/* ERROR_CORRUPT when a required attribute is missing, repeated, oversized or not printable ASCII,
 * or specversion is not 1.0. A traceparent that is repeated or not valid counts as none. */
int envelope_from_headers(struct envelope *ret, const struct record *record, struct error *err);
/* version 00, lower-case hex, non-zero trace and parent ids. */
bool traceparent_is_valid(const char *text);

#endif
