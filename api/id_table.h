/* A table from ids (of builds, of machines) to whatever embeds a node; several nodes may have the
 * same id. Nodes are owned by their users. */
#ifndef API_ID_TABLE_H
#define API_ID_TABLE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_SIZE 41

struct id_node {
    struct id_node *next;
    uint32_t hash;
    char id[ID_SIZE];
};

struct id_table {
    struct id_node **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;
};

/* `id` is cut at its bound. */
void id_table_add(struct id_table *table, struct id_node *node, const char *id);
void id_table_remove(struct id_table *table, struct id_node *node);
/* The first node of this id, and the next one after it. NULL when there is none. */
struct id_node *id_table_find(const struct id_table *table, struct slice id);
struct id_node *id_table_find_next(const struct id_node *node);
/* Every node, in no order; `visit` may remove the node that it is given. */
void id_table_each(struct id_table *table, void (*visit)(void *arg, struct id_node *node),
                   void *arg);
void id_table_clear(struct id_table *table); /* frees the table, not the nodes */

#endif
