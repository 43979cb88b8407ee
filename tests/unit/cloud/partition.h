/* A partition for tests of the owner's core: its log in memory, and one or more owners at it.
 *
 * Appends land in the order in which they were handed over; a test may hold them, drop them or say
 * that they failed. Nothing happens by itself: partition_run() carries on until all is quiet.
 */
#ifndef TESTS_CLOUD_PARTITION_H
#define TESTS_CLOUD_PARTITION_H

#include "testing.h"

#include "cloud/owner_core.h"

#define LOG_MAX 4096

struct log_record {
    struct envelope envelope;
    char key[64];
    struct buf value;
};

struct log {
    struct log_record records[LOG_MAX];
    size_t count;
};

struct partition {
    struct log fleet, inputs[INPUT_TOPICS];
    struct owner_time time;
    uint64_t drawn;
};

/* What happens to an append of this owner. */
enum append_fate { APPEND_LANDS, APPEND_HELD, APPEND_REFUSED, APPEND_LANDS_UNKNOWN };

struct seat {
    struct partition *partition;
    struct owner_core *core;
    char instance[16];
    enum append_fate fate;
    bool reads_fleet, reads_inputs, paused;
    size_t fleet_next, input_next[INPUT_TOPICS];
    bool at_end_said;
    struct log held; /* APPEND_HELD: handed over, not in the log yet */
    size_t confirmed, dead_letters, pauses, loads;
    char reason[256]; /* of the last dead letter */
};

struct partition *partition_new(void);
void partition_free(struct partition *partition);
void partition_pass(struct partition *partition, int64_t ms);
void partition_append(struct log *log, const char *type, const struct buf *value);
void partition_request(struct partition *partition, const char *organisation, const char *build);

struct seat *seat_new(struct partition *partition, const char *instance);
void seat_free(struct seat *seat);
/* Reads everything, carries out every action, until nothing is left but time. */
void seat_run(struct seat *seat);
/* What was held lands now, in order. */
void seat_land_held(struct seat *seat);
/* Time passes up to the next deadline, and runs. */
void seat_wait(struct seat *seat);
enum owner_state seat_state(const struct seat *seat);

#endif
