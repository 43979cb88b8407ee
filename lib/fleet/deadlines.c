#include "fleet/deadlines.h"

#include "base/memory.h"
#include "base/text.h"
#include "fleet/table.h"

#include <stdlib.h>

#define ID_SIZE 41

struct deadline {
    char id[ID_SIZE];
    int64_t at;
    size_t place; /* in the heap */
    UT_hash_handle hh;
};

struct deadlines {
    struct deadline *table;
    struct deadline **heap;
    size_t count, capacity;
};

struct deadlines *deadlines_new(void)
{
    return xcalloc(1, sizeof(struct deadlines));
}

void deadlines_free(struct deadlines *deadlines)
{
    if (deadlines == NULL)
        return;
    HASH_CLEAR(hh, deadlines->table);
    for (size_t i = 0; i < deadlines->count; i++)
        free(deadlines->heap[i]);
    free(deadlines->heap);
    free(deadlines);
}

/* --- the heap --- */

static void put(struct deadlines *deadlines, size_t place, struct deadline *deadline)
{
    deadlines->heap[place] = deadline;
    deadline->place = place;
}

static void rise(struct deadlines *deadlines, struct deadline *deadline)
{
    size_t place = deadline->place;

    while (place > 0 && deadlines->heap[(place - 1) / 2]->at > deadline->at) {
        put(deadlines, place, deadlines->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(deadlines, place, deadline);
}

static void sink(struct deadlines *deadlines, struct deadline *deadline)
{
    size_t place = deadline->place, child;

    while ((child = 2 * place + 1) < deadlines->count) {
        if (child + 1 < deadlines->count &&
            deadlines->heap[child + 1]->at < deadlines->heap[child]->at)
            child++;
        if (deadlines->heap[child]->at >= deadline->at)
            break;
        put(deadlines, place, deadlines->heap[child]);
        place = child;
    }
    put(deadlines, place, deadline);
}

static struct deadline *find(const struct deadlines *deadlines, const char *id)
{
    struct deadline *deadline;

    HASH_FIND_STR(deadlines->table, id, deadline);
    return deadline;
}

static struct deadline *add(struct deadlines *deadlines, const char *id)
{
    struct deadline *deadline = xcalloc(1, sizeof(*deadline));

    if (deadlines->count == deadlines->capacity) {
        deadlines->capacity = deadlines->capacity > 0 ? 2 * deadlines->capacity : 16;
        deadlines->heap =
            xreallocarray(deadlines->heap, deadlines->capacity, sizeof(struct deadline *));
    }
    text_copy(deadline->id, sizeof(deadline->id), id);
    HASH_ADD_STR(deadlines->table, id, deadline);
    put(deadlines, deadlines->count++, deadline);
    return deadline;
}

void deadlines_set(struct deadlines *deadlines, const char *id, int64_t at)
{
    struct deadline *deadline = find(deadlines, id);

    if (deadline == NULL)
        deadline = add(deadlines, id);
    deadline->at = at;
    rise(deadlines, deadline);
    sink(deadlines, deadline);
}

void deadlines_remove(struct deadlines *deadlines, const char *id)
{
    struct deadline *deadline = find(deadlines, id);

    if (deadline == NULL)
        return;
    HASH_DEL(deadlines->table, deadline);
    struct deadline *last = deadlines->heap[--deadlines->count];
    if (last != deadline) {
        put(deadlines, deadline->place, last);
        rise(deadlines, last);
        sink(deadlines, last);
    }
    free(deadline);
}

bool deadlines_has(const struct deadlines *deadlines, const char *id)
{
    return find(deadlines, id) != NULL;
}

size_t deadlines_count(const struct deadlines *deadlines)
{
    return deadlines->count;
}

int64_t deadlines_first(const struct deadlines *deadlines)
{
    return deadlines->count > 0 ? deadlines->heap[0]->at : DEADLINES_NONE;
}

/* Below one that is not due none is. As deep as the heap is. */
static size_t collect(const struct deadlines *deadlines, size_t place, int64_t now,
                      const char **ids, size_t max)
{
    size_t count = 0;

    if (place >= deadlines->count || max == 0 || deadlines->heap[place]->at > now)
        return 0;
    ids[count++] = deadlines->heap[place]->id;
    count += collect(deadlines, 2 * place + 1, now, ids + count, max - count);
    count += collect(deadlines, 2 * place + 2, now, ids + count, max - count);
    return count;
}

size_t deadlines_due(const struct deadlines *deadlines, int64_t now, const char **ids, size_t max)
{
    return collect(deadlines, 0, now, ids, max);
}
