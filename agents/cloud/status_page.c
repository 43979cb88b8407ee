#include "cloud/status_page.h"

#include "base/memory.h"
#include "base/text.h"
#include "daemon/metrics.h"
#include "net/http_server.h"

#include <stdlib.h>

struct status_page {
    struct http_server *server;
    void (*fill)(void *arg, struct status_figures *ret);
    void *arg;
};

static void set(struct metrics *metrics, enum metric_type type, const char *name, const char *help,
                uint64_t value)
{
    metric_set(metrics_get(metrics, type, name, NULL, help), (int64_t)value);
}

static void reply_metrics(struct http_request *request, const struct status_figures *figures)
{
    struct metrics *metrics = metrics_new();
    struct buf text = BUF_INIT(0);

    set(metrics, METRIC_GAUGE, "leat_cloud_partitions", "Partitions assigned to this agent.",
        figures->partitions);
    set(metrics, METRIC_GAUGE, "leat_cloud_partitions_owned", "Partitions that it decides for.",
        figures->owned);
    set(metrics, METRIC_GAUGE, "leat_cloud_partitions_broken",
        "Partitions that stopped at a record that cannot be understood.", figures->broken);
    set(metrics, METRIC_COUNTER, "leat_cloud_decisions_total", "Decisions made.",
        figures->decisions);
    set(metrics, METRIC_COUNTER, "leat_cloud_dead_letters_total", "Input records refused.",
        figures->dead_letters);
    set(metrics, METRIC_COUNTER, "leat_cloud_void_records_total",
        "Fleet records that do not count.", figures->void_records);
    set(metrics, METRIC_COUNTER, "leat_cloud_take_overs_total", "Take-overs by this agent.",
        figures->take_overs);
    metrics_render(metrics, &text);
    http_reply(request, 200, "text/plain; version=0.0.4", buf_slice(&text));
    buf_free(&text);
    metrics_free(metrics);
}

static void handle(void *arg, struct http_request *request)
{
    struct status_page *page = arg;
    struct status_figures figures = {0};
    const char *path = http_request_path(request);

    page->fill(page->arg, &figures);
    if (text_equal(path, "/metrics"))
        reply_metrics(request, &figures);
    else if (text_equal(path, "/healthz"))
        http_reply(request, 200, "text/plain", slice_text("ok\n"));
    else if (text_equal(path, "/readyz"))
        http_reply(request, figures.ready ? 200 : 503, "text/plain",
                   slice_text(figures.ready ? "ready\n" : "not ready\n"));
    else
        http_reply(request, 404, "text/plain", slice_text("no such page\n"));
}

struct status_page *status_page_open(struct loop *loop, const char *listen,
                                     void (*fill)(void *arg, struct status_figures *ret), void *arg,
                                     struct error *err)
{
    struct status_page *page = xcalloc(1, sizeof(*page));
    const char *const addresses[] = {listen, NULL};
    struct http_server_options options = {
        .listen = addresses, .handler = handle, .arg = page, .max_connections = 64};

    page->fill = fill;
    page->arg = arg;
    page->server = http_server_new(loop, &options, err);
    if (page->server == NULL) {
        free(page);
        return NULL;
    }
    return page;
}

void status_page_close(struct status_page *page)
{
    if (page == NULL)
        return;
    http_server_free(page->server);
    free(page);
}
