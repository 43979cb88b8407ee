#include "base/clock.h"

#include <stdio.h>
#include <string.h>
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
    char whole[96]; /* as far as the compiler knows, the numbers could be long */
    unsigned millis;
    struct tm tm;
    time_t time;

    if (wall_ms < WALL_MS_MIN)
        wall_ms = WALL_MS_MIN;
    if (wall_ms > WALL_MS_MAX)
        wall_ms = WALL_MS_MAX;
    millis = (unsigned)((wall_ms % 1000 + 1000) % 1000);
    time = (time_t)((wall_ms - millis) / 1000);
    gmtime_r(&time, &tm);
    snprintf(whole, sizeof(whole), "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, millis);
    memcpy(text, whole, CLOCK_TEXT_SIZE - 1);
    text[CLOCK_TEXT_SIZE - 1] = '\0';
    return text;
}
