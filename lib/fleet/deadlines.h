/* Times by id, with the earliest first: a heap and a hash table. Private to lib/fleet. */
#ifndef FLEET_DEADLINES_H
#define FLEET_DEADLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEADLINES_NONE INT64_MAX

struct deadlines;
struct deadlines *deadlines_new(void);
void deadlines_free(struct deadlines *deadlines);

void deadlines_set(struct deadlines *deadlines, const char *id, int64_t at); /* adds or moves */
void deadlines_remove(struct deadlines *deadlines, const char *id);
bool deadlines_has(const struct deadlines *deadlines, const char *id);
size_t deadlines_count(const struct deadlines *deadlines);

/* DEADLINES_NONE when there is none. */
int64_t deadlines_first(const struct deadlines *deadlines);
/* Up to `max` ids whose time is `now` or earlier, in no particular order; they live until the next
 * change. */
size_t deadlines_due(const struct deadlines *deadlines, int64_t now, const char **ids, size_t max);

#endif
