/* One request on its way through the API, from its route to its answer.
 *
 * A call is counted by references: the dispatcher holds one while the handler runs, and whoever
 * waits for something (the log, Redis, a change) holds another. The client may go away meanwhile:
 * then `gone` is called, once, and answering does nothing any more.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include "api/api.h"
#include "api/auth.h"
#include "api/problem.h"
#include "api/router.h"

#include <jansson.h>

struct call {
    struct api *api;
    const struct route *route;
    struct route_metrics *metrics;
    struct http_request *request; /* NULL once it was answered or the client has gone */
    struct route_parameters parameters;
    char principal[PRINCIPAL_SIZE];  /* AUTH_CLIENT */
    struct machine_identity machine; /* AUTH_MACHINE */
    char traceparent[56];
    int64_t started_ms;
    unsigned references;
    loop_fn *gone;
    void *gone_arg;
};

/* The handler of the server: `arg` is the struct api. */
void call_dispatch(void *arg, struct http_request *request);

struct call *call_ref(struct call *call);
void call_unref(struct call *call);
void call_on_gone(struct call *call, loop_fn *gone, void *arg); /* replaces; NULL for nothing */

const char *call_query(const struct call *call, const char *name); /* NULL: absent, or gone */
struct slice call_body(const struct call *call);                   /* empty when gone */
/* The caller's traceparent when it is valid, else a new one. */
const char *call_traceparent(struct call *call);

/* Answers. `body` is taken over. */
void call_reply_json(struct call *call, int status, json_t *body);
void call_reply_empty(struct call *call, int status);
void call_reply_text(struct call *call, int status, const char *content_type, struct slice body);
void call_problem(struct call *call, enum problem problem, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Starts a streamed answer: the request is the caller's from then on; the call still knows of the
 * client going away. */
struct http_request *call_start_stream(struct call *call, const char *content_type);
void call_end_stream(struct call *call);

struct call_metrics *call_metrics_new(struct metrics *metrics);
void call_metrics_free(struct call_metrics *metrics);

#endif
