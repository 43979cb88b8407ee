/* JSON of requests, strictly: bounded depth, no repeated or unknown members, checked types. */
#ifndef API_JSON_H
#define API_JSON_H

#include "base/buf.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 8

/* One object and nothing after it; its members are among `allowed` (NULL-terminated). The caller
 * owns it. ERROR_INVALID with what is wrong and where. */
json_t *json_parse_object(struct slice body, const char *const *allowed, struct error *err);

/* A text of 1 to size - 1 bytes, copied to `out`; "" when it is not required and absent. Texts of
 * one line hold no control characters. */
enum json_text { JSON_LINE, JSON_LINES };
int json_take_text(const json_t *object, const char *name, enum json_text kind, bool required,
                   char *out, size_t size, struct error *err);
/* *ret stays as it is when the member is absent. */
int json_take_int(const json_t *object, const char *name, int64_t min, int64_t max, int64_t *ret,
                  struct error *err);

/* "2026-11-24T03:12:45.123Z", or null for 0. */
json_t *json_time(uint64_t wall_ms);

void json_decref_pointer(json_t **json);
#define _cleanup_json_ __attribute__((cleanup(json_decref_pointer)))

#endif
