#include "api/id_table.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN 64

static uint32_t hash_of(struct slice id)
{
    uint32_t hash = UINT32_C(2166136261); /* FNV-1a */

    for (size_t i = 0; i < id.len; i++)
        hash = (hash ^ id.data[i]) * UINT32_C(16777619);
    return hash;
}

static void insert(struct id_table *table, struct id_node *node)
{
    struct id_node **bucket = &table->buckets[node->hash & (table->bucket_count - 1)];
    node->next = *bucket;
    *bucket = node;
}

static void grow(struct id_table *table)
{
    struct id_table wider = {.count = table->count};
    wider.bucket_count = table->bucket_count > 0 ? 2 * table->bucket_count : BUCKETS_MIN;
    wider.buckets = xcalloc(wider.bucket_count, sizeof(*wider.buckets));
    for (size_t i = 0; i < table->bucket_count; i++) {
        struct id_node *node = table->buckets[i], *next;
        for (; node != NULL; node = next) {
            next = node->next;
            insert(&wider, node);
        }
    }
    free(table->buckets);
    *table = wider;
}

void id_table_add(struct id_table *table, struct id_node *node, const char *id)
{
    size_t len = strnlen(id, ID_SIZE - 1);

    memcpy(node->id, id, len);
    node->id[len] = '\0';
    node->hash = hash_of(slice_text(node->id));
    if (table->count >= table->bucket_count)
        grow(table);
    insert(table, node);
    table->count++;
}

void id_table_remove(struct id_table *table, struct id_node *node)
{
    struct id_node **at = &table->buckets[node->hash & (table->bucket_count - 1)];

    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
    table->count--;
}

static struct id_node *first_from(struct id_node *node, uint32_t hash, struct slice id)
{
    while (node != NULL && (node->hash != hash || !slice_equal(slice_text(node->id), id)))
        node = node->next;
    return node;
}

struct id_node *id_table_find(const struct id_table *table, struct slice id)
{
    uint32_t hash = hash_of(id);

    if (table->count == 0)
        return NULL;
    return first_from(table->buckets[hash & (table->bucket_count - 1)], hash, id);
}

struct id_node *id_table_find_next(const struct id_node *node)
{
    return first_from(node->next, node->hash, slice_text(node->id));
}

void id_table_each(struct id_table *table, void (*visit)(void *arg, struct id_node *node),
                   void *arg)
{
    for (size_t i = 0; i < table->bucket_count; i++) {
        struct id_node *node = table->buckets[i], *next;
        for (; node != NULL; node = next) {
            next = node->next;
            visit(arg, node);
        }
    }
}

void id_table_clear(struct id_table *table)
{
    free(table->buckets);
    *table = (struct id_table){0};
}
