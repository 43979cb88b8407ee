/* Small text helpers: identifiers, UTF-8, bounded copies, numbers. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A project or organisation name: 1 to 63 of a-z, 0-9 and '-', not starting or ending with '-'
 * (a DNS label, RFC 1123 section 2.1, so that it can stand in host names and paths). */
bool text_is_name(const char *text);

/* Whole string is valid UTF-8 (RFC 3629: shortest form, no surrogates, up to U+10FFFF). */
bool text_is_utf8(struct slice bytes);

/* Copies `text` into `out` of `size` bytes; false (and out = "") when it does not fit. */
bool text_copy(char *out, size_t size, const char *text);

bool text_equal(const char *a, const char *b); /* NULL equals only NULL */
bool text_starts_with(const char *text, const char *prefix);
bool text_ends_with(const char *text, const char *suffix);

/* The whole string is a decimal number in [min, max]. */
int text_parse_int(const char *text, int64_t min, int64_t max, int64_t *ret, struct error *err);

/* Lower-case base 32 without padding (RFC 4648 section 7, base32hex alphabet 0-9a-v): keeps the
 * order of the bytes and is safe in DNS labels. `out` needs text_base32_size(len) bytes. */
size_t text_base32_size(size_t len); /* with the NUL */
void text_base32_encode(char *out, const void *data, size_t len);
/* Exactly `len` bytes must come out, with zero padding bits; false otherwise. */
bool text_base32_decode(void *out, size_t len, const char *text);

void text_hex_encode(char *out /* 2 * len + 1 */, const void *data, size_t len);

/* Appends `bytes` as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD (RFC 8259). */
void text_json_string(struct buf *out, struct slice bytes);

#endif
