/* Commands out, replies in. */
#include "store/resp.h"

#include "base/memory.h"
#include "base/text.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if HIREDIS_MAJOR >= 1
typedef size_t element_count;
#else
typedef int element_count;
#endif

struct resp_reader {
    redisReader *parser;
    redisReplyObjectFunctions functions;
    void *(*make_array)(const redisReadTask *, element_count);
    size_t bytes;    /* of the reply that is being read */
    size_t elements; /* announced by its arrays so far */
};

void resp_count(struct buf *out, size_t words)
{
    buf_printf(out, "*%zu\r\n", words);
}

void resp_word(struct buf *out, struct slice word)
{
    buf_printf(out, "$%zu\r\n", word.len);
    buf_append_slice(out, word);
    buf_append(out, "\r\n", 2);
}

void resp_text(struct buf *out, const char *word)
{
    resp_word(out, slice_text(word));
}

static unsigned depth_of(const redisReadTask *task)
{
    unsigned depth = 0;
    for (const redisReadTask *at = task->parent; at != NULL; at = at->parent)
        depth++;
    return depth;
}

/* hiredis allocates what the header of an array announces, and frees nested ones by recursion that
 * has no bound since its version 1: bounded here, before that. */
static void *make_bounded_array(const redisReadTask *task, element_count count)
{
    struct resp_reader *reader = task->privdata;
    if ((size_t)count > RESP_ELEMENTS_MAX - reader->elements || depth_of(task) >= RESP_DEPTH_MAX)
        return NULL;
    reader->elements += (size_t)count;
    return reader->make_array(task, count);
}

struct resp_reader *resp_reader_new(void)
{
    struct resp_reader *reader = xcalloc(1, sizeof(*reader));
    reader->parser = redisReaderCreate();
    if (reader->parser == NULL)
        abort(); /* out of memory, as xcalloc() does */
    reader->functions = *reader->parser->fn;
    reader->make_array = reader->functions.createArray;
    reader->functions.createArray = make_bounded_array;
    reader->parser->fn = &reader->functions;
    reader->parser->privdata = reader;
    return reader;
}

void resp_reader_free(struct resp_reader *reader)
{
    if (reader == NULL)
        return;
    redisReaderFree(reader->parser);
    free(reader);
}

void resp_reader_feed(struct resp_reader *reader, struct slice bytes)
{
    reader->bytes += bytes.len;
    redisReaderFeed(reader->parser, (const char *)bytes.data, bytes.len);
}

int resp_reader_next(struct resp_reader *reader, struct store_reply **ret, struct error *err)
{
    void *reply = NULL;
    if (redisReaderGetReply(reader->parser, &reply) != REDIS_OK) {
        freeReplyObject(reply);
        return error_set(err, ERROR_CORRUPT, "Redis sent what cannot be read: %s",
                         reader->parser->errstr);
    }
    if (reply == NULL && reader->bytes > RESP_REPLY_MAX)
        return error_set(err, ERROR_LIMIT, "a reply of Redis has more than %zu bytes",
                         RESP_REPLY_MAX);
    if (reply == NULL)
        return 0;
    reader->bytes = reader->parser->len - reader->parser->pos;
    reader->elements = 0;
    *ret = (struct store_reply *)reply;
    return 1;
}

void resp_reply_free(struct store_reply *reply)
{
    if (reply != NULL)
        freeReplyObject(reply);
}
