/* The producer: idempotent, so that each partition keeps the order of the calls and has each record
 * once; a record is answered when its delivery report comes. */
#include "bus/kafka.h"

#include "base/memory.h"

#include <stdlib.h>

/* What the delivery report says went wrong; NULL when nothing did. */
static const struct error *explain(const rd_kafka_message_t *message, struct error *err)
{
    const char *topic = rd_kafka_topic_name(message->rkt);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset >= 0)
        return NULL;
    /* After a retry that the broker knew already, it may not say where the record is. */
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        error_set(err, ERROR_TIMEOUT, "%s/%d did not tell the offset of a record that it has",
                  topic, message->partition);
        return err;
    }
    kafka_error(err, message->err, "cannot append to %s/%d", topic, message->partition);
    /* It was sent and the answer did not come: it may be in the log or not. */
    if (rd_kafka_message_status(message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED) {
        err->code = ERROR_TIMEOUT;
        err->retriable = true;
    }
    return err;
}

static void report_deliveries(struct kafka *kafka, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *message;
    struct error err;
    while (!kafka->base.closed && (message = rd_kafka_event_message_next(event)) != NULL)
        bus_append_finish(&kafka->base, message->_private, message->offset, explain(message, &err));
}

static void serve_producer(void *arg)
{
    struct kafka *kafka = arg;
    struct kafka_port *port = &kafka->handles.producer_port;
    rd_kafka_event_t *event;
    bus_enter(&kafka->base);
    kafka_port_acknowledge(port);
    while (!kafka->base.closed && (event = rd_kafka_queue_poll(port->queue, 0)) != NULL) {
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR)
            report_deliveries(kafka, event);
        else
            kafka_note_event(kafka, event);
        rd_kafka_event_destroy(event);
    }
    bus_leave(&kafka->base);
}

int kafka_open_producer(struct kafka *kafka, struct error *err)
{
    struct kafka_remains *handles = &kafka->handles;
    handles->producer = kafka_new_producer(kafka, err);
    if (handles->producer == NULL)
        return -1;
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(handles->producer);
    return kafka_port_open(&handles->producer_port, kafka->base.loop, queue, serve_producer, kafka,
                           err);
}

static rd_kafka_headers_t *copy_headers(const struct record *record)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(record->header_count);
    for (size_t i = 0; i < record->header_count; i++) {
        const struct record_header *header = &record->headers[i];
        rd_kafka_header_add(headers, header->name, -1,
                            header->value.data != NULL ? header->value.data : (const void *)"",
                            (ssize_t)header->value.len);
    }
    return headers;
}

static void *bytes_of(struct slice slice)
{
    return slice.len > 0 ? (void *)(uintptr_t)slice.data : NULL;
}

/* An empty value is Kafka's null: it removes the key from a compacted topic. */
struct bus_append *kafka_append(struct bus *bus, const char *topic, const struct record *record,
                                struct error *err)
{
    struct kafka *kafka = kafka_of(bus);
    struct bus_append *append = xcalloc(1, sizeof(*append));
    rd_kafka_headers_t *headers = copy_headers(record);
    rd_kafka_resp_err_t code = rd_kafka_producev(
        kafka->handles.producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(record->partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_VALUE(bytes_of(record->value), record->value.len),
        RD_KAFKA_V_KEY(bytes_of(record->key), record->key.len), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_OPAQUE(append), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return append; /* the headers are librdkafka's now */
    kafka_error(err, code, "cannot append to %s/%d", topic, record->partition);
    rd_kafka_headers_destroy(headers);
    free(append);
    return NULL;
}
