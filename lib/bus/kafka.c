/* The log as Kafka topics: opening, what the handles say, closing. */
#include "bus/kafka.h"

#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define APPEND_TIMEOUT_MS    30000
#define SESSION_TIMEOUT_MS   6000
#define MAX_POLL_INTERVAL_MS 300000

void kafka_note_event(struct kafka *kafka, rd_kafka_event_t *event)
{
    struct error err;
    if (rd_kafka_event_type(event) != RD_KAFKA_EVENT_ERROR)
        return;
    if (!rd_kafka_event_error_is_fatal(event)) {
        log_warn("Kafka: %s", rd_kafka_event_error_string(event));
        return;
    }
    error_set(&err, ERROR_IO, "Kafka: %s: %s", rd_kafka_err2name(rd_kafka_event_error(event)),
              rd_kafka_event_error_string(event));
    bus_fail(&kafka->base, &err);
}

static void stop(struct bus *bus)
{
    struct kafka *kafka = kafka_of(bus);
    struct kafka_lane *lane;
    struct kafka_member *member;
    kafka_port_unwatch(&kafka->handles.producer_port);
    SLIST_FOREACH(lane, &kafka->handles.lanes, link)
    kafka_port_unwatch(&lane->port);
    TAILQ_FOREACH(member, &kafka->handles.members, link)
    kafka_member_unwatch(member);
    watch_free(kafka->pool_watch);
    kafka->pool_watch = NULL;
    if (kafka->handles.pool != NULL)
        kafka_pool_stop(kafka->handles.pool);
}

static void free_kafka(struct bus *bus)
{
    struct kafka *kafka = kafka_of(bus);
    char *owned[] = {kafka->brokers,        kafka->client_id,        kafka->security,
                     kafka->ca_file,        kafka->certificate_file, kafka->key_file,
                     kafka->sasl_mechanism, kafka->sasl_user,        kafka->sasl_password_file};
    kafka_close_remains(&kafka->handles);
    for (size_t i = 0; i < array_size(owned); i++)
        free(owned[i]);
    bus_clear(bus);
    free(kafka);
}

static const struct bus_ops kafka_ops = {
    .stop = stop,
    .free = free_kafka,
    .append = kafka_append,
    .ask = kafka_ask,
    .reader_size = sizeof(struct kafka_reader),
    .reader_open = kafka_reader_open,
    .reader_move = kafka_reader_move,
    .reader_close = kafka_reader_close,
    .reader_step = kafka_reader_step,
    .group_size = sizeof(struct kafka_group),
    .group_open = kafka_group_open,
    .group_commit = kafka_group_commit,
    .group_leave = kafka_group_leave,
};

static char *copy_text(const char *text)
{
    return xstrdup(text != NULL ? text : "");
}

static int64_t or_default(int64_t value, int64_t fallback)
{
    return value > 0 ? value : fallback;
}

static void copy_options(struct kafka *kafka, const struct bus_options *options)
{
    kafka->brokers = copy_text(options->brokers);
    kafka->client_id = copy_text(options->client_id);
    kafka->security = copy_text(options->security);
    kafka->ca_file = copy_text(options->ca_file);
    kafka->certificate_file = copy_text(options->certificate_file);
    kafka->key_file = copy_text(options->key_file);
    kafka->sasl_mechanism = copy_text(options->sasl_mechanism);
    kafka->sasl_user = copy_text(options->sasl_user);
    kafka->sasl_password_file = copy_text(options->sasl_password_file);
    kafka->append_timeout_ms = or_default(options->append_timeout_ms, APPEND_TIMEOUT_MS);
    kafka->session_timeout_ms = or_default(options->session_timeout_ms, SESSION_TIMEOUT_MS);
    kafka->max_poll_interval_ms = or_default(options->max_poll_interval_ms, MAX_POLL_INTERVAL_MS);
    if (kafka->max_poll_interval_ms < kafka->session_timeout_ms)
        kafka->max_poll_interval_ms = kafka->session_timeout_ms;
}

static int open_handles(struct kafka *kafka, struct error *err)
{
    if (kafka->brokers[0] == '\0')
        return error_set(err, ERROR_INVALID, "no Kafka brokers are given");
    if (kafka_open_producer(kafka, err) < 0)
        return -1;
    kafka->handles.pool = kafka_pool_new(err);
    if (kafka->handles.pool == NULL)
        return -1;
    kafka->pool_watch =
        watch_new(kafka->base.loop, kafka->handles.pool->fd, WATCH_READ, kafka_answer, kafka);
    return 0;
}

struct bus *bus_kafka_open(struct loop *loop, const struct bus_options *options, struct error *err)
{
    struct kafka *kafka = xcalloc(1, sizeof(*kafka));
    bus_init(&kafka->base, &kafka_ops, loop, options);
    SLIST_INIT(&kafka->handles.lanes);
    TAILQ_INIT(&kafka->handles.members);
    copy_options(kafka, options);
    if (open_handles(kafka, err) < 0) {
        stop(&kafka->base);
        free_kafka(&kafka->base);
        return NULL;
    }
    return &kafka->base;
}
