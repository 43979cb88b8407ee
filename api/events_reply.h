/* An answer that streams records of the log for as long as the client reads.
 *
 * One reader of the log for each partition; when the client does not take what was written all of
 * them are paused, so a slow client costs a bounded buffer and slows nobody else.
 */
#ifndef API_EVENTS_REPLY_H
#define API_EVENTS_REPLY_H

#include "api/call.h"

#define EVENTS_TOPICS_MAX 7

struct events_request {
    const char *topics[EVENTS_TOPICS_MAX]; /* without the prefix; static texts */
    size_t topic_count;
    bool from_start;
    bool follow;
};
/* -1 before anything was answered. */
int events_reply_start(struct call *call, const struct events_request *request, struct error *err);

#endif
