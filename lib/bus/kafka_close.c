/* The end of all handles. Leaving a group and destroying a handle wait for brokers and threads of
 * librdkafka, which may hang in a name look-up, say. So a thread does it; when it takes too long it
 * is left behind, as the program is about to end anyway.
 */
#include "bus/kafka.h"

#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>
#include <time.h>

#define CLOSE_TIMEOUT_S  5
#define LEAVE_TIMEOUT_MS 3000

struct closing {
    struct kafka_remains remains;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool done, abandoned;
};

static void close_members(struct kafka_member_list *members)
{
    struct kafka_member *member;
    while ((member = TAILQ_FIRST(members)) != NULL) {
        TAILQ_REMOVE(members, member, link);
        kafka_member_finish(member, LEAVE_TIMEOUT_MS);
        kafka_member_free(member);
    }
}

static void close_lanes(struct kafka_lane_list *lanes)
{
    struct kafka_lane *lane;
    while ((lane = SLIST_FIRST(lanes)) != NULL) {
        SLIST_REMOVE_HEAD(lanes, link);
        kafka_port_close(&lane->port);
        rd_kafka_destroy(lane->rk);
        free(lane);
    }
}

static void close_all(struct kafka_remains *remains)
{
    close_members(&remains->members);
    if (remains->pool != NULL)
        kafka_pool_free(remains->pool);
    close_lanes(&remains->lanes);
    kafka_port_close(&remains->producer_port);
    if (remains->producer == NULL)
        return;
    /* Nobody asks any more; without this it warns of what is left. */
    rd_kafka_purge(remains->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_destroy(remains->producer);
}

static void free_closing(struct closing *closing)
{
    pthread_cond_destroy(&closing->changed);
    pthread_mutex_destroy(&closing->mutex);
    free(closing);
}

static void *close_thread(void *arg)
{
    struct closing *closing = arg;
    close_all(&closing->remains);
    pthread_mutex_lock(&closing->mutex);
    closing->done = true;
    bool abandoned = closing->abandoned;
    pthread_cond_signal(&closing->changed);
    pthread_mutex_unlock(&closing->mutex);
    if (abandoned)
        free_closing(closing);
    return NULL;
}

static bool wait_until_done(struct closing *closing)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += CLOSE_TIMEOUT_S;
    pthread_mutex_lock(&closing->mutex);
    while (!closing->done &&
           pthread_cond_timedwait(&closing->changed, &closing->mutex, &until) == 0)
        continue;
    bool done = closing->done;
    closing->abandoned = !done;
    pthread_mutex_unlock(&closing->mutex);
    return done;
}

void kafka_close_remains(struct kafka_remains *remains)
{
    pthread_t thread;
    struct closing *closing = xcalloc(1, sizeof(*closing));
    closing->remains = *remains;
    TAILQ_INIT(&closing->remains.members);
    TAILQ_CONCAT(&closing->remains.members, &remains->members, link);
    pthread_mutex_init(&closing->mutex, NULL);
    pthread_cond_init(&closing->changed, NULL);
    if (kafka_start_thread(&thread, close_thread, closing) < 0) {
        close_all(&closing->remains);
        free_closing(closing);
        return;
    }
    if (wait_until_done(closing)) {
        pthread_join(thread, NULL);
        free_closing(closing);
    } else {
        log_warn("Kafka did not let go of its connections within %d s", CLOSE_TIMEOUT_S);
        pthread_detach(thread);
    }
}
