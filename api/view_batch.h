/* Changes of the view that are written together, as the words of one script call. Pure. */
#ifndef API_VIEW_BATCH_H
#define API_VIEW_BATCH_H

#include "base/buf.h"
#include "schemas/messages.h"

#include <stdbool.h>

struct view_batch {
    struct buf bytes;
    size_t *ends; /* of each word in `bytes` */
    size_t word_count, word_capacity;
    size_t entities;
};

void view_batch_add_builder(struct view_batch *batch, const struct builder *builder);
void view_batch_add_machine(struct view_batch *batch, const struct machine *machine);
bool view_batch_is_full(const struct view_batch *batch);
/* Fills `out`, which has room for batch->word_count; valid until the batch changes. */
void view_batch_words(const struct view_batch *batch, struct slice *out);
void view_batch_clear(struct view_batch *batch); /* empties and frees */

#endif
