#include "api/projector_internal.h"

#include "base/log.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

#define CHECK_PAUSE_MS 1000

/* --- writing --- */

static bool has_news(const struct partition *partition)
{
    const struct projection_position *now = &partition->projection.position;

    return partition->projection.batch.entities > 0 || now->next != partition->stored.next;
}

static void resume(struct partition *partition)
{
    if (!partition->paused || partition->reader == NULL)
        return;
    partition->paused = false;
    bus_reader_pause(partition->reader, false);
}

static void flush(void *arg);

static void written(void *arg, enum view_write_result result, const struct error *err)
{
    struct partition *partition = flight_land(arg);

    if (partition == NULL)
        return;
    partition->writing = false;
    if (result == VIEW_FAILED) {
        partition_retry(partition, err);
        return;
    }
    if (result == VIEW_REFUSED) {
        log_info("view: fleet.%s/%d was written by somebody else, or lost; looking again",
                 arch_name(partition->arch), partition->number);
        partition_load(partition);
        return;
    }
    partition->stored = partition->flying;
    metric_add(partition->projector->writes, 1);
    bus_group_commit(partition->projector->groups[ARCH_INDEX(partition->arch)].group,
                     partition->number, partition->stored.next);
    flush(partition);
    resume(partition);
}

/* One write at a time: what comes meanwhile is the next one. */
static void flush(void *arg)
{
    struct partition *partition = arg;
    struct flight *flight;
    struct error err;

    if (partition->state != PARTITION_READING || partition->writing || !has_news(partition))
        return;
    flight = flight_new(partition);
    partition->flying = partition->projection.position;
    partition->writing = true;
    if (view_write(partition->projector->options.view, partition->arch, partition->number,
                   &partition->stored, &partition->flying, &partition->projection.batch, written,
                   flight, &err) < 0) {
        partition->writing = false;
        flight_land(flight);
        partition_retry(partition, &err);
        return;
    }
    view_batch_clear(&partition->projection.batch);
}

/* --- reading --- */

static void count(struct partition *partition, uint64_t counted_before, uint64_t skipped_before)
{
    struct projector *projector = partition->projector;

    metric_add(projector->counted, (int64_t)(partition->projection.counted - counted_before));
    metric_add(projector->skipped, (int64_t)(partition->projection.skipped - skipped_before));
}

static void record_came(void *arg, const struct record *record)
{
    struct partition *partition = arg;
    uint64_t counted = partition->projection.counted, skipped = partition->projection.skipped;
    struct error err;

    if (projection_add(&partition->projection, record, &err) < 0) {
        partition_stop(partition, &err);
        return;
    }
    count(partition, counted, skipped);
    timer_set(partition->flush, 0);
    if (view_batch_is_full(&partition->projection.batch)) {
        partition->paused = true;
        bus_reader_pause(partition->reader, true);
    }
}

static void at_end(void *arg, int64_t next)
{
    struct partition *partition = arg;

    /* There may be gaps before the end, which count as read. */
    if (next > partition->projection.position.next) {
        partition->projection.position.next = next;
        timer_set(partition->flush, 0);
    }
    partition->caught_up = true;
}

static void read_failed(void *arg, const struct error *err)
{
    partition_stop(arg, err);
}

void partition_read(struct partition *partition)
{
    static const struct bus_reader_callbacks callbacks = {
        .record = record_came, .at_end = at_end, .failed = read_failed};
    int64_t next = partition->projection.position.next;
    char topic[32];
    struct error err;

    snprintf(topic, sizeof(topic), "fleet.%s", arch_name(partition->arch));
    partition->reader = bus_read(partition->projector->options.bus, topic, partition->number,
                                 next > 0 ? next : BUS_START, &callbacks, partition, &err);
    if (partition->reader == NULL)
        partition_stop(partition, &err);
    else
        partition->state = PARTITION_READING;
}

/* --- whose partition it is --- */

static struct partition *partition_of(struct arch_group *group, int32_t number)
{
    struct projector *projector = group->projector;

    return &projector->partitions[ARCH_INDEX(group->arch) * (size_t)projector->options.partitions +
                                  (size_t)number];
}

static void assigned(void *arg, int32_t number)
{
    struct partition *partition = partition_of(arg, number);

    log_debug("view: fleet.%s/%d is ours", arch_name(partition->arch), number);
    partition_load(partition);
}

static void revoked(void *arg, int32_t number, bool lost)
{
    struct partition *partition = partition_of(arg, number);

    log_debug("view: fleet.%s/%d is %s", arch_name(partition->arch), number,
              lost ? "lost" : "given to somebody else");
    partition_drop(partition);
    partition->state = PARTITION_ABSENT;
}

/* --- life --- */

static void load_again(void *arg)
{
    partition_load(arg);
}

static void make_partitions(struct projector *projector)
{
    size_t count = (size_t)projector->options.partitions;

    projector->partitions = xcalloc(ARCH_COUNT * count, sizeof(*projector->partitions));
    for (size_t i = 0; i < ARCH_COUNT * count; i++) {
        struct partition *partition = &projector->partitions[i];
        partition->projector = projector;
        partition->arch = (enum arch)(i / count + 1);
        partition->number = (int32_t)(i % count);
        partition->flush = timer_new(projector->options.loop, flush, partition);
        partition->retry = timer_new(projector->options.loop, load_again, partition);
    }
}

static void make_metrics(struct projector *projector)
{
    struct metrics *metrics = projector->options.metrics;

    projector->counted = metrics_get(metrics, METRIC_COUNTER, "leat_api_view_records_total", NULL,
                                     "Records of fleet that counted.");
    projector->skipped = metrics_get(metrics, METRIC_COUNTER, "leat_api_view_skipped_total", NULL,
                                     "Records of fleet that did not count.");
    projector->writes = metrics_get(metrics, METRIC_COUNTER, "leat_api_view_writes_total", NULL,
                                    "Writes of the view.");
    projector->reloads = metrics_get(metrics, METRIC_COUNTER, "leat_api_view_loads_total", NULL,
                                     "Times that a partition was taken up from Redis.");
}

static int join(struct projector *projector, enum arch arch, struct error *err)
{
    static const struct bus_group_callbacks callbacks = {.assigned = assigned, .revoked = revoked};
    struct arch_group *group = &projector->groups[ARCH_INDEX(arch)];
    char name[48], topic[32];

    group->projector = projector;
    group->arch = arch;
    snprintf(name, sizeof(name), "api-projector.%s", arch_name(arch));
    snprintf(topic, sizeof(topic), "fleet.%s", arch_name(arch));
    group->group = bus_join(projector->options.bus, name, topic, &callbacks, group, err);
    return group->group != NULL ? 0 : -1;
}

struct projector *projector_start(const struct projector_options *options, struct error *err)
{
    struct projector *projector = xcalloc(1, sizeof(*projector));

    projector->options = *options;
    projector->checked_ms = INT64_MIN / 2;
    make_metrics(projector);
    make_partitions(projector);
    for (size_t i = 0; i < ARCH_COUNT; i++) {
        if (join(projector, (enum arch)(i + 1), err) < 0) {
            projector_free(projector);
            return NULL;
        }
    }
    return projector;
}

static size_t partition_count(const struct projector *projector)
{
    return ARCH_COUNT * (size_t)projector->options.partitions;
}

void projector_free(struct projector *projector)
{
    if (projector == NULL)
        return;
    for (size_t i = 0; i < partition_count(projector); i++) {
        view_batch_clear(&projector->partitions[i].projection.batch);
        timer_free(projector->partitions[i].flush);
        timer_free(projector->partitions[i].retry);
    }
    free(projector->partitions);
    free(projector);
}

void projector_store_connected(struct projector *projector)
{
    for (size_t i = 0; i < partition_count(projector); i++) {
        struct partition *partition = &projector->partitions[i];
        if (partition->state == PARTITION_LOADING || partition->state == PARTITION_READING)
            partition_load(partition);
    }
}

void projector_check(struct projector *projector)
{
    int64_t now = loop_now_ms(projector->options.loop);

    if (now - projector->checked_ms < CHECK_PAUSE_MS)
        return;
    projector->checked_ms = now;
    view_tell_missing(projector->options.view);
    for (size_t i = 0; i < partition_count(projector); i++) {
        if (projector->partitions[i].state == PARTITION_READING)
            partition_load(&projector->partitions[i]);
    }
}

bool projector_is_ready(const struct projector *projector, struct buf *why)
{
    for (size_t i = 0; i < partition_count(projector); i++) {
        const struct partition *partition = &projector->partitions[i];
        const char *reason = NULL;
        if (partition->state == PARTITION_STOPPED)
            reason = partition->why;
        else if (partition->state == PARTITION_LOADING)
            reason = "is being looked up in Redis";
        else if (partition->state == PARTITION_READING && !partition->caught_up)
            reason = "is being caught up with";
        if (reason != NULL) {
            buf_printf(why, "the view of fleet.%s/%d: %s", arch_name(partition->arch),
                       partition->number, reason);
            return false;
        }
    }
    return true;
}
