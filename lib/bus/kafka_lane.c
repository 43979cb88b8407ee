/* Lanes: consumers without a group. A consumer reads each partition only once, so a second reader
 * of the same partition goes to another consumer, the next lane. Mostly there is one.
 */
#include "bus/kafka.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static void serve_lane(void *arg)
{
    struct kafka_lane *lane = arg;
    struct bus *bus = &lane->kafka->base;
    rd_kafka_event_t *event;
    bus_enter(bus);
    kafka_port_acknowledge(&lane->port);
    while (!bus->closed && (event = rd_kafka_queue_poll(lane->port.queue, 0)) != NULL) {
        kafka_note_event(lane->kafka, event);
        rd_kafka_event_destroy(event);
    }
    bus_leave(bus);
}

static bool lane_reads(const struct kafka_lane *lane, const struct bus_reader *wanted)
{
    struct bus_reader *other;
    TAILQ_FOREACH(other, &wanted->bus->readers, link)
    if (((struct kafka_reader *)(void *)other)->lane == lane &&
        other->partition == wanted->partition && strcmp(other->topic, wanted->topic) == 0)
        return true;
    return false;
}

static struct kafka_lane *add_lane(struct kafka *kafka, struct error *err)
{
    rd_kafka_t *rk = kafka_new_reader(kafka, err);
    if (rk == NULL)
        return NULL;
    struct kafka_lane *lane = xcalloc(1, sizeof(*lane));
    lane->kafka = kafka;
    lane->rk = rk;
    if (kafka_port_open(&lane->port, kafka->base.loop, rd_kafka_queue_get_main(rk), serve_lane,
                        lane, err) < 0) {
        rd_kafka_destroy(rk);
        free(lane);
        return NULL;
    }
    SLIST_INSERT_HEAD(&kafka->handles.lanes, lane, link);
    return lane;
}

struct kafka_lane *kafka_choose_lane(const struct bus_reader *reader, struct error *err)
{
    struct kafka *kafka = kafka_of(reader->bus);
    struct kafka_lane *lane;
    SLIST_FOREACH(lane, &kafka->handles.lanes, link)
    if (!lane_reads(lane, reader))
        return lane;
    return add_lane(kafka, err);
}
