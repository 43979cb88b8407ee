/* GET /healthz, /readyz and /metrics. */
#include "api/call.h"
#include "api/projector.h"
#include "api/routes.h"

#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

void handle_healthz(struct call *call)
{
    call_reply_json(call, 200, json_pack("{s:s}", "status", "ok"));
}

/* Appends what is missing. */
static bool is_ready(const struct api *api, struct buf *why)
{
    if (!api->topics_ready)
        buf_puts(why, "the log's topics are not there yet");
    else if (!store_is_connected(api->store))
        buf_puts(why, "Redis is not connected");
    else if (api->projector == NULL)
        buf_puts(why, "the view is not kept yet");
    else
        return projector_is_ready(api->projector, why);
    return false;
}

void handle_readyz(struct call *call)
{
    struct buf why = BUF_INIT(1024);

    if (is_ready(call->api, &why))
        call_reply_json(call, 200, json_pack("{s:s}", "status", "ready"));
    else
        call_problem(call, PROBLEM_NOT_READY, "%s", buf_text(&why));
    buf_free(&why);
}

static void set_server_metrics(struct api *api)
{
    struct http_server_stats stats = http_server_stats(api->server);

    metric_set(metrics_get(api->metrics, METRIC_GAUGE, "leat_api_connections", NULL,
                           "Connections that are open."),
               (int64_t)stats.connections);
    metric_set(metrics_get(api->metrics, METRIC_COUNTER, "leat_api_connections_accepted_total",
                           NULL, "Connections that were accepted."),
               (int64_t)stats.accepted);
    metric_set(metrics_get(api->metrics, METRIC_COUNTER, "leat_api_listen_pauses_total", NULL,
                           "Times that no more connections were taken for a while."),
               (int64_t)stats.paused);
    metric_set(metrics_get(api->metrics, METRIC_GAUGE, "leat_api_store_connected", NULL,
                           "1 while Redis is connected."),
               store_is_connected(api->store));
    metric_set(metrics_get(api->metrics, METRIC_GAUGE, "leat_api_event_readers", NULL,
                           "Answers of GET /v1/events that are under way."),
               (int64_t)api->event_readers);
}

void handle_metrics(struct call *call)
{
    struct buf out = BUF_INIT((size_t)4 << 20);

    set_server_metrics(call->api);
    metrics_render(call->api->metrics, &out);
    call_reply_text(call, 200, METRICS_CONTENT_TYPE, buf_slice(&out));
    buf_free(&out);
}
