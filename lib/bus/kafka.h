/* The log as Kafka topics, on librdkafka (private to lib/bus).
 *
 *   kafka.c          opening, what its handles say, closing
 *   kafka_conf.c     librdkafka's properties for each kind of handle
 *   kafka_port.c     a queue of librdkafka on the loop
 *   kafka_append.c   the producer
 *   kafka_read.c     readers
 *   kafka_lane.c     the consumers without a group that readers share
 *   kafka_group.c    membership: a consumer of its own that never fetches
 *   kafka_pool.c     threads for what librdkafka can only do blocking
 *   kafka_topics.c   what is done there: topics, partition counts, ends
 *   kafka_close.c    the end of all handles, bounded in time
 *   kafka_error.c    librdkafka's errors as ours
 *
 * librdkafka has threads of its own, which only write to ports. All callbacks come from the loop.
 */
#ifndef BUS_KAFKA_H
#define BUS_KAFKA_H

#include "bus/backend.h"

#include <librdkafka/rdkafka.h>
#include <pthread.h>

/* An eventfd that librdkafka writes to when the empty queue gets something. */
struct kafka_port {
    rd_kafka_queue_t *queue; /* owned */
    int fd;
    struct watch *watch;
};

/* What blocks, done on threads. Shared by the loop and the threads, under `mutex`. */
struct kafka_job;
TAILQ_HEAD(kafka_job_list, kafka_job);
#define KAFKA_POOL_THREADS 8
struct kafka_pool {
    pthread_mutex_t mutex;
    pthread_cond_t wake; /* on CLOCK_MONOTONIC */
    struct kafka_job_list waiting, done;
    pthread_t threads[KAFKA_POOL_THREADS];
    size_t thread_count, idle;
    bool stopping;
    int fd; /* eventfd: something is in `done` */
};

struct kafka_job {
    TAILQ_ENTRY(kafka_job) link;
    struct kafka_pool *pool;
    rd_kafka_t *rk;
    struct kafka_member *member; /* to be freed; then there is no request */
    /* Who asks; for the loop only. A reader that has lost interest sets itself to NULL. */
    struct bus_request *request;
    struct kafka_reader *reader;
    /* Copies of what the request asks; it may be gone before the job is done. */
    enum bus_request_kind kind;
    struct bus_topic *topics;
    size_t topic_count;
    bool create;
    int64_t timeout_ms;
    int64_t first, value;
    struct error error;
};

/* A consumer that reads any number of partitions, each once. */
struct kafka_lane {
    SLIST_ENTRY(kafka_lane) link;
    struct kafka *kafka;
    rd_kafka_t *rk;
    struct kafka_port port;
};
SLIST_HEAD(kafka_lane_list, kafka_lane);

/* A member of a group; it outlives its `struct bus_group` until it has left. */
struct kafka_member {
    TAILQ_ENTRY(kafka_member) link;
    struct kafka *kafka;
    struct kafka_group *group; /* NULL once it leaves: nobody is called any more */
    rd_kafka_t *rk;
    struct kafka_port port, closing_port;
    struct timer *poll;
    int64_t poll_ms;
    bool serving, closing;
    int32_t *owned;
    size_t owned_count;
};
TAILQ_HEAD(kafka_member_list, kafka_member);

struct kafka_group {
    struct bus_group base;
    struct kafka_member *member;
};

struct kafka_reader {
    struct bus_reader base;
    struct kafka_lane *lane;
    rd_kafka_topic_t *topic;
    enum kafka_reader_state {
        KAFKA_READER_STOPPED,
        KAFKA_READER_ASKING,   /* where the partition begins and ends */
        KAFKA_READER_ANSWERED, /* and the next step acts on it */
        KAFKA_READER_STARTED,
    } state;
    struct kafka_job *asking;
    struct timer *ask_again;
    int64_t first, end; /* of the partition when the reader began */
    struct error answer;
    bool end_due; /* at_end was not called since the last record or move */
    struct kafka_port port;
};

/* What has to end when the bus is closed, by a thread of its own. */
struct kafka_remains {
    rd_kafka_t *producer;
    struct kafka_port producer_port;
    struct kafka_pool *pool;
    struct kafka_lane_list lanes;
    struct kafka_member_list members;
};

struct kafka {
    struct bus base;
    struct kafka_remains handles;
    struct watch *pool_watch;
    /* Copies of the options. */
    char *brokers, *client_id, *security, *ca_file, *certificate_file, *key_file;
    char *sasl_mechanism, *sasl_user, *sasl_password_file;
    int64_t session_timeout_ms, append_timeout_ms, max_poll_interval_ms;
};

static inline struct kafka *kafka_of(struct bus *bus)
{
    return (struct kafka *)(void *)bus;
}

/* kafka.c */
/* What a handle says about itself rather than about a record: logged, or fatal. */
void kafka_note_event(struct kafka *kafka, rd_kafka_event_t *event);

/* kafka_conf.c */
rd_kafka_t *kafka_new_producer(struct kafka *kafka, struct error *err);
rd_kafka_t *kafka_new_reader(struct kafka *kafka, struct error *err);
rd_kafka_t *kafka_new_member(struct kafka *kafka, const char *group, struct error *err);

/* kafka_port.c */
/* Takes the queue. `fn` is called when the queue gets something after it was drained. */
int kafka_port_open(struct kafka_port *port, struct loop *loop, rd_kafka_queue_t *queue,
                    loop_fn *fn, void *arg, struct error *err);
void kafka_port_acknowledge(const struct kafka_port *port); /* before draining the queue */
void kafka_port_unwatch(struct kafka_port *port);           /* nothing more on the loop */
void kafka_port_close(struct kafka_port *port);             /* from any thread, once unwatched */

/* kafka_append.c */
int kafka_open_producer(struct kafka *kafka, struct error *err);
struct bus_append *kafka_append(struct bus *bus, const char *topic, const struct record *record,
                                struct error *err);

/* kafka_read.c */
int kafka_reader_open(struct bus_reader *reader, struct error *err);
void kafka_reader_move(struct bus_reader *reader);
void kafka_reader_close(struct bus_reader *reader);
bool kafka_reader_step(struct bus_reader *reader, struct bus_budget *budget);
void kafka_reader_answer(struct kafka_reader *reader, const struct kafka_job *job);

/* kafka_lane.c */
/* A lane on which nothing reads the reader's partition. */
struct kafka_lane *kafka_choose_lane(const struct bus_reader *reader, struct error *err);

/* kafka_group.c */
int kafka_group_open(struct bus_group *group, struct error *err);
void kafka_group_commit(struct bus_group *group, int32_t partition, int64_t next);
void kafka_group_leave(struct bus_group *group);
/* Serves a member that leaves, off the loop, until it has left or the time is over. */
void kafka_member_finish(struct kafka_member *member, int64_t timeout_ms);
void kafka_member_unwatch(struct kafka_member *member);
void kafka_member_free(struct kafka_member *member);

/* kafka_pool.c */
struct kafka_pool *kafka_pool_new(struct error *err);
void kafka_pool_put(struct kafka_pool *pool, struct kafka_job *job);
struct kafka_job *kafka_pool_take_done(struct kafka_pool *pool); /* NULL when there is none */
/* Sleeps, on a thread of the pool; false when the pool is stopping. */
bool kafka_pool_sleep(struct kafka_pool *pool, int64_t ms);
void kafka_pool_stop(struct kafka_pool *pool); /* returns at once */
void kafka_pool_free(struct kafka_pool *pool); /* waits for the threads */
/* Runs `fn` on a new thread that no signal is delivered to. */
int kafka_start_thread(pthread_t *ret, void *(*fn)(void *), void *arg);

/* kafka_topics.c */
void kafka_ask(struct bus *bus, struct bus_request *request);
/* Asks for the first and the next offset of the reader's partition. */
struct kafka_job *kafka_ask_positions(struct kafka_reader *reader);
void kafka_answer(void *kafka); /* on the loop: jobs are done */
void kafka_run_job(struct kafka_job *job);
void kafka_free_job(struct kafka_job *job);

/* kafka_close.c: frees everything that is left, or leaves it behind when that takes too long. */
void kafka_close_remains(struct kafka_remains *remains);

/* kafka_error.c */
enum error_code kafka_error_code(rd_kafka_resp_err_t code);
/* "doing: text of librdkafka"; returns -1. */
int kafka_error(struct error *err, rd_kafka_resp_err_t code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
