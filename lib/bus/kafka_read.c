/* Readers of Kafka: consumers without a group that are told partition by partition where to start.
 *
 * Each reader has a queue of its own, and a new one after each move, so nothing that was fetched
 * for an earlier position can be delivered. A paused reader's queue is left alone: it fills up to
 * its limit and then librdkafka stops fetching. A consumer reads each partition only once; a second
 * reader of the same partition goes to another consumer, the next "lane".
 */
#include "bus/kafka.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static struct kafka_reader *reader_of(struct bus_reader *reader)
{
    return (struct kafka_reader *)(void *)reader;
}

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
    if (reader_of(other)->lane == lane && other->partition == wanted->partition &&
        strcmp(other->topic, wanted->topic) == 0)
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

static struct kafka_lane *choose_lane(const struct bus_reader *reader, struct error *err)
{
    struct kafka *kafka = kafka_of(reader->bus);
    struct kafka_lane *lane;
    SLIST_FOREACH(lane, &kafka->handles.lanes, link)
    if (!lane_reads(lane, reader))
        return lane;
    return add_lane(kafka, err);
}

static void serve_reader(void *arg)
{
    struct kafka_reader *reader = arg;
    kafka_port_acknowledge(&reader->port);
    bus_reader_wake(&reader->base);
}

static int start(struct kafka_reader *reader, struct error *err)
{
    struct bus_reader *base = &reader->base;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(reader->lane->rk);
    int64_t from = base->next == BUS_START ? RD_KAFKA_OFFSET_BEGINNING
                   : base->next == BUS_END ? RD_KAFKA_OFFSET_END
                                           : base->next;
    if (kafka_port_open(&reader->port, base->bus->loop, queue, serve_reader, reader, err) < 0)
        return -1;
    if (rd_kafka_consume_start_queue(reader->topic, base->partition, from, queue) < 0) {
        kafka_error(err, rd_kafka_last_error(), "cannot read %s/%d", base->topic, base->partition);
        kafka_port_unwatch(&reader->port);
        kafka_port_close(&reader->port);
        return -1;
    }
    reader->started = true;
    return 0;
}

static void stop(struct kafka_reader *reader)
{
    if (!reader->started)
        return;
    reader->started = false;
    rd_kafka_consume_stop(reader->topic, reader->base.partition);
    kafka_port_unwatch(&reader->port);
    kafka_port_close(&reader->port);
}

int kafka_reader_open(struct bus_reader *base, struct error *err)
{
    struct kafka_reader *reader = reader_of(base);
    reader->lane = choose_lane(base, err);
    if (reader->lane == NULL)
        return -1;
    reader->topic = rd_kafka_topic_new(reader->lane->rk, base->topic, NULL);
    if (reader->topic == NULL)
        return kafka_error(err, rd_kafka_last_error(), "cannot read %s", base->topic);
    if (start(reader, err) < 0) {
        rd_kafka_topic_destroy(reader->topic);
        return -1;
    }
    return 0;
}

/* What fails here is shown by the next step. */
void kafka_reader_move(struct bus_reader *base)
{
    struct kafka_reader *reader = reader_of(base);
    stop(reader);
    start(reader, NULL);
}

void kafka_reader_close(struct bus_reader *base)
{
    struct kafka_reader *reader = reader_of(base);
    stop(reader);
    rd_kafka_topic_destroy(reader->topic);
    reader->lane = NULL;
}

static void fill_headers(struct record *record, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t len;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    /* More than a record can have come from somebody else; without them it is refused as such. */
    while (record->header_count < RECORD_HEADERS_MAX &&
           rd_kafka_header_get_all(headers, record->header_count,
                                   &record->headers[record->header_count].name, &value,
                                   &len) == RD_KAFKA_RESP_ERR_NO_ERROR)
        record->headers[record->header_count++].value = slice_of(value, len);
}

static bool deliver(struct bus_reader *reader, struct bus_budget *budget,
                    const rd_kafka_message_t *message)
{
    struct record record = {
        .topic = reader->topic,
        .partition = reader->partition,
        .offset = message->offset,
        .timestamp_ms = rd_kafka_message_timestamp(message, NULL),
        .key = slice_of(message->key, message->key_len),
        .value = slice_of(message->payload, message->len),
    };
    fill_headers(&record, message);
    return bus_reader_deliver(reader, budget, &record);
}

/* These do not pass by themselves; librdkafka goes on trying after everything else. */
static bool is_lasting(rd_kafka_resp_err_t code)
{
    enum error_code kind = kafka_error_code(code);
    return kind == ERROR_NOT_FOUND || kind == ERROR_DENIED || kind == ERROR_CORRUPT ||
           kind == ERROR_LIMIT || kind == ERROR_INVALID;
}

static bool reached_end(struct bus_reader *reader, rd_kafka_event_t *event)
{
    rd_kafka_topic_partition_t *position = rd_kafka_event_topic_partition(event);
    unsigned moves = reader->moves;
    reader->next = position->offset;
    rd_kafka_topic_partition_destroy(position);
    bus_reader_at_end(reader);
    return moves == reader->moves && bus_reader_is_active(reader);
}

static bool handle_error(struct kafka_reader *reader, rd_kafka_event_t *event)
{
    struct error err;
    struct bus_reader *base = &reader->base;
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return reached_end(base, event);
    if (!is_lasting(code))
        return true;
    error_set(&err, kafka_error_code(code), "cannot read %s/%d: %s", base->topic, base->partition,
              rd_kafka_event_error_string(event));
    stop(reader);
    bus_reader_fail(base, &err);
    return false;
}

/* True when the reader may go on. */
static bool handle(struct kafka_reader *reader, struct bus_budget *budget, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *message;
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_FETCH:
        message = rd_kafka_event_message_next(event);
        return message == NULL || deliver(&reader->base, budget, message);
    case RD_KAFKA_EVENT_ERROR:
        return handle_error(reader, event);
    default:
        return true;
    }
}

static void fail_start(struct kafka_reader *reader)
{
    struct error err;
    if (start(reader, &err) < 0)
        bus_reader_fail(&reader->base, &err);
}

bool kafka_reader_step(struct bus_reader *base, struct bus_budget *budget)
{
    struct kafka_reader *reader = reader_of(base);
    bool go_on = true;
    if (!reader->started)
        fail_start(reader);
    while (go_on && reader->started && budget->records > 0 && budget->bytes > 0) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(reader->port.queue, 0);
        if (event == NULL)
            return false;
        go_on = handle(reader, budget, event);
        rd_kafka_event_destroy(event);
    }
    return true;
}
