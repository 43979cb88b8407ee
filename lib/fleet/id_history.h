/* The newest so many ids of what has ended, in the order in which it ended: so that a record that
 * comes late or twice is known for what it is, in bounded memory. Private to lib/fleet. */
#ifndef FLEET_ID_HISTORY_H
#define FLEET_ID_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

struct id_history;
struct id_history *id_history_new(size_t capacity);
void id_history_free(struct id_history *history);

/* Forgets the oldest when it is full. An id that is there already stays where it is. */
void id_history_add(struct id_history *history, const char *id);
bool id_history_has(const struct id_history *history, const char *id);

size_t id_history_count(const struct id_history *history);
/* From the oldest, 0, on. */
const char *id_history_at(const struct id_history *history, size_t index);

#endif
