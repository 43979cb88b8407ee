/* What lies between bus.h and its backends (private to lib/bus).
 *
 * bus.c, reader.c and request.c keep what is the same for every backend: names, limits, what waits
 * for an answer, and when things may be freed. A backend embeds these structs as its first member
 * and is reached through `struct bus_ops`.
 *
 * A bus, a reader or a group may be closed from any callback. So whoever is called by the loop
 * brackets its work with bus_enter() and bus_leave(); inside, it looks at `closed` after every
 * callback, and what was closed is freed in the last bus_leave().
 */
#ifndef BUS_BACKEND_H
#define BUS_BACKEND_H

#include "bus/bus.h"

#include <sys/queue.h>

#define BUS_APPENDS_MAX      10000
#define BUS_APPEND_BYTES_MAX ((size_t)64 << 20)
#define BUS_HEADER_NAME_MAX  64
#define BUS_HEADER_BYTES_MAX ((size_t)64 << 10) /* names and values of one record's headers */
#define BUS_NAME_SIZE        250                /* Kafka: at most 249 characters */
#define BUS_PARTITIONS_MAX   65536

/* An append that has no answer yet. A backend's own struct starts with it; freed with free(). */
struct bus_append {
    TAILQ_ENTRY(bus_append) link;
    size_t size;
    bus_appended_fn *done;
    void *arg;
};
TAILQ_HEAD(bus_append_list, bus_append);

/* A question that is answered later. */
struct bus_request {
    TAILQ_ENTRY(bus_request) link;
    enum bus_request_kind {
        BUS_REQUEST_ENSURE_TOPICS,
        BUS_REQUEST_COUNT_PARTITIONS,
        BUS_REQUEST_END,
    } kind;
    union {
        bus_done_fn *done;
        bus_partitions_fn *partitions;
        bus_end_fn *end;
    } call;
    void *arg;
    /* What is asked; names carry the prefix. */
    struct bus_topic *topics; /* one, whose `partitions` is the partition for END; all are copies */
    size_t topic_count;
    bool create;
    /* The answer. */
    int64_t value;
    struct error error;
};
TAILQ_HEAD(bus_request_list, bus_request);

struct bus_reader {
    TAILQ_ENTRY(bus_reader) link;
    TAILQ_ENTRY(bus_reader) ready_link;
    struct bus *bus;
    struct bus_reader_callbacks callbacks;
    void *arg;
    char topic[BUS_NAME_SIZE]; /* with the prefix */
    int32_t partition;
    int64_t next; /* to be read next; BUS_START or BUS_END until that is known */
    unsigned moves;
    bool paused, closed, failed;
    bool ready; /* in the bus' list of readers that may have something to deliver */
};
TAILQ_HEAD(bus_reader_list, bus_reader);

/* How much may still be delivered in this turn of the loop. */
struct bus_budget {
    size_t records, bytes;
};

struct bus_group {
    TAILQ_ENTRY(bus_group) link;
    struct bus *bus;
    struct bus_group_callbacks callbacks;
    void *arg;
    char name[BUS_NAME_SIZE], topic[BUS_NAME_SIZE]; /* with the prefix */
    bool closed;
};
TAILQ_HEAD(bus_group_list, bus_group);

struct bus_ops {
    /* Stops calling back for good: what is waiting is answered by bus.c. Frees nothing that the
     * loop's current callback may be in. */
    void (*stop)(struct bus *bus);
    void (*free)(struct bus *bus); /* and the bus itself; bounded in time */

    /* The record was checked. NULL and `err` when it is refused at once. */
    struct bus_append *(*append)(struct bus *bus, const char *topic, const struct record *record,
                                 struct error *err);
    void (*ask)(struct bus *bus, struct bus_request *request); /* it is in bus->requests */

    size_t reader_size; /* of the backend's struct, which starts with struct bus_reader */
    int (*reader_open)(struct bus_reader *reader, struct error *err);
    void (*reader_move)(struct bus_reader *reader); /* `next` was set */
    void (*reader_close)(struct bus_reader *reader);
    /* Delivers up to the budget. True when there may be more at once. */
    bool (*reader_step)(struct bus_reader *reader, struct bus_budget *budget);

    size_t group_size;
    int (*group_open)(struct bus_group *group, struct error *err);
    void (*group_commit)(struct bus_group *group, int32_t partition, int64_t next);
    void (*group_leave)(struct bus_group *group); /* calls `revoked` */
};

struct bus {
    const struct bus_ops *ops;
    struct loop *loop;
    char *prefix;
    void (*fatal)(void *arg, const struct error *err);
    void *fatal_arg;
    bool failed; /* `fatal` was called */
    bool closed;
    unsigned entered;

    struct bus_append_list appends;
    size_t append_count, append_bytes;
    struct bus_request_list requests;
    struct bus_reader_list readers, ready, retired_readers;
    struct bus_group_list groups, retired_groups;
    struct timer *pump; /* delivers to the readers that are ready */
};

/* bus.c */
void bus_init(struct bus *bus, const struct bus_ops *ops, struct loop *loop,
              const struct bus_options *options);
void bus_clear(struct bus *bus); /* frees what bus_init() made */
void bus_enter(struct bus *bus);
void bus_leave(struct bus *bus); /* the bus may be gone after it */
void bus_fail(struct bus *bus, const struct error *err);
int bus_name(const struct bus *bus, const char *name, char out[static BUS_NAME_SIZE],
             struct error *err); /* prefix + name, checked */
/* Calls `done` and frees; err NULL for success. */
void bus_append_finish(struct bus *bus, struct bus_append *append, int64_t offset,
                       const struct error *err);

/* request.c: calls back with request->value or, when its code is set, request->error; frees. */
void bus_request_finish(struct bus *bus, struct bus_request *request);
void bus_request_fail_all(struct bus *bus, enum error_code code, const char *message);

/* reader.c */
void bus_reader_wake(struct bus_reader *reader);
/* Calls `record`; true when the reader may go on with the record after it. */
bool bus_reader_deliver(struct bus_reader *reader, struct bus_budget *budget,
                        const struct record *record);
void bus_reader_at_end(struct bus_reader *reader);
void bus_reader_fail(struct bus_reader *reader, const struct error *err);
/* Something to deliver now: not closed, paused or failed, and the bus goes on. */
bool bus_reader_is_active(const struct bus_reader *reader);
void bus_reader_free_retired(struct bus *bus);
void bus_reader_close_all(struct bus *bus);

/* group.c */
void bus_group_free_retired(struct bus *bus);
void bus_group_leave_all(struct bus *bus);

/* The backends. `bus_init` was not called yet; NULL and `err` on failure. */
struct bus *bus_local_open(struct loop *loop, const struct bus_options *options, struct error *err);
struct bus *bus_kafka_open(struct loop *loop, const struct bus_options *options, struct error *err);

#endif
