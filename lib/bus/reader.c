/* Readers, as far as they are the same for every backend: who is ready, and how much is delivered
 * in one turn of the loop, so that one reader with a long way to go starves nobody. */
#include "bus/backend.h"

#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>

#define RECORDS_A_TURN 256
#define BYTES_A_TURN   ((size_t)1 << 20)

bool bus_reader_is_active(const struct bus_reader *reader)
{
    return !reader->closed && !reader->paused && !reader->failed && !reader->bus->failed;
}

static void push_ready(struct bus_reader *reader)
{
    if (reader->ready || !bus_reader_is_active(reader))
        return;
    reader->ready = true;
    TAILQ_INSERT_TAIL(&reader->bus->ready, reader, ready_link);
}

static void drop_ready(struct bus_reader *reader)
{
    if (!reader->ready)
        return;
    reader->ready = false;
    TAILQ_REMOVE(&reader->bus->ready, reader, ready_link);
}

void bus_reader_wake(struct bus_reader *reader)
{
    push_ready(reader);
    if (reader->ready)
        timer_set(reader->bus->pump, 0);
}

/* Each ready reader gets its turn; one that used up the budget goes behind the others. */
static void pump(void *arg)
{
    struct bus *bus = arg;
    struct bus_budget budget = {.records = RECORDS_A_TURN, .bytes = BYTES_A_TURN};
    bus_enter(bus);
    struct bus_reader *reader;
    while (!bus->closed && budget.records > 0 && budget.bytes > 0 &&
           (reader = TAILQ_FIRST(&bus->ready)) != NULL) {
        drop_ready(reader);
        if (bus_reader_is_active(reader) && bus->ops->reader_step(reader, &budget))
            push_ready(reader);
    }
    if (!bus->closed && !TAILQ_EMPTY(&bus->ready))
        timer_set(bus->pump, 0);
    bus_leave(bus);
}

bool bus_reader_deliver(struct bus_reader *reader, struct bus_budget *budget,
                        const struct record *record)
{
    size_t size = record->key.len + record->value.len;
    budget->records--;
    budget->bytes -= size < budget->bytes ? size : budget->bytes;
    reader->next = record->offset + 1;
    unsigned moves = reader->moves;
    reader->callbacks.record(reader->arg, record);
    return moves == reader->moves && bus_reader_is_active(reader);
}

void bus_reader_at_end(struct bus_reader *reader)
{
    if (reader->callbacks.at_end != NULL)
        reader->callbacks.at_end(reader->arg, reader->next);
}

void bus_reader_fail(struct bus_reader *reader, const struct error *err)
{
    reader->failed = true;
    drop_ready(reader);
    if (reader->callbacks.failed != NULL)
        reader->callbacks.failed(reader->arg, err);
    else
        log_error("%s/%d: %s", reader->topic, reader->partition, err->message);
}

struct bus_reader *bus_read(struct bus *bus, const char *topic, int32_t partition, int64_t offset,
                            const struct bus_reader_callbacks *callbacks, void *arg,
                            struct error *err)
{
    if (partition < 0 || offset < BUS_START) {
        error_set(err, ERROR_INVALID, "cannot read partition %d from %lld", partition,
                  (long long)offset);
        return NULL;
    }
    struct bus_reader *reader = xcalloc(1, bus->ops->reader_size);
    reader->bus = bus;
    reader->callbacks = *callbacks;
    reader->arg = arg;
    reader->partition = partition;
    reader->next = offset == 0 ? BUS_START : offset;
    if (bus->pump == NULL)
        bus->pump = timer_new(bus->loop, pump, bus);
    if (bus_name(bus, topic, reader->topic, err) < 0 || bus->ops->reader_open(reader, err) < 0) {
        free(reader);
        return NULL;
    }
    TAILQ_INSERT_TAIL(&bus->readers, reader, link);
    bus_reader_wake(reader);
    return reader;
}

void bus_reader_pause(struct bus_reader *reader, bool paused)
{
    reader->paused = paused;
    if (paused)
        drop_ready(reader);
    else
        bus_reader_wake(reader);
}

void bus_reader_seek(struct bus_reader *reader, int64_t offset)
{
    reader->next = offset == 0 ? BUS_START : offset;
    reader->moves++;
    reader->failed = false;
    reader->bus->ops->reader_move(reader);
    bus_reader_wake(reader);
}

void bus_reader_close(struct bus_reader *reader)
{
    if (reader == NULL || reader->closed)
        return;
    struct bus *bus = reader->bus;
    bus_enter(bus);
    reader->closed = true;
    drop_ready(reader);
    bus->ops->reader_close(reader);
    TAILQ_REMOVE(&bus->readers, reader, link);
    TAILQ_INSERT_TAIL(&bus->retired_readers, reader, link);
    bus_leave(bus);
}

void bus_reader_free_retired(struct bus *bus)
{
    struct bus_reader *reader;
    while ((reader = TAILQ_FIRST(&bus->retired_readers)) != NULL) {
        TAILQ_REMOVE(&bus->retired_readers, reader, link);
        free(reader);
    }
}

void bus_reader_close_all(struct bus *bus)
{
    struct bus_reader *reader;
    while ((reader = TAILQ_FIRST(&bus->readers)) != NULL)
        bus_reader_close(reader);
}
