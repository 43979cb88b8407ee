/* Replies as callers see them: an accessor for another type gives an empty value. */
#include "base/text.h"
#include "store/resp.h"

#include <hiredis/hiredis.h>

static const redisReply *raw(const struct store_reply *reply)
{
    return (const redisReply *)(const void *)reply;
}

enum store_reply_type store_reply_type(const struct store_reply *reply)
{
    switch (raw(reply)->type) {
    case REDIS_REPLY_STRING:
        return STORE_STRING;
    case REDIS_REPLY_INTEGER:
        return STORE_INTEGER;
    case REDIS_REPLY_ARRAY:
        return STORE_ARRAY;
    case REDIS_REPLY_STATUS:
        return STORE_STATUS;
    case REDIS_REPLY_ERROR:
        return STORE_ERROR;
    default: /* the other types of RESP3 are not sent to who did not ask for it */
        return STORE_NIL;
    }
}

struct slice store_reply_string(const struct store_reply *reply)
{
    switch (raw(reply)->type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
        return slice_of(raw(reply)->str, (size_t)raw(reply)->len);
    default:
        return slice_of(NULL, 0);
    }
}

int64_t store_reply_integer(const struct store_reply *reply)
{
    return raw(reply)->type == REDIS_REPLY_INTEGER ? raw(reply)->integer : 0;
}

size_t store_reply_count(const struct store_reply *reply)
{
    return raw(reply)->type == REDIS_REPLY_ARRAY ? raw(reply)->elements : 0;
}

const struct store_reply *store_reply_at(const struct store_reply *reply, size_t index)
{
    if (index >= store_reply_count(reply))
        return NULL;
    return (const struct store_reply *)(const void *)raw(reply)->element[index];
}

static enum error_code code_of(const char *text)
{
    static const struct {
        const char *word;
        enum error_code code;
    } codes[] = {
        {"NOAUTH", ERROR_DENIED},          {"NOPERM", ERROR_DENIED},
        {"WRONGPASS", ERROR_DENIED},       {"OOM ", ERROR_LIMIT},
        {"LOADING", ERROR_UNAVAILABLE},    {"BUSY", ERROR_UNAVAILABLE},
        {"MASTERDOWN", ERROR_UNAVAILABLE}, {"READONLY", ERROR_UNAVAILABLE},
        {"MISCONF", ERROR_UNAVAILABLE},    {"NOREPLICAS", ERROR_UNAVAILABLE},
        {"TRYAGAIN", ERROR_UNAVAILABLE},   {"CLUSTERDOWN", ERROR_UNAVAILABLE},
        {"WRONGTYPE", ERROR_CONFLICT},     {"NOSCRIPT", ERROR_NOT_FOUND},
    };
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (text_starts_with(text, codes[i].word))
            return codes[i].code;
    return ERROR_INVALID;
}

bool resp_reply_is_error(const struct store_reply *reply, struct error *err)
{
    if (raw(reply)->type != REDIS_REPLY_ERROR)
        return false;
    error_set(err, code_of(raw(reply)->str), "Redis: %.250s", raw(reply)->str);
    return true;
}
