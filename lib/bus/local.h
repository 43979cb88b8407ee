/* The log as one SQLite file (private to lib/bus). docs/log.md tells about the format.
 *
 *   local.c          the turn of the loop, opening and closing
 *   local_db.c       the file, its checks and statements
 *   local_schema.c   tables and their version
 *   local_append.c   appends: one transaction a turn, acknowledged after the commit
 *   local_read.c     readers
 *   local_topics.c   topics, partition counts, ends
 *   local_bell.c     how processes that share the file wake each other
 *   local_group.c    ownership of partitions by locks
 *   local_headers.c  a record's headers as a column
 */
#ifndef BUS_LOCAL_H
#define BUS_LOCAL_H

#include "bus/backend.h"

#include <sqlite3.h>

/* Another process is writing: how soon to try again, unless its bell rings earlier. */
#define LOCAL_BUSY_RETRY_MS 5

enum local_statement {
    LOCAL_BEGIN,
    LOCAL_COMMIT,
    LOCAL_ROLLBACK,
    LOCAL_DATA_VERSION,
    LOCAL_TOPIC,     /* name -> id, partitions */
    LOCAL_TOPIC_ADD, /* name, partitions, compact, retention */
    LOCAL_FIRST,     /* topic, partition -> first offset that is kept */
    LOCAL_NEXT,      /* topic, partition -> offset of the next record to come */
    LOCAL_INSERT,    /* topic, partition, offset, time, key, value, headers */
    LOCAL_SELECT,    /* topic, partition, from, limit -> offset, time, key, value, headers */
    LOCAL_GROUP,     /* name, topic -> id */
    LOCAL_GROUP_ADD,
    LOCAL_POSITION_SET, /* group, partition, next */
    LOCAL_STATEMENTS,
};

struct local_partition {
    int64_t next;
    uint64_t batch; /* the transaction in which `next` was looked up */
};

/* Topics are never removed or changed, so what was looked up once stays true. */
struct local_topic {
    SLIST_ENTRY(local_topic) link;
    int64_t id;
    int32_t partition_count;
    struct local_partition *partitions;
    char name[BUS_NAME_SIZE];
};

/* A file beside the database that others must find too. */
struct local_sidecar {
    char *path;
    int fd;
    int watch;
    uint64_t inode;
};

struct local {
    struct bus base;
    char *path;
    sqlite3 *db;
    sqlite3_stmt *statements[LOCAL_STATEMENTS];
    bool patient; /* the busy handler may wait long: only while opening */
    SLIST_HEAD(, local_topic) topics;
    int64_t append_timeout_ms;
    struct timer *turn;
    uint64_t batch; /* counts transactions */
    int wal_pages;  /* in the write-ahead log after the last commit */
    struct local_sidecar bell, locks;
    uint64_t inode; /* of the database */
    int inotify, db_watch;
    struct watch *watch;
    int64_t data_version;
    struct timer *positions_timer;
    bool positions_due;
    bool readers_due; /* they met a writer in another process and have to try again */
};

struct local_reader {
    struct bus_reader base;
    struct local_topic *topic; /* NULL until it was found */
    bool checked;              /* the position was compared with what the log has */
    bool end_due;              /* at_end was not called since the last record or move */
};

struct local_group {
    struct bus_group base;
    struct local_topic *topic;
    int64_t id; /* -1 until it has a row */
    int fd;
    bool *owned;
    int64_t *positions; /* committed and not written yet; -1: nothing */
    struct timer *retry;
    bool again_soon;
};

static inline struct local *local_of(struct bus *bus)
{
    return (struct local *)(void *)bus;
}

/* local.c */
void local_wake(struct local *local);          /* a turn as soon as possible */
void local_retry_readers(struct local *local); /* soon */
/* Ends the bus when the error says that the file cannot be relied upon. */
void local_check_fatal(struct local *local, const struct error *err);

/* local_db.c */
int local_db_open(struct local *local, struct error *err);
void local_db_close(struct local *local);
int local_prepare_all(struct local *local, struct error *err);
/* Fills `err` from the database's last failure. ERROR_UNAVAILABLE: another process writes. */
int local_db_error(struct local *local, const char *doing, struct error *err);
bool local_is_busy(const struct error *err);
/* The statement, reset and with its integers bound, in order. */
sqlite3_stmt *local_bind(struct local *local, enum local_statement which, size_t count,
                         const int64_t *values);
#define LOCAL_BIND(local, which, ...)                                                              \
    local_bind(local, which, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t),             \
               (const int64_t[]){__VA_ARGS__})
/* Steps once and resets: 1 with the first column in `*ret` (may be NULL), 0 when there is no row,
 * -1 on failure. */
int local_query(struct local *local, sqlite3_stmt *statement, int64_t *ret, struct error *err);
int local_begin(struct local *local, struct error *err);
int local_commit(struct local *local, struct error *err);
void local_rollback(struct local *local);
/* Moves pages from the write-ahead log to the database when there are many. */
int local_checkpoint(struct local *local, struct error *err);

/* local_schema.c */
int local_check_schema(struct local *local, struct error *err);

/* local_append.c */
struct bus_append *local_append(struct bus *bus, const char *topic, const struct record *record,
                                struct error *err);
/* Commits what is queued. True when something is left that another turn has to try; `*ret_delay_ms`
 * says when. */
bool local_flush(struct local *local, int64_t *ret_delay_ms);

/* local_read.c */
int local_reader_open(struct bus_reader *reader, struct error *err);
void local_reader_move(struct bus_reader *reader);
void local_reader_close(struct bus_reader *reader);
bool local_reader_step(struct bus_reader *reader, struct bus_budget *budget);

/* local_topics.c */
/* NULL and ERROR_NOT_FOUND when there is no such topic or partition. */
struct local_topic *local_find_topic(struct local *local, const char *name, int32_t partition,
                                     struct error *err);
int local_next_offset(struct local *local, int64_t topic, int32_t partition, int64_t *ret,
                      struct error *err);
void local_free_topics(struct local *local);
/* True when requests are left because another process writes. */
bool local_answer_requests(struct local *local);

/* local_bell.c */
int local_bell_open(struct local *local, struct error *err);
void local_bell_close(struct local *local);
void local_bell_ring(struct local *local);
int local_bell_watch(struct local *local, struct error *err); /* the files exist */

/* local_group.c */
#define LOCAL_OPENER_BYTE 0
int local_group_open(struct bus_group *group, struct error *err);
void local_group_commit(struct bus_group *group, int32_t partition, int64_t next);
void local_group_leave(struct bus_group *group);
void local_group_wake_all(struct local *local); /* a lock may be free now */
int local_write_positions(struct local *local, struct error *err);
/* An open file description lock on one byte; false when somebody else has it. */
int local_lock_byte(int fd, int64_t byte, bool *ret_locked);

/* local_headers.c */
#define LOCAL_HEADERS_SIZE_MAX (1 + (size_t)RECORD_HEADERS_MAX * (1 + 1 + 4) + BUS_HEADER_BYTES_MAX)
size_t local_headers_size(const struct record *record);
void local_headers_encode(const struct record *record, uint8_t *out);
/* The headers point into `bytes`. Untrusted: every length is checked. */
int local_headers_decode(struct record *record, struct slice bytes, struct error *err);

#endif
