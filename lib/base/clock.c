#include "base/clock.h"

#include <stdio.h>
#include <time.h>

/* The years 0000 to 9999, which RFC 3339 can write. */
#define WALL_MS_MIN INT64_C(-62167219200000)
#define WALL_MS_MAX INT64_C(253402300799999)

static int64_t now_us(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_monotonic_ms(void)
{
    return now_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_monotonic_us(void)
{
    return now_us(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
    return now_us(CLOCK_REALTIME) / 1000;
}

const char *clock_format_wall(int64_t wall_ms, char text[static CLOCK_TEXT_SIZE])
{
    struct tm tm;
    char seconds[20];
    int64_t millis;
    time_t time;

    if (wall_ms < WALL_MS_MIN)
        wall_ms = WALL_MS_MIN;
    if (wall_ms > WALL_MS_MAX)
        wall_ms = WALL_MS_MAX;
    millis = (wall_ms % 1000 + 1000) % 1000;
    time = (time_t)((wall_ms - millis) / 1000);
    gmtime_r(&time, &tm);
    strftime(seconds, sizeof(seconds), "%FT%T", &tm);
    snprintf(text, CLOCK_TEXT_SIZE, "%.19s.%03uZ", seconds, (unsigned)millis % 1000);
    return text;
}
