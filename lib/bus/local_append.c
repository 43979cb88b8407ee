/* Appends of the local log: those of one turn of the loop are one transaction.
 *
 * bus->appends is the queue, in the order of the calls. A transaction takes from its front, so what
 * was committed is always a prefix, and one answered is one removed from the front.
 */
#include "bus/local.h"

#include "base/clock.h"
#include "base/memory.h"

#include <string.h>

/* A transaction holds the loop up, and other processes' appends too. */
#define BATCH_RECORDS 1000
#define BATCH_BYTES   ((size_t)4 << 20)

struct local_append {
    struct bus_append base;
    struct local_topic *topic;
    int32_t partition;
    int64_t offset;
    int64_t queued_ms;
    struct slice key, value, headers; /* in `bytes` */
    uint8_t bytes[];
};

static struct local_append *append_of(struct bus_append *append)
{
    return (struct local_append *)(void *)append;
}

struct bus_append *local_append(struct bus *bus, const char *name, const struct record *record,
                                struct error *err)
{
    struct local *local = local_of(bus);
    struct local_topic *topic = local_find_topic(local, name, record->partition, err);
    if (topic == NULL)
        return NULL;
    size_t headers = local_headers_size(record);
    struct local_append *append =
        xmalloc(sizeof(*append) + record->key.len + record->value.len + headers);
    uint8_t *value = append->bytes + record->key.len;
    append->topic = topic;
    append->partition = record->partition;
    append->queued_ms = clock_monotonic_ms();
    append->key = slice_of(append->bytes, record->key.len);
    append->value = slice_of(value, record->value.len);
    append->headers = slice_of(value + record->value.len, headers);
    if (record->key.len > 0)
        memcpy(append->bytes, record->key.data, record->key.len);
    if (record->value.len > 0)
        memcpy(value, record->value.data, record->value.len);
    local_headers_encode(record, value + record->value.len);
    local_wake(local);
    return &append->base;
}

static void bind_blob(sqlite3_stmt *statement, int column, struct slice bytes)
{
    sqlite3_bind_blob64(statement, column, bytes.data, bytes.len, SQLITE_STATIC);
}

static int insert(struct local *local, struct local_append *append, struct error *err)
{
    struct local_partition *partition = &append->topic->partitions[append->partition];
    if (partition->batch != local->batch &&
        local_next_offset(local, append->topic->id, append->partition, &partition->next, err) < 0)
        return -1;
    partition->batch = local->batch;
    append->offset = partition->next++;
    sqlite3_stmt *statement = LOCAL_BIND(local, LOCAL_INSERT, append->topic->id, append->partition,
                                         append->offset, clock_wall_ms());
    bind_blob(statement, 5, append->key);
    bind_blob(statement, 6, append->value);
    bind_blob(statement, 7, append->headers);
    int result = local_query(local, statement, NULL, err);
    sqlite3_clear_bindings(statement);
    return result;
}

static int insert_batch(struct local *local, size_t *ret_count, struct error *err)
{
    size_t count = 0, bytes = 0;
    struct bus_append *append;
    TAILQ_FOREACH(append, &local->base.appends, link)
    {
        if (count == BATCH_RECORDS || bytes >= BATCH_BYTES)
            break;
        if (insert(local, append_of(append), err) < 0)
            return -1;
        bytes += append->size;
        count++;
    }
    *ret_count = count;
    return 0;
}

/* `*ret_committing` tells whether a commit was tried: then a failure does not say what is in the
 * file. */
static int write_batch(struct local *local, size_t *ret_count, bool *ret_committing,
                       struct error *err)
{
    *ret_committing = false;
    local->batch++;
    if (local_begin(local, err) < 0)
        return -1;
    int result = insert_batch(local, ret_count, err);
    if (result == 0)
        result = local_write_positions(local, err);
    if (result == 0) {
        *ret_committing = true;
        result = local_commit(local, err);
    }
    if (result < 0)
        local_rollback(local);
    return result;
}

static void wake_own_readers(struct local *local)
{
    struct bus_reader *reader;
    TAILQ_FOREACH(reader, &local->base.readers, link)
    {
        const struct local_topic *topic = ((struct local_reader *)(void *)reader)->topic;
        if (topic != NULL && topic->partitions[reader->partition].batch == local->batch)
            bus_reader_wake(reader);
    }
}

static void acknowledge(struct local *local, size_t count)
{
    struct bus *bus = &local->base;
    while (count-- > 0 && !bus->closed) {
        struct bus_append *append = TAILQ_FIRST(&bus->appends);
        bus_append_finish(bus, append, append_of(append)->offset, NULL);
    }
}

/* Those that have waited too long for other processes were certainly not appended. */
static void expire(struct local *local)
{
    struct bus *bus = &local->base;
    int64_t oldest = clock_monotonic_ms() - local->append_timeout_ms;
    struct bus_append *append;
    while (!bus->closed && (append = TAILQ_FIRST(&bus->appends)) != NULL &&
           append_of(append)->queued_ms < oldest) {
        struct error err;
        error_set(&err, ERROR_UNAVAILABLE, "other processes kept %s busy", local->path);
        bus_append_finish(bus, append, -1, &err);
    }
}

/* The file cannot be relied upon. What was in this transaction may be in it or not. */
static void give_up(struct local *local, const struct error *failure, bool committing)
{
    struct bus *bus = &local->base;
    struct bus_append *append;
    local_check_fatal(local, failure);
    while (!bus->closed && (append = TAILQ_FIRST(&bus->appends)) != NULL) {
        struct error err = *failure;
        if (committing)
            error_set(&err, ERROR_TIMEOUT, "%s", failure->message);
        bus_append_finish(bus, append, -1, &err);
    }
}

static bool flush_failed(struct local *local, const struct error *err, bool committing,
                         int64_t *ret_delay_ms)
{
    *ret_delay_ms = LOCAL_BUSY_RETRY_MS;
    if (!local_is_busy(err)) {
        give_up(local, err, committing);
        return false;
    }
    expire(local);
    return true;
}

bool local_flush(struct local *local, int64_t *ret_delay_ms)
{
    struct bus *bus = &local->base;
    struct error err;
    size_t count;
    bool committing;
    if (bus->failed || (TAILQ_EMPTY(&bus->appends) && !local->positions_due))
        return false;
    if (write_batch(local, &count, &committing, &err) < 0)
        return flush_failed(local, &err, committing, ret_delay_ms);
    local->positions_due = false;
    local_bell_ring(local);
    wake_own_readers(local);
    acknowledge(local, count);
    if (!bus->closed && local_checkpoint(local, &err) < 0)
        local_check_fatal(local, &err);
    *ret_delay_ms = 0;
    return !bus->closed && !bus->failed && !TAILQ_EMPTY(&bus->appends);
}
