#include "bench.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

void samples_add(struct samples *samples, double value)
{
    if (samples->count == samples->capacity) {
        samples->capacity = samples->capacity * 2 + 64;
        samples->values = xreallocarray(samples->values, samples->capacity, sizeof(double));
    }
    samples->values[samples->count++] = value;
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

double samples_percentile(struct samples *samples, double fraction)
{
    if (samples->count == 0)
        return 0;
    qsort(samples->values, samples->count, sizeof(double), compare);
    size_t index = (size_t)(fraction * (double)(samples->count - 1) + 0.5);
    return samples->values[index];
}

void samples_free(struct samples *samples)
{
    free(samples->values);
    *samples = (struct samples){0};
}

int64_t bench_now_us(void)
{
    return clock_monotonic_us();
}

static void report(const char *name, double value, const char *unit, double floor, double goal,
                   const char *kind)
{
    printf("{\"name\": \"%s\", \"value\": %.4g, \"unit\": \"%s\"", name, value, unit);
    if (floor > 0)
        printf(", \"floor\": %.4g, \"ratio\": %.3f", floor, value / floor);
    if (goal > 0)
        printf(", \"goal\": %.3g, \"goal_kind\": \"%s\"", goal, kind);
    puts("}");
    fflush(stdout);
}

void bench_report(const char *name, double value, const char *unit, double floor, double goal)
{
    report(name, value, unit, floor, goal, "at most");
}

void bench_report_at_least(const char *name, double value, const char *unit, double floor,
                           double goal)
{
    report(name, value, unit, floor, goal, "at least");
}
