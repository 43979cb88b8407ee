/* Topics of Kafka, their partition counts and their ends: asked on the pool's threads. */
#include "bus/kafka.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#define ASK_TIMEOUT_MS    5000
#define READ_TIMEOUT_MS   2000 /* a reader asks again; others may wait for the thread */
#define UNKNOWN_AGAIN_MS  100
#define UNKNOWN_TRIES     10
#define ENSURE_TIMEOUT_MS 20000
#define ENSURE_AGAIN_MS   20
#define MESSAGE_BYTES_MAX "2097152" /* RECORD_VALUE_MAX with key, headers and framing */

void kafka_ask(struct bus *bus, struct bus_request *request)
{
    struct kafka_job *job = xcalloc(1, sizeof(*job));
    job->rk = kafka_of(bus)->handles.producer;
    job->request = request;
    job->timeout_ms = ASK_TIMEOUT_MS;
    job->kind = request->kind;
    job->create = request->create;
    job->error = request->error;
    job->topics = xcalloc(request->topic_count + 1, sizeof(*job->topics));
    for (; job->topic_count < request->topic_count; job->topic_count++) {
        job->topics[job->topic_count] = request->topics[job->topic_count];
        job->topics[job->topic_count].name = xstrdup(request->topics[job->topic_count].name);
    }
    kafka_pool_put(kafka_of(bus)->handles.pool, job);
}

struct kafka_job *kafka_ask_positions(struct kafka_reader *reader)
{
    struct kafka_job *job = xcalloc(1, sizeof(*job));
    job->rk = reader->lane->rk;
    job->reader = reader;
    job->kind = BUS_REQUEST_END;
    job->timeout_ms = READ_TIMEOUT_MS;
    job->topics = xcalloc(1, sizeof(*job->topics));
    job->topics[0].name = xstrdup(reader->base.topic);
    job->topics[0].partitions = reader->base.partition;
    job->topic_count = 1;
    kafka_pool_put(kafka_of(reader->base.bus)->handles.pool, job);
    return job;
}

void kafka_free_job(struct kafka_job *job)
{
    if (job->member != NULL)
        kafka_member_free(job->member);
    for (size_t i = 0; i < job->topic_count; i++)
        free((char *)(uintptr_t)job->topics[i].name); /* our own copy */
    free(job->topics);
    free(job);
}

static void finish(struct bus *bus, struct kafka_job *job)
{
    job->request->value = job->value;
    job->request->error = job->error;
    bus_request_finish(bus, job->request);
}

void kafka_answer(void *arg)
{
    struct kafka *kafka = arg;
    struct bus *bus = &kafka->base;
    struct kafka_job *job;
    eventfd_t count;
    bus_enter(bus);
    eventfd_read(kafka->handles.pool->fd, &count);
    while (!bus->closed && (job = kafka_pool_take_done(kafka->handles.pool)) != NULL) {
        if (job->request != NULL)
            finish(bus, job);
        else if (job->reader != NULL)
            kafka_reader_answer(job->reader, job);
        kafka_free_job(job);
    }
    bus_leave(bus);
}

/* The partition count, or -1 with ERROR_NOT_FOUND when there is no such topic. */
static int32_t ask_partitions(rd_kafka_t *rk, const char *name, struct error *err)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
    rd_kafka_resp_err_t code = topic == NULL
                                   ? rd_kafka_last_error()
                                   : rd_kafka_metadata(rk, 0, topic, &metadata, ASK_TIMEOUT_MS);
    if (topic != NULL)
        rd_kafka_topic_destroy(topic);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(err, code, "cannot ask about topic %s", name);
    int32_t count = 0;
    code = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (metadata->topic_cnt == 1) {
        code = metadata->topics[0].err;
        count = metadata->topics[0].partition_cnt;
    }
    rd_kafka_metadata_destroy(metadata);
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        return error_set(err, ERROR_NOT_FOUND, "topic %s does not exist", name);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(err, code, "cannot ask about topic %s", name);
    return count;
}

/* 1 when the topic is as it should be, 0 when it is missing, -1 otherwise. */
static int check_topic(rd_kafka_t *rk, const struct bus_topic *topic, struct error *err)
{
    int32_t count = ask_partitions(rk, topic->name, err);
    if (count < 0)
        return err->code == ERROR_NOT_FOUND ? 0 : -1;
    if (count != topic->partitions)
        return error_set(err, ERROR_CONFLICT, "topic %s has %d partitions, it should have %d",
                         topic->name, count, topic->partitions);
    return 1;
}

/* Notes which are missing; their number, or -1. */
static int check_topics(struct kafka_job *job, bool *missing, struct error *err)
{
    int count = 0;
    for (size_t i = 0; i < job->topic_count; i++) {
        const struct bus_topic *topic = &job->topics[i];
        int found = check_topic(job->rk, topic, err);
        if (found < 0)
            return -1;
        missing[i] = found == 0;
        if (found == 0 && !job->create)
            return error_set(err, ERROR_NOT_FOUND,
                             "topic %s does not exist; it should have %d partitions", topic->name,
                             topic->partitions);
        count += found == 0;
    }
    return count;
}

static rd_kafka_NewTopic_t *describe_new(const struct bus_topic *topic, struct error *err)
{
    char text[256], retention[24];
    rd_kafka_NewTopic_t *new =
        rd_kafka_NewTopic_new(topic->name, topic->partitions,
                              topic->replication > 0 ? topic->replication : -1, text, sizeof(text));
    if (new == NULL) {
        error_set(err, ERROR_INVALID, "cannot make topic %s: %s", topic->name, text);
        return NULL;
    }
    snprintf(retention, sizeof(retention), "%lld", (long long)topic->retention_ms);
    rd_kafka_NewTopic_set_config(new, "cleanup.policy", topic->compact ? "compact" : "delete");
    rd_kafka_NewTopic_set_config(new, "retention.ms", retention);
    rd_kafka_NewTopic_set_config(new, "max.message.bytes", MESSAGE_BYTES_MAX);
    rd_kafka_NewTopic_set_config(new, "message.timestamp.type", "LogAppendTime");
    /* acks=all counts the replicas in sync; one alone is not durable. */
    if (topic->replication > 2)
        rd_kafka_NewTopic_set_config(new, "min.insync.replicas", "2");
    return new;
}

static int check_created(const rd_kafka_event_t *event, struct error *err)
{
    size_t count;
    const rd_kafka_topic_result_t **results = rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result((rd_kafka_event_t *)(uintptr_t)event), &count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
        const char *text = rd_kafka_topic_result_error_string(results[i]);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            return error_set(err, kafka_error_code(code), "cannot make topic %s: %s",
                             rd_kafka_topic_result_name(results[i]),
                             text != NULL ? text : rd_kafka_err2str(code));
    }
    return 0;
}

static int request_creation(rd_kafka_t *rk, rd_kafka_NewTopic_t **topics, size_t count,
                            struct error *err)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    int result = 0;
    rd_kafka_CreateTopics(rk, topics, count, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, ENSURE_TIMEOUT_MS);
    rd_kafka_resp_err_t code =
        event != NULL ? rd_kafka_event_error(event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        result = kafka_error(err, code, "cannot make topics");
    else
        result = check_created(event, err);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    return result;
}

static int create_missing(struct kafka_job *job, const bool *missing, struct error *err)
{
    rd_kafka_NewTopic_t **topics = xcalloc(job->topic_count, sizeof(rd_kafka_NewTopic_t *));
    size_t count = 0;
    int result = 0;
    for (size_t i = 0; i < job->topic_count && result == 0; i++) {
        if (!missing[i])
            continue;
        topics[count] = describe_new(&job->topics[i], err);
        result = topics[count] != NULL ? 0 : -1;
        count += result == 0;
    }
    if (result == 0)
        result = request_creation(job->rk, topics, count, err);
    rd_kafka_NewTopic_destroy_array(topics, count);
    free(topics);
    return result;
}

/* Brokers hear of new topics one after the other, so the check is made again until they have. */
static void ensure_topics(struct kafka_job *job)
{
    int64_t end = clock_monotonic_ms() + ENSURE_TIMEOUT_MS;
    bool *missing = xcalloc(job->topic_count + 1, sizeof(*missing));
    bool asked = false;
    do {
        job->error = ERROR_INIT;
        int count = check_topics(job, missing, &job->error);
        if (count == 0)
            job->error = ERROR_INIT;
        if (count == 0 || (count < 0 && !job->error.retriable))
            break;
        if (count > 0 && !asked && create_missing(job, missing, &job->error) < 0)
            break;
        asked |= count > 0;
    } while (clock_monotonic_ms() < end && kafka_pool_sleep(job->pool, ENSURE_AGAIN_MS));
    free(missing);
}

/* Not every broker knows a new topic at once, so a topic that is unknown is asked for again. */
static void ask_end(struct kafka_job *job)
{
    const struct bus_topic *asked = &job->topics[0];
    rd_kafka_resp_err_t code;
    int tries = 0;
    do {
        code = rd_kafka_query_watermark_offsets(job->rk, asked->name, asked->partitions,
                                                &job->first, &job->value, (int)job->timeout_ms);
    } while (kafka_error_code(code) == ERROR_NOT_FOUND && ++tries < UNKNOWN_TRIES &&
             kafka_pool_sleep(job->pool, UNKNOWN_AGAIN_MS));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        kafka_error(&job->error, code, "cannot ask for the end of %s/%d", asked->name,
                    asked->partitions);
}

void kafka_run_job(struct kafka_job *job)
{
    if (job->member != NULL) {
        kafka_member_free(take_pointer(job->member));
        return;
    }
    switch (job->kind) {
    case BUS_REQUEST_ENSURE_TOPICS:
        ensure_topics(job);
        break;
    case BUS_REQUEST_COUNT_PARTITIONS:
        job->value = ask_partitions(job->rk, job->topics[0].name, &job->error);
        break;
    case BUS_REQUEST_END:
        ask_end(job);
        break;
    }
}
