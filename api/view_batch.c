#include "api/view_batch.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

/* One script call holds up Redis for everybody: a few milliseconds for this many. */
#define ENTITIES_FULL 256
#define BYTES_FULL    ((size_t)1 << 20)
/* A batch that is not full takes one more record of at most RECORD_VALUE_MAX. */
#define BYTES_MAX ((size_t)12 << 20)

static void end_word(struct view_batch *batch)
{
    if (batch->word_count == batch->word_capacity) {
        batch->word_capacity = batch->word_capacity > 0 ? 2 * batch->word_capacity : 64;
        batch->ends = xreallocarray(batch->ends, batch->word_capacity, sizeof(*batch->ends));
    }
    batch->ends[batch->word_count++] = batch->bytes.len;
}

static void add_text(struct view_batch *batch, const char *text)
{
    buf_puts(&batch->bytes, text);
    end_word(batch);
}

static void add_time(struct view_batch *batch, uint64_t wall_ms)
{
    buf_printf(&batch->bytes, "%llu", (unsigned long long)wall_ms);
    end_word(batch);
}

static void start(struct view_batch *batch)
{
    if (batch->bytes.max == 0)
        batch->bytes.max = BYTES_MAX;
    batch->entities++;
}

/* Where it has a place: "-" while queued, "" when it has ended. */
static const char *place_of(const struct builder *builder)
{
    switch (builder->state) {
    case BUILDER_STATE_QUEUED:
        return "-";
    case BUILDER_STATE_PLACED:
        return builder->machine;
    case BUILDER_STATE_ENDED:
        break;
    }
    return "";
}

void view_batch_add_builder(struct view_batch *batch, const struct builder *builder)
{
    start(batch);
    add_text(batch, "b");
    add_text(batch, builder->build);
    add_text(batch, arch_name(builder->arch));
    add_text(batch, builder->project);
    add_text(batch, place_of(builder));
    add_text(batch, builder->machine);
    add_time(batch, builder->requested_at_ms);
    builder_encode(builder, &batch->bytes);
    end_word(batch);
}

void view_batch_add_machine(struct view_batch *batch, const struct machine *machine)
{
    bool gone = machine->state == MACHINE_STATE_GONE;

    start(batch);
    add_text(batch, "m");
    add_text(batch, machine->machine);
    add_text(batch, gone ? "gone" : "machines");
    add_time(batch, gone ? machine->gone_at_ms : machine->launched_at_ms);
    machine_encode(machine, &batch->bytes);
    end_word(batch);
}

bool view_batch_is_full(const struct view_batch *batch)
{
    return batch->entities >= ENTITIES_FULL || batch->bytes.len >= BYTES_FULL;
}

void view_batch_words(const struct view_batch *batch, struct slice *out)
{
    size_t at = 0;

    for (size_t i = 0; i < batch->word_count; i++) {
        out[i] = slice_of(batch->bytes.data + at, batch->ends[i] - at);
        at = batch->ends[i];
    }
}

void view_batch_clear(struct view_batch *batch)
{
    buf_free(&batch->bytes);
    free(batch->ends);
    *batch = (struct view_batch){0};
}
