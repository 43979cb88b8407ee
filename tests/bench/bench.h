/* What every benchmark does: samples, percentiles, one line of JSON a figure.
 *
 * A figure stands beside its floor, measured in the same run with the same libraries: machines are
 * noisy, ratios are not. `./ops/bench` collects the lines and prints the table.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

struct samples {
    double *values;
    size_t count, capacity;
};

void samples_add(struct samples *samples, double value);
/* 0.5 for the median; sorts in place; 0 when there are none. */
double samples_percentile(struct samples *samples, double fraction);
void samples_free(struct samples *samples);

int64_t bench_now_us(void);

/* `floor` and `goal` 0: none. The goal is the largest ratio of value to floor that is good. */
void bench_report(const char *name, double value, const char *unit, double floor, double goal);
/* The goal is the smallest ratio (throughput). */
void bench_report_at_least(const char *name, double value, const char *unit, double floor,
                           double goal);

#endif
