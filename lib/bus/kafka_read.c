/* Readers of Kafka.
 *
 * A reader first asks where its partition begins and ends. So it can say at once that a position is
 * gone or that there is nothing to read, and always starts at a number: librdkafka takes half a
 * second to find out what BEGINNING or END is, and as long to notice that nothing is left.
 *
 * Each reader has a queue of its own, and a new one after each move, so nothing that was fetched
 * for an earlier position can be delivered. A paused reader's queue is left alone: it fills up to
 * its limit and then librdkafka stops fetching.
 */
#include "bus/kafka.h"

#include "base/memory.h"

#include <stdlib.h>

#define ASK_AGAIN_MS 500

static struct kafka_reader *reader_of(struct bus_reader *reader)
{
    return (struct kafka_reader *)(void *)reader;
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
    if (kafka_port_open(&reader->port, base->bus->loop, queue, serve_reader, reader, err) < 0)
        return -1;
    if (rd_kafka_consume_start_queue(reader->topic, base->partition, base->next, queue) < 0) {
        kafka_error(err, rd_kafka_last_error(), "cannot read %s/%d", base->topic, base->partition);
        kafka_port_unwatch(&reader->port);
        kafka_port_close(&reader->port);
        return -1;
    }
    reader->state = KAFKA_READER_STARTED;
    return 0;
}

static void stop(struct kafka_reader *reader)
{
    if (reader->state == KAFKA_READER_STARTED) {
        rd_kafka_consume_stop(reader->topic, reader->base.partition);
        kafka_port_unwatch(&reader->port);
        kafka_port_close(&reader->port);
    }
    reader->state = KAFKA_READER_STOPPED;
    timer_clear(reader->ask_again);
    if (reader->asking != NULL)
        reader->asking->reader = NULL;
    reader->asking = NULL;
}

static void ask(void *arg)
{
    struct kafka_reader *reader = arg;
    reader->state = KAFKA_READER_ASKING;
    reader->asking = kafka_ask_positions(reader);
}

int kafka_reader_open(struct bus_reader *base, struct error *err)
{
    struct kafka_reader *reader = reader_of(base);
    reader->lane = kafka_choose_lane(base, err);
    if (reader->lane == NULL)
        return -1;
    reader->topic = rd_kafka_topic_new(reader->lane->rk, base->topic, NULL);
    if (reader->topic == NULL)
        return kafka_error(err, rd_kafka_last_error(), "cannot read %s", base->topic);
    reader->ask_again = timer_new(base->bus->loop, ask, reader);
    reader->end_due = true;
    ask(reader);
    return 0;
}

void kafka_reader_move(struct bus_reader *base)
{
    struct kafka_reader *reader = reader_of(base);
    stop(reader);
    reader->end_due = true;
    ask(reader);
}

void kafka_reader_close(struct bus_reader *base)
{
    struct kafka_reader *reader = reader_of(base);
    stop(reader);
    timer_free(reader->ask_again);
    rd_kafka_topic_destroy(reader->topic);
    reader->lane = NULL;
}

/* These do not pass by themselves; everything else is tried again. */
static bool is_lasting(enum error_code code)
{
    return code != ERROR_NONE && code != ERROR_UNAVAILABLE && code != ERROR_TIMEOUT &&
           code != ERROR_IO;
}

/* What is to be said about the answer is said by the next step, which a pause holds up. */
void kafka_reader_answer(struct kafka_reader *reader, const struct kafka_job *job)
{
    reader->asking = NULL;
    if (job->error.code != ERROR_NONE && !is_lasting(job->error.code)) {
        timer_set(reader->ask_again, ASK_AGAIN_MS);
        return;
    }
    reader->state = KAFKA_READER_ANSWERED;
    reader->first = job->first;
    reader->end = job->value;
    reader->answer = job->error;
    bus_reader_wake(&reader->base);
}

static void fail(struct kafka_reader *reader, const struct error *err)
{
    stop(reader);
    bus_reader_fail(&reader->base, err);
}

static int begin(struct kafka_reader *reader, struct error *err)
{
    struct bus_reader *base = &reader->base;
    if (reader->answer.code != ERROR_NONE) {
        *err = reader->answer;
        return -1;
    }
    if (base->next == BUS_START)
        base->next = reader->first;
    if (base->next == BUS_END)
        base->next = reader->end;
    if (base->next < reader->first || base->next > reader->end)
        return error_set(err, ERROR_NOT_FOUND, "%s/%d has offsets %lld to %lld and no longer %lld",
                         base->topic, base->partition, (long long)reader->first,
                         (long long)reader->end, (long long)base->next);
    return start(reader, err);
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

static bool tell_end(struct kafka_reader *reader)
{
    struct bus_reader *base = &reader->base;
    unsigned moves = base->moves;
    if (!reader->end_due)
        return true;
    reader->end_due = false;
    bus_reader_at_end(base);
    return moves == base->moves && bus_reader_is_active(base);
}

static bool reached_end(struct kafka_reader *reader, rd_kafka_event_t *event)
{
    rd_kafka_topic_partition_t *position = rd_kafka_event_topic_partition(event);
    reader->base.next = position->offset;
    rd_kafka_topic_partition_destroy(position);
    return tell_end(reader);
}

static bool handle_error(struct kafka_reader *reader, rd_kafka_event_t *event)
{
    struct error err;
    struct bus_reader *base = &reader->base;
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return reached_end(reader, event);
    if (!is_lasting(kafka_error_code(code)))
        return true;
    error_set(&err, kafka_error_code(code), "cannot read %s/%d: %s", base->topic, base->partition,
              rd_kafka_event_error_string(event));
    fail(reader, &err);
    return false;
}

/* True when the reader may go on. */
static bool handle(struct kafka_reader *reader, struct bus_budget *budget, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *message;
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_FETCH:
        message = rd_kafka_event_message_next(event);
        reader->end_due = true;
        return message == NULL || deliver(&reader->base, budget, message);
    case RD_KAFKA_EVENT_ERROR:
        return handle_error(reader, event);
    default:
        return true;
    }
}

/* Nothing is queued. Either the answer or what came with the last fetch says where the end was; an
 * event says so too, but only after the broker has waited for more. */
static void check_end(struct kafka_reader *reader)
{
    struct bus_reader *base = &reader->base;
    int64_t first, end;
    if (rd_kafka_get_watermark_offsets(reader->lane->rk, base->topic, base->partition, &first,
                                       &end) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        end < reader->end)
        end = reader->end;
    if (base->next >= end)
        tell_end(reader);
}

static bool drain(struct kafka_reader *reader, struct bus_budget *budget)
{
    bool go_on = true;
    while (go_on && budget->records > 0 && budget->bytes > 0) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(reader->port.queue, 0);
        if (event == NULL) {
            check_end(reader);
            return false;
        }
        go_on = handle(reader, budget, event);
        rd_kafka_event_destroy(event);
    }
    return true;
}

bool kafka_reader_step(struct bus_reader *base, struct bus_budget *budget)
{
    struct kafka_reader *reader = reader_of(base);
    struct error err;
    if (reader->state == KAFKA_READER_ANSWERED && begin(reader, &err) < 0)
        fail(reader, &err);
    return reader->state == KAFKA_READER_STARTED && drain(reader, budget);
}
