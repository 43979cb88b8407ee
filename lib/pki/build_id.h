/* Build ids that prove they were issued: "b" + base32hex of (time, random, MAC).
 *
 * 6 bytes of wall time in milliseconds, 6 random bytes, 5 bytes of HMAC-SHA256 over those under a
 * key derived from the master secret: 28 characters after the "b". Any API replica can tell "never
 * issued" (404) from "not read yet", and ids sort by time.
 */
#ifndef PKI_BUILD_ID_H
#define PKI_BUILD_ID_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

#define BUILD_ID_SIZE 30

void build_id_issue(char out[static BUILD_ID_SIZE], struct slice mac_key, int64_t now_ms);
/* Takes any text. `ret_issued_ms` may be NULL; it is set only on success. */
bool build_id_verify(const char *id, struct slice mac_key, int64_t *ret_issued_ms);

#endif
