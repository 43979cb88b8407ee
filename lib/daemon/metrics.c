#include "daemon/metrics.h"

#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>

#define METRICS_MAX 1024

static const int64_t bounds_ms[] = {1,    2,    5,    10,    25,    50,    100,   250,
                                    500,  1000, 2500, 5000,  10000, 30000, 60000, 300000};

struct metric {
    enum metric_type type;
    char *name, *labels, *help;
    int64_t value;
};

struct histogram {
    char *name, *labels, *help;
    uint64_t counts[array_size(bounds_ms) + 1];
    uint64_t count;
    int64_t sum_ms;
};

struct metrics {
    struct metric *list[METRICS_MAX];
    size_t count;
    struct histogram *histograms[METRICS_MAX];
    size_t histogram_count;
};

struct metrics *metrics_new(void)
{
    return xcalloc(1, sizeof(struct metrics));
}

void metrics_free(struct metrics *metrics)
{
    if (metrics == NULL)
        return;
    for (size_t i = 0; i < metrics->count; i++) {
        free(metrics->list[i]->name);
        free(metrics->list[i]->labels);
        free(metrics->list[i]->help);
        free(metrics->list[i]);
    }
    for (size_t i = 0; i < metrics->histogram_count; i++) {
        free(metrics->histograms[i]->name);
        free(metrics->histograms[i]->labels);
        free(metrics->histograms[i]->help);
        free(metrics->histograms[i]);
    }
    free(metrics);
}

static char *copy_or_null(const char *text)
{
    return text != NULL ? xstrdup(text) : NULL;
}

struct metric *metrics_get(struct metrics *metrics, enum metric_type type, const char *name,
                           const char *labels, const char *help)
{
    for (size_t i = 0; i < metrics->count; i++) {
        if (text_equal(metrics->list[i]->name, name) &&
            text_equal(metrics->list[i]->labels, labels))
            return metrics->list[i];
    }
    if (metrics->count == METRICS_MAX - 1) {
        name = "leat_metrics_overflow_total";
        labels = NULL;
        help = "Changes of metrics beyond the most that are kept.";
    } else if (metrics->count == METRICS_MAX) {
        return metrics->list[METRICS_MAX - 1];
    }
    struct metric *metric = xcalloc(1, sizeof(*metric));
    metric->type = type;
    metric->name = xstrdup(name);
    metric->labels = copy_or_null(labels);
    metric->help = xstrdup(help);
    metrics->list[metrics->count++] = metric;
    return metric;
}

void metric_add(struct metric *metric, int64_t amount)
{
    metric->value += amount;
}

void metric_set(struct metric *metric, int64_t value)
{
    metric->value = value;
}

int64_t metric_value(const struct metric *metric)
{
    return metric->value;
}

struct histogram *metrics_histogram(struct metrics *metrics, const char *name, const char *labels,
                                    const char *help)
{
    for (size_t i = 0; i < metrics->histogram_count; i++) {
        if (text_equal(metrics->histograms[i]->name, name) &&
            text_equal(metrics->histograms[i]->labels, labels))
            return metrics->histograms[i];
    }
    if (metrics->histogram_count == METRICS_MAX)
        return metrics->histograms[METRICS_MAX - 1];
    struct histogram *histogram = xcalloc(1, sizeof(*histogram));
    histogram->name = xstrdup(name);
    histogram->labels = copy_or_null(labels);
    histogram->help = xstrdup(help);
    metrics->histograms[metrics->histogram_count++] = histogram;
    return histogram;
}

void histogram_observe_ms(struct histogram *histogram, int64_t milliseconds)
{
    size_t i = 0;
    while (i < array_size(bounds_ms) && milliseconds > bounds_ms[i])
        i++;
    histogram->counts[i]++;
    histogram->count++;
    histogram->sum_ms += milliseconds;
}

/* HELP and TYPE once for each name, before its first line. */
static void render_heading(struct buf *out, const char *name, const char *help, const char *type)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static bool named_before(const struct metrics *metrics, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (text_equal(metrics->list[i]->name, metrics->list[index]->name))
            return true;
    }
    return false;
}

static void render_family(const struct metrics *metrics, size_t first, struct buf *out)
{
    const struct metric *head = metrics->list[first];

    render_heading(out, head->name, head->help, head->type == METRIC_COUNTER ? "counter" : "gauge");
    for (size_t i = first; i < metrics->count; i++) {
        const struct metric *metric = metrics->list[i];
        if (!text_equal(metric->name, head->name))
            continue;
        if (metric->labels != NULL)
            buf_printf(out, "%s{%s} %" PRId64 "\n", metric->name, metric->labels, metric->value);
        else
            buf_printf(out, "%s %" PRId64 "\n", metric->name, metric->value);
    }
}

static void render_histogram(const struct histogram *histogram, struct buf *out)
{
    const char *labels = histogram->labels != NULL ? histogram->labels : "";
    const char *comma = histogram->labels != NULL ? "," : "";
    uint64_t sum = 0;

    render_heading(out, histogram->name, histogram->help, "histogram");
    for (size_t i = 0; i <= array_size(bounds_ms); i++) {
        sum += histogram->counts[i];
        if (i < array_size(bounds_ms))
            buf_printf(out, "%s_bucket{%s%sle=\"%" PRId64 "\"} %" PRIu64 "\n", histogram->name,
                       labels, comma, bounds_ms[i], sum);
        else
            buf_printf(out, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", histogram->name, labels,
                       comma, sum);
    }
    buf_printf(out, "%s_sum%s%s%s %" PRId64 "\n", histogram->name, *labels != '\0' ? "{" : "",
               labels, *labels != '\0' ? "}" : "", histogram->sum_ms);
    buf_printf(out, "%s_count%s%s%s %" PRIu64 "\n", histogram->name, *labels != '\0' ? "{" : "",
               labels, *labels != '\0' ? "}" : "", histogram->count);
}

void metrics_render(const struct metrics *metrics, struct buf *out)
{
    for (size_t i = 0; i < metrics->count; i++) {
        if (!named_before(metrics, i))
            render_family(metrics, i, out);
    }
    for (size_t i = 0; i < metrics->histogram_count; i++)
        render_histogram(metrics->histograms[i], out);
}
