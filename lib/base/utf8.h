/* UTF-8, one character at a time (private to lib/base). */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"

/* Bytes of the valid character (RFC 3629) at the front of `bytes`; 0 when there is none. */
size_t utf8_length(struct slice bytes);

#endif
