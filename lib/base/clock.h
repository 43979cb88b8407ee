/* Time. Pure code never calls these: it is handed `now`.
 *
 * Monotonic time measures durations and is never compared between computers; wall-clock time is
 * for people and records.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_monotonic_ms(void); /* CLOCK_MONOTONIC */
int64_t clock_monotonic_us(void);
int64_t clock_wall_ms(void); /* CLOCK_REALTIME, since 1970-01-01T00:00:00Z */

#define CLOCK_TEXT_SIZE 25
/* RFC 3339 in UTC with milliseconds, "2026-11-24T03:12:45.123Z"; returns `text`. */
const char *clock_format_wall(int64_t wall_ms, char text[static CLOCK_TEXT_SIZE]);

#endif
