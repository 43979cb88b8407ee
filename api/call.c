#include "api/call.h"

#include "api/routes.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- metrics: one counter for each class of status, one histogram, for each route --- */

struct route_metrics {
    struct metric *by_class[6];
    struct histogram *duration;
};

struct call_metrics {
    struct metrics *metrics;
    struct route_metrics *routes; /* one more than there are routes: for what has none */
};

static void add_route(struct call_metrics *call_metrics, size_t index, const char *name)
{
    struct route_metrics *route = &call_metrics->routes[index];
    char labels[96];

    for (int class = 2; class <= 5; class ++) {
        snprintf(labels, sizeof(labels), "route=\"%s\",status=\"%dxx\"", name, class);
        route->by_class[class] =
            metrics_get(call_metrics->metrics, METRIC_COUNTER, "leat_api_requests_total", labels,
                        "Requests that were answered.");
    }
    snprintf(labels, sizeof(labels), "route=\"%s\"", name);
    route->duration = metrics_histogram(call_metrics->metrics, "leat_api_request_duration_ms",
                                        labels, "Time until the answer, long polls included.");
}

struct call_metrics *call_metrics_new(struct metrics *metrics)
{
    struct call_metrics *call_metrics = xcalloc(1, sizeof(*call_metrics));

    call_metrics->metrics = metrics;
    call_metrics->routes = xcalloc(api_route_count + 1, sizeof(*call_metrics->routes));
    for (size_t i = 0; i < api_route_count; i++)
        add_route(call_metrics, i, api_routes[i].name);
    add_route(call_metrics, api_route_count, "none");
    return call_metrics;
}

void call_metrics_free(struct call_metrics *metrics)
{
    if (metrics == NULL)
        return;
    free(metrics->routes);
    free(metrics);
}

static void count(struct call *call, int status)
{
    int64_t took = loop_now_ms(call->api->loop) - call->started_ms;

    if (status >= 200 && status < 600)
        metric_add(call->metrics->by_class[status / 100], 1);
    histogram_observe_ms(call->metrics->duration, took);
}

/* --- life --- */

static void client_gone(void *arg)
{
    struct call *call = arg;
    loop_fn *gone = call->gone;

    call->request = NULL;
    call->gone = NULL;
    if (gone != NULL)
        gone(call->gone_arg);
    call_unref(call);
}

static struct call *call_new(struct api *api, struct http_request *request)
{
    struct call *call = xcalloc(1, sizeof(*call));

    call->api = api;
    call->request = request;
    call->references = 1;
    call->started_ms = loop_now_ms(api->loop);
    /* The request's own reference, until it is answered or the client goes away. */
    call_ref(call);
    http_request_on_closed(request, client_gone, call);
    return call;
}

struct call *call_ref(struct call *call)
{
    call->references++;
    return call;
}

void call_unref(struct call *call)
{
    if (--call->references == 0)
        free(call);
}

void call_on_gone(struct call *call, loop_fn *gone, void *arg)
{
    call->gone = gone;
    call->gone_arg = arg;
}

/* The request is about to be answered; NULL when there is nobody to answer. */
static struct http_request *take_request(struct call *call)
{
    struct http_request *request = take_pointer(call->request);

    call->gone = NULL;
    return request;
}

/* --- what a handler asks --- */

const char *call_query(const struct call *call, const char *name)
{
    return call->request != NULL ? http_request_query(call->request, name) : NULL;
}

struct slice call_body(const struct call *call)
{
    return call->request != NULL ? http_request_body(call->request) : slice_of(NULL, 0);
}

static void make_traceparent(char out[static 56])
{
    uint8_t ids[24];
    char trace[33], parent[17];

    pki_random(ids, sizeof(ids));
    ids[0] |= 1; /* neither id may be all zeros */
    ids[16] |= 1;
    text_hex_encode(trace, ids, 16);
    text_hex_encode(parent, ids + 16, 8);
    snprintf(out, 56, "00-%s-%s-01", trace, parent);
}

const char *call_traceparent(struct call *call)
{
    const char *given = NULL;

    if (call->traceparent[0] != '\0')
        return call->traceparent;
    if (call->request != NULL)
        given = http_request_header(call->request, "traceparent");
    if (given == NULL || !traceparent_is_valid(given) ||
        !text_copy(call->traceparent, sizeof(call->traceparent), given))
        make_traceparent(call->traceparent);
    return call->traceparent;
}

/* --- answers --- */

void call_reply_text(struct call *call, int status, const char *content_type, struct slice body)
{
    struct http_request *request = take_request(call);

    if (request == NULL)
        return;
    count(call, status);
    if (status == 503)
        http_reply_header(request, "Retry-After", "1");
    if (status == 401)
        http_reply_header(request, "WWW-Authenticate", "Bearer");
    http_reply(request, status, content_type, body);
    call_unref(call);
}

void call_reply_empty(struct call *call, int status)
{
    call_reply_text(call, status, NULL, slice_of(NULL, 0));
}

void call_reply_json(struct call *call, int status, json_t *body)
{
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;

    json_decref(body);
    if (text == NULL)
        call_problem(call, PROBLEM_INTERNAL, "the answer cannot be written as JSON");
    else
        call_reply_text(call, status, "application/json", slice_text(text));
    free(text);
}

void call_problem(struct call *call, enum problem problem, const char *format, ...)
{
    struct buf detail = BUF_INIT(1024), body = BUF_INIT(8192);
    va_list args;

    va_start(args, format);
    buf_vprintf(&detail, format, args);
    va_end(args);
    problem_write(&body, problem, buf_text(&detail));
    call_reply_text(call, problem_info(problem)->status, PROBLEM_CONTENT_TYPE, buf_slice(&body));
    buf_free(&detail);
    buf_free(&body);
}

struct http_request *call_start_stream(struct call *call, const char *content_type)
{
    count(call, 200);
    http_stream_start(call->request, 200, content_type);
    return call->request;
}

void call_end_stream(struct call *call)
{
    struct http_request *request = take_request(call);

    if (request == NULL)
        return;
    http_stream_end(request);
    call_unref(call);
}

/* --- dispatch --- */

static bool authenticate(struct call *call)
{
    const struct secrets *secrets = call->api->secrets;
    const char *token = auth_bearer(http_request_header(call->request, "Authorization"));
    const char *principal;

    switch (call->route->auth) {
    case AUTH_NONE:
        return true;
    case AUTH_CLIENT:
        principal = token != NULL ? secrets_find_token(secrets, token) : NULL;
        return principal != NULL && text_copy(call->principal, sizeof(call->principal), principal);
    case AUTH_MACHINE:
        return token != NULL &&
               machine_token_check(
                   slice_of(secrets->machine_token_key, sizeof(secrets->machine_token_key)),
                   call->parameters.values[0], token, &call->machine);
    }
    return false;
}

/* "application/json; charset=utf-8" is application/json. */
static bool body_is(const struct call *call, const char *content_type)
{
    const char *given = http_request_header(call->request, "Content-Type");

    if (call_body(call).len == 0)
        return true;
    if (content_type == NULL || given == NULL)
        return content_type == NULL;
    size_t len = strcspn(given, "; \t");
    return len == strlen(content_type) && strncasecmp(given, content_type, len) == 0;
}

static void refuse_route(struct call *call, const char *allow)
{
    if (allow != NULL) {
        http_reply_header(call->request, "Allow", allow);
        call_problem(call, PROBLEM_METHOD_NOT_ALLOWED, "this route takes %s", allow);
        return;
    }
    call_problem(call, PROBLEM_ROUTE_NOT_FOUND, "%.200s", http_request_path(call->request));
}

static void run(struct call *call)
{
    struct api *api = call->api;
    const char *allow;

    call->route = route_find(api_routes, api_route_count, http_request_method(call->request),
                             http_request_path(call->request), &call->parameters, &allow);
    size_t index = call->route != NULL ? (size_t)(call->route - api_routes) : api_route_count;
    call->metrics = &api->call_metrics->routes[index];
    if (call->route == NULL)
        refuse_route(call, allow);
    else if (!authenticate(call))
        call_problem(call, PROBLEM_BAD_TOKEN, "this route needs a valid token");
    else if (!body_is(call, call->route->content_type))
        call_problem(call, PROBLEM_UNSUPPORTED_MEDIA_TYPE, "this route takes %s",
                     call->route->content_type);
    else
        call->route->handler(call);
}

void call_dispatch(void *arg, struct http_request *request)
{
    struct call *call = call_new(arg, request);

    log_debug("%s %s from %s", http_request_method(request), http_request_path(request),
              http_request_peer(request));
    run(call);
    call_unref(call);
}
