/* Redis' wire protocol (RESP2): commands out, replies in, both bounded.
 *
 * hiredis parses; its own asynchronous layer is not used. That layer asserts on replies that it did
 * not expect, must not be freed from some of its callbacks, and resolves names while it blocks.
 */
#ifndef STORE_RESP_H
#define STORE_RESP_H

#include "base/buf.h"
#include "base/error.h"
#include "store/store.h"

#define RESP_REPLY_MAX    ((size_t)32 << 20) /* bytes of one reply on the wire */
#define RESP_ELEMENTS_MAX ((size_t)1 << 20)  /* elements of all arrays in one reply */
#define RESP_DEPTH_MAX    7                  /* arrays in arrays, as hiredis before version 1 */

/* A command is a count and then that many words. */
void resp_count(struct buf *out, size_t words);
void resp_word(struct buf *out, struct slice word);
void resp_text(struct buf *out, const char *word);

struct resp_reader;
struct resp_reader *resp_reader_new(void);
void resp_reader_free(struct resp_reader *reader); /* NULL is fine */
void resp_reader_feed(struct resp_reader *reader, struct slice bytes);
/* 1 and a reply that the caller frees; 0: more bytes are needed; -1: not RESP, or over a bound, and
 * nothing more can be read. */
int resp_reader_next(struct resp_reader *reader, struct store_reply **ret, struct error *err);
void resp_reply_free(struct store_reply *reply); /* NULL is fine */

/* The top of a reply is an error: fills `err` from its text and returns true. */
bool resp_reply_is_error(const struct store_reply *reply, struct error *err);

#endif
