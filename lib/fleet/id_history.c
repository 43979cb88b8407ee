#include "fleet/id_history.h"

#include "base/memory.h"
#include "base/text.h"
#include "fleet/table.h"

#include <stdlib.h>

#define ID_SIZE 41

struct past_id {
    char id[ID_SIZE];
    UT_hash_handle hh;
};

struct id_history {
    size_t capacity, count, oldest;
    struct past_id **ring;
    struct past_id *table;
};

struct id_history *id_history_new(size_t capacity)
{
    struct id_history *history = xcalloc(1, sizeof(*history));

    history->capacity = capacity;
    history->ring = xcalloc(capacity, sizeof(struct past_id *));
    return history;
}

static void forget_oldest(struct id_history *history)
{
    struct past_id *entry = history->ring[history->oldest];

    HASH_DEL(history->table, entry);
    free(entry);
    history->oldest = (history->oldest + 1) % history->capacity;
    history->count--;
}

void id_history_free(struct id_history *history)
{
    if (history == NULL)
        return;
    while (history->count > 0)
        forget_oldest(history);
    free(history->ring);
    free(history);
}

void id_history_add(struct id_history *history, const char *id)
{
    if (id_history_has(history, id))
        return;
    if (history->count == history->capacity)
        forget_oldest(history);
    struct past_id *entry = xcalloc(1, sizeof(*entry));
    text_copy(entry->id, sizeof(entry->id), id);
    HASH_ADD_STR(history->table, id, entry);
    history->ring[(history->oldest + history->count) % history->capacity] = entry;
    history->count++;
}

bool id_history_has(const struct id_history *history, const char *id)
{
    struct past_id *entry;

    HASH_FIND_STR(history->table, id, entry);
    return entry != NULL;
}

size_t id_history_count(const struct id_history *history)
{
    return history->count;
}

const char *id_history_at(const struct id_history *history, size_t index)
{
    return history->ring[(history->oldest + index) % history->capacity]->id;
}
