/* Taking a partition up: where the view is, where the log ends, and then on from there. */
#include "api/projector_internal.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

#define RETRY_MS 1000

struct flight *flight_new(struct partition *partition)
{
    struct flight *flight = xcalloc(1, sizeof(*flight));

    flight->partition = partition;
    flight->generation = partition->generation;
    return flight;
}

struct partition *flight_land(struct flight *flight)
{
    struct partition *partition = flight->partition;
    bool current = flight->generation == partition->generation;

    free(flight);
    return current ? partition : NULL;
}

void partition_drop(struct partition *partition)
{
    partition->generation++;
    if (partition->reader != NULL)
        bus_reader_close(partition->reader);
    partition->reader = NULL;
    timer_clear(partition->flush);
    timer_clear(partition->retry);
    view_batch_clear(&partition->projection.batch);
    partition->writing = false;
    partition->paused = false;
    partition->caught_up = false;
}

void partition_stop(struct partition *partition, const struct error *err)
{
    partition_drop(partition);
    partition->state = PARTITION_STOPPED;
    text_copy(partition->why, sizeof(partition->why), err->message);
    log_error("view: fleet.%s/%d is shown no further: %s", arch_name(partition->arch),
              partition->number, err->message);
}

void partition_retry(struct partition *partition, const struct error *err)
{
    partition_drop(partition);
    partition->state = PARTITION_LOADING;
    if (!store_is_connected(partition->projector->options.store))
        return; /* projector_store_connected() goes on */
    log_warn("view: fleet.%s/%d: %s; again in %d ms", arch_name(partition->arch), partition->number,
             err->message, RETRY_MS);
    timer_set(partition->retry, RETRY_MS);
}

static void start_reading(struct partition *partition)
{
    partition->projection.position = partition->stored;
    partition_read(partition);
}

static void claimed(void *arg, enum view_write_result result, const struct error *err)
{
    struct partition *partition = flight_land(arg);

    if (partition == NULL)
        return;
    if (result == VIEW_FAILED) {
        partition_retry(partition, err);
    } else if (result == VIEW_REFUSED) {
        partition_load(partition);
    } else {
        partition->has_stored = true;
        partition->stored = partition->flying;
        start_reading(partition);
    }
}

/* Writes a position of an empty view, or how far it is behind: readers then know what they see. */
static void claim(struct partition *partition, int64_t end)
{
    struct flight *flight = flight_new(partition);
    struct view_batch nothing = {0};
    struct error err;

    partition->flying = partition->has_stored ? partition->stored : (struct projection_position){0};
    partition->flying.target = end;
    if (view_write(partition->projector->options.view, partition->arch, partition->number,
                   partition->has_stored ? &partition->stored : NULL, &partition->flying, &nothing,
                   claimed, flight, &err) == 0)
        return;
    flight_land(flight);
    partition_retry(partition, &err);
}

static void end_found(void *arg, int64_t end, const struct error *err)
{
    struct partition *partition = flight_land(arg);

    if (partition == NULL)
        return;
    if (err != NULL)
        partition_retry(partition, err);
    else if (!partition->has_stored ||
             (partition->stored.next < end && partition->stored.target < end))
        claim(partition, end);
    else
        start_reading(partition);
}

static void position_found(void *arg, const struct projection_position *position,
                           const struct error *err)
{
    struct partition *partition = flight_land(arg);
    char topic[32];

    if (partition == NULL)
        return;
    if (err != NULL) {
        partition_retry(partition, err);
        return;
    }
    partition->has_stored = position != NULL;
    partition->stored = position != NULL ? *position : (struct projection_position){0};
    snprintf(topic, sizeof(topic), "fleet.%s", arch_name(partition->arch));
    bus_end(partition->projector->options.bus, topic, partition->number, end_found,
            flight_new(partition));
}

void partition_load(struct partition *partition)
{
    struct projector *projector = partition->projector;
    struct flight *flight;
    struct error err;

    partition_drop(partition);
    partition->state = PARTITION_LOADING;
    if (!store_is_connected(projector->options.store))
        return; /* projector_store_connected() goes on */
    metric_add(projector->reloads, 1);
    flight = flight_new(partition);
    if (view_read_position(projector->options.view, partition->arch, partition->number,
                           position_found, flight, &err) == 0)
        return;
    flight_land(flight);
    partition_retry(partition, &err);
}
