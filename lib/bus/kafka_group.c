/* Membership of a Kafka group, and nothing but membership: the member is a consumer of its own
 * whose partitions are paused as soon as they are assigned, so it never fetches.
 *
 * A consumer whose queue is not polled for max.poll.interval.ms is taken for dead, and an idle
 * member's queue gives no reason to poll it. So a timer does.
 *
 * Leaving takes a moment, and the rebalance that it starts has to be served. `revoked` is called
 * before it begins; then the member goes on without its group and frees itself when it has left.
 */
#include "bus/kafka.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>

static struct kafka_group *group_of(struct bus_group *group)
{
    return (struct kafka_group *)(void *)group;
}

static void add_owned(struct kafka_member *member, int32_t partition)
{
    member->owned = xreallocarray(member->owned, member->owned_count + 1, sizeof(*member->owned));
    member->owned[member->owned_count++] = partition;
}

static bool remove_owned(struct kafka_member *member, int32_t partition)
{
    for (size_t i = 0; i < member->owned_count; i++)
        if (member->owned[i] == partition) {
            member->owned[i] = member->owned[--member->owned_count];
            return true;
        }
    return false;
}

static void log_failure(const struct kafka_member *member, const char *doing,
                        rd_kafka_error_t *error)
{
    if (error == NULL)
        return;
    log_warn("Kafka group member %s: cannot %s: %s", rd_kafka_name(member->rk), doing,
             rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
}

static void assign(struct kafka_member *member, rd_kafka_topic_partition_list_t *partitions)
{
    for (int i = 0; i < partitions->cnt; i++)
        partitions->elems[i].offset = RD_KAFKA_OFFSET_END; /* asks for no committed position */
    log_failure(member, "take partitions", rd_kafka_incremental_assign(member->rk, partitions));
    rd_kafka_pause_partitions(member->rk, partitions);
    for (int i = 0; i < partitions->cnt && member->group != NULL; i++) {
        struct bus_group *group = &member->group->base;
        add_owned(member, partitions->elems[i].partition);
        group->callbacks.assigned(group->arg, partitions->elems[i].partition);
    }
}

static void revoke(struct kafka_member *member, rd_kafka_topic_partition_list_t *partitions)
{
    bool lost = rd_kafka_assignment_lost(member->rk) != 0;
    for (int i = 0; i < partitions->cnt && member->group != NULL; i++) {
        struct bus_group *group = &member->group->base;
        if (remove_owned(member, partitions->elems[i].partition))
            group->callbacks.revoked(group->arg, partitions->elems[i].partition, lost);
    }
    log_failure(member, "give partitions back",
                rd_kafka_incremental_unassign(member->rk, partitions));
}

static void handle_rebalance(struct kafka_member *member, rd_kafka_event_t *event)
{
    rd_kafka_topic_partition_list_t *partitions = rd_kafka_event_topic_partition_list(event);
    switch (rd_kafka_event_error(event)) {
    case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
        assign(member, partitions);
        break;
    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
        revoke(member, partitions);
        break;
    default:
        log_warn("Kafka group member %s: rebalance failed: %s", rd_kafka_name(member->rk),
                 rd_kafka_event_error_string(event));
        rd_kafka_assign(member->rk, NULL);
    }
}

static void handle_event(struct kafka_member *member, rd_kafka_event_t *event)
{
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_REBALANCE:
        handle_rebalance(member, event);
        break;
    case RD_KAFKA_EVENT_OFFSET_COMMIT:
        if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
            log_debug("Kafka group member %s: positions were not taken: %s",
                      rd_kafka_name(member->rk), rd_kafka_event_error_string(event));
        break;
    default:
        if (member->kafka != NULL)
            kafka_note_event(member->kafka, event);
    }
    rd_kafka_event_destroy(event);
}

static rd_kafka_event_t *next_event(const struct kafka_member *member, int timeout_ms)
{
    const struct kafka_port *port = member->closing ? &member->closing_port : &member->port;
    return rd_kafka_queue_poll(port->queue, timeout_ms);
}

static void serve(void *arg);

/* From now on everything comes through another queue, as librdkafka wants it. */
static void start_closing(struct kafka_member *member)
{
    struct error err;
    if (kafka_port_open(&member->closing_port, member->kafka->base.loop,
                        rd_kafka_queue_new(member->rk), serve, member, &err) < 0) {
        log_warn("Kafka group member %s leaves without saying so: %s", rd_kafka_name(member->rk),
                 err.message);
        return;
    }
    member->closing = true;
    log_failure(member, "leave",
                rd_kafka_consumer_close_queue(member->rk, member->closing_port.queue));
}

void kafka_member_unwatch(struct kafka_member *member)
{
    timer_free(member->poll);
    member->poll = NULL;
    kafka_port_unwatch(&member->port);
    kafka_port_unwatch(&member->closing_port);
    member->kafka = NULL;
}

void kafka_member_free(struct kafka_member *member)
{
    kafka_port_close(&member->port);
    kafka_port_close(&member->closing_port);
    rd_kafka_destroy_flags(member->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(member->owned);
    free(member);
}

/* Destroying a handle waits for its threads: not on the loop. */
static void retire(struct kafka_member *member)
{
    struct kafka *kafka = member->kafka;
    struct kafka_job *job = xcalloc(1, sizeof(*job));
    TAILQ_REMOVE(&kafka->handles.members, member, link);
    kafka_member_unwatch(member);
    job->member = member;
    kafka_pool_put(kafka->handles.pool, job);
}

static void serve(void *arg)
{
    struct kafka_member *member = arg;
    struct bus *bus = &member->kafka->base;
    rd_kafka_event_t *event;
    bus_enter(bus);
    member->serving = true;
    kafka_port_acknowledge(member->closing ? &member->closing_port : &member->port);
    while (!bus->closed && (event = next_event(member, 0)) != NULL)
        handle_event(member, event);
    member->serving = false;
    if (!bus->closed) {
        timer_set(member->poll, member->poll_ms);
        if (member->group == NULL && !member->closing)
            start_closing(member);
        if (member->group == NULL && (!member->closing || rd_kafka_consumer_closed(member->rk)))
            retire(member);
    }
    bus_leave(bus);
}

void kafka_member_finish(struct kafka_member *member, int64_t timeout_ms)
{
    int64_t end = clock_monotonic_ms() + timeout_ms;
    while (member->closing && !rd_kafka_consumer_closed(member->rk)) {
        int64_t left = end - clock_monotonic_ms();
        if (left <= 0)
            return;
        rd_kafka_event_t *event = next_event(member, left < 100 ? (int)left : 100);
        if (event != NULL)
            handle_event(member, event);
    }
}

static int subscribe(struct kafka_member *member, const char *topic, struct error *err)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(member->rk, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(err, code, "cannot join the group for %s", topic);
    return 0;
}

static int open_member(struct kafka *kafka, struct kafka_member *member, const char *group,
                       const char *topic, struct error *err)
{
    member->rk = kafka_new_member(kafka, group, err);
    if (member->rk == NULL)
        return -1;
    rd_kafka_poll_set_consumer(member->rk);
    if (kafka_port_open(&member->port, kafka->base.loop, rd_kafka_queue_get_consumer(member->rk),
                        serve, member, err) < 0 ||
        subscribe(member, topic, err) < 0) {
        kafka_member_unwatch(member);
        kafka_member_free(member);
        return -1;
    }
    return 0;
}

int kafka_group_open(struct bus_group *base, struct error *err)
{
    struct kafka *kafka = kafka_of(base->bus);
    struct kafka_member *member = xcalloc(1, sizeof(*member));
    member->kafka = kafka;
    member->group = group_of(base);
    if (open_member(kafka, member, base->name, base->topic, err) < 0)
        return -1;
    member->group->member = member;
    member->poll_ms = kafka->max_poll_interval_ms / 4;
    member->poll = timer_new(kafka->base.loop, serve, member);
    timer_set(member->poll, member->poll_ms);
    TAILQ_INSERT_TAIL(&kafka->handles.members, member, link);
    return 0;
}

void kafka_group_commit(struct bus_group *base, int32_t partition, int64_t next)
{
    struct kafka_member *member = group_of(base)->member;
    rd_kafka_topic_partition_list_t *positions = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(positions, base->topic, partition)->offset = next;
    rd_kafka_commit(member->rk, positions, 1);
    rd_kafka_topic_partition_list_destroy(positions);
}

void kafka_group_leave(struct bus_group *base)
{
    struct kafka_member *member = group_of(base)->member;
    while (member->owned_count > 0)
        base->callbacks.revoked(base->arg, member->owned[--member->owned_count], false);
    member->group = NULL;
    if (!member->serving)
        start_closing(member);
}
