/* Counters and gauges in the Prometheus text format 0.0.4.
 *
 * A metric is a static object that registers itself when first touched; one thread. Names follow
 * `leat_<component>_<what>_<unit>`, counters end in _total.
 */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include "base/buf.h"

#include <stdint.h>

struct metrics;
struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

enum metric_type { METRIC_COUNTER, METRIC_GAUGE };
struct metric;
/* `labels` is a ready text such as `route="create"` or NULL; the same name and labels give the same
 * metric; at most 1024 metrics, past which a shared overflow metric is returned. */
struct metric *metrics_get(struct metrics *metrics, enum metric_type type, const char *name,
                           const char *labels, const char *help);
void metric_add(struct metric *metric, int64_t amount);
void metric_set(struct metric *metric, int64_t value);
int64_t metric_value(const struct metric *metric);

/* A histogram with fixed bounds in milliseconds: 1 2 5 10 25 50 100 250 500 1000 2500 5000 10000
 * 30000 60000 300000. */
struct histogram;
struct histogram *metrics_histogram(struct metrics *metrics, const char *name, const char *labels,
                                    const char *help);
void histogram_observe_ms(struct histogram *histogram, int64_t milliseconds);

void metrics_render(const struct metrics *metrics, struct buf *out);

#endif
