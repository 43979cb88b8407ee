/* The log: append with an acknowledgement, own partitions in a group, read from any position.
 *
 * One interface, several backends that pass one conformance test: `kafka` (librdkafka) and `local`
 * (one SQLite file). Guarantees of each:
 *
 *  - An append that was acknowledged is durable (Kafka: acks=all, idempotent; local: synced before
 *    the acknowledgement) and is read by every reader, once, in offset order.
 *  - Appends of one bus to one partition are taken in the order of the calls. When one fails or its
 *    fate is unknown (ERROR_TIMEOUT), the later ones that were already handed over may still land.
 *  - A group gives each partition of a topic to at most one live member at a time, as far as
 *    members talk to the log; who really writes is decided by the chain (lib/fleet), not here.
 *  - Everything runs on the loop's thread; callbacks never run from inside the call.
 *  - Readers are woken by the log; nothing polls. (Kafka's consumers send their own heartbeats.)
 *
 * Offsets may have gaps (Kafka's control records); "next" is the last offset read + 1.
 */
#ifndef BUS_BUS_H
#define BUS_BUS_H

#include "base/error.h"
#include "net/loop.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bus_backend { BUS_LOCAL, BUS_KAFKA };
extern const char *const bus_backend_names[]; /* "local", "kafka", NULL: for config tables */

struct bus_options {
    enum bus_backend backend;
    const char *topic_prefix;  /* "leat." ; put before every topic name given below */
    const char *client_id;     /* instance name, for brokers' logs and group members */
    const char *path;          /* local: the database file; its folder must exist */
    const char *brokers;       /* kafka: "host:port,host:port" */
    const char *security;      /* kafka: "plaintext", "ssl", "sasl_plaintext", "sasl_ssl" */
    const char *ca_file, *certificate_file, *key_file; /* kafka with TLS; "" for none */
    const char *sasl_mechanism, *sasl_user, *sasl_password_file; /* kafka with SASL */
    int64_t session_timeout_ms; /* of a group member; 0: 6 s */
    int64_t append_timeout_ms;  /* until the fate of an append is "unknown"; 0: 30 s */
    int64_t max_poll_interval_ms; /* kafka: a member whose loop stands still for so long is out;
                                   * not under session_timeout_ms; 0: 5 min */
};

/* The same options as rows of a config table, for section [log]... see bus/config.h. */

struct bus;
/* Fatal failures of a running backend (an IO error at a local commit; a fatal librdkafka error) are
 * reported once through `fatal`; the program is expected to end. */
struct bus *bus_open(struct loop *loop, const struct bus_options *options,
                     void (*fatal)(void *arg, const struct error *err), void *arg,
                     struct error *err);
/* Appends that have no answer yet get ERROR_TIMEOUT; all readers and groups are closed. */
void bus_close(struct bus *bus);

/* Topics are named without the prefix: "fleet.amd64". */
struct bus_topic {
    const char *name;
    int32_t partitions;
    int16_t replication;     /* kafka; 0: the broker's default */
    bool compact;            /* cleanup.policy */
    int64_t retention_ms;    /* -1: for ever */
};
/* Checks that every topic exists with the wanted partition count; makes the missing ones when
 * `create` is set. A missing topic or another count is an error that names the topic, what is and
 * what should be. Calls `done` once. */
typedef void bus_done_fn(void *arg, const struct error *err);
void bus_ensure_topics(struct bus *bus, const struct bus_topic *topics, size_t count, bool create,
                       bus_done_fn *done, void *arg);
typedef void bus_partitions_fn(void *arg, int32_t partitions, const struct error *err);
void bus_count_partitions(struct bus *bus, const char *topic, bus_partitions_fn *done, void *arg);

/* `record` needs topic (without prefix), partition, key, value and headers; everything is copied.
 * `done` is called once: err NULL and the offset when it is durable; else the error, where
 * ERROR_TIMEOUT means unknown fate and anything else means not appended. Fails at once
 * (ERROR_LIMIT) when more than 10,000 appends or 64 MiB wait for acknowledgement, or the value is
 * over RECORD_VALUE_MAX. */
typedef void bus_appended_fn(void *arg, int64_t offset, const struct error *err);
int bus_append(struct bus *bus, const struct record *record, bus_appended_fn *done, void *arg,
               struct error *err);

/* Reads one partition from `offset` (0 or BUS_START: the earliest there is) on, for ever. */
#define BUS_START ((int64_t)-2)
#define BUS_END   ((int64_t)-1) /* what is appended from now on */
struct bus_reader;
struct bus_reader_callbacks {
    /* The record lives during the call. The reader may be paused, moved or closed from here. */
    void (*record)(void *arg, const struct record *record);
    /* Every record up to the end that the log had was delivered; `next` is the next offset. Called
     * at the first catch-up and again after each later one. */
    void (*at_end)(void *arg, int64_t next);
    /* The position no longer exists (retention passed it), or the topic is gone: the reader
     * delivers nothing more until it is moved. Transient failures are retried inside. */
    void (*failed)(void *arg, const struct error *err);
};
struct bus_reader *bus_read(struct bus *bus, const char *topic, int32_t partition, int64_t offset,
                            const struct bus_reader_callbacks *callbacks, void *arg,
                            struct error *err);
void bus_reader_pause(struct bus_reader *reader, bool paused); /* nothing is delivered while paused */
void bus_reader_seek(struct bus_reader *reader, int64_t offset);
void bus_reader_close(struct bus_reader *reader);

/* The end of a partition (offset of the next record to come), as the log confirms it now. */
typedef void bus_end_fn(void *arg, int64_t end, const struct error *err);
void bus_end(struct bus *bus, const char *topic, int32_t partition, bus_end_fn *done, void *arg);

/* Membership of a consumer group for the partitions of one topic. Membership only: members read
 * with bus_read(), so a hand-over never depends on committed offsets. Cooperative: a rebalance
 * touches only the partitions that move. A member that is idle for ever stays a member (a timer
 * polls; max.poll.interval.ms). */
struct bus_group;
struct bus_group_callbacks {
    void (*assigned)(void *arg, int32_t partition);
    /* The partition goes to somebody else (or is lost already: the session ran out). Stop deciding
     * for it before this returns. */
    void (*revoked)(void *arg, int32_t partition, bool lost);
};
struct bus_group *bus_join(struct bus *bus, const char *group, const char *topic,
                           const struct bus_group_callbacks *callbacks, void *arg,
                           struct error *err);
/* Feeds lag graphs and nothing else; best effort. */
void bus_group_commit(struct bus_group *group, int32_t partition, int64_t next);
void bus_group_leave(struct bus_group *group); /* `revoked` is called for what it had */

#endif
