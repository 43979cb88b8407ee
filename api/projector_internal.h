/* What the files of the projector share. */
#ifndef API_PROJECTOR_INTERNAL_H
#define API_PROJECTOR_INTERNAL_H

#include "api/projector.h"

enum partition_state {
    PARTITION_ABSENT,  /* somebody else's */
    PARTITION_LOADING, /* finding out where the view is */
    PARTITION_READING,
    PARTITION_STOPPED, /* the log cannot be understood */
};

struct partition {
    struct projector *projector;
    enum arch arch;
    int32_t number;
    enum partition_state state;
    unsigned generation; /* answers to what an earlier one asked are not looked at */
    struct bus_reader *reader;
    struct projection projection;
    bool has_stored;                   /* Redis has a position */
    struct projection_position stored; /* that one */
    struct projection_position flying; /* that is being written */
    bool writing, paused, caught_up;
    struct timer *flush, *retry;
    char why[320]; /* PARTITION_STOPPED */
};

struct arch_group {
    struct projector *projector;
    enum arch arch;
    struct bus_group *group;
};

struct projector {
    struct projector_options options;
    struct partition *partitions; /* of each architecture one after the other */
    struct arch_group groups[ARCH_COUNT];
    int64_t checked_ms; /* when parts were last said to be missing */
    struct metric *counted, *skipped, *writes, *reloads;
};

/* What was asked in one generation of a partition. */
struct flight {
    struct partition *partition;
    unsigned generation;
};
struct flight *flight_new(struct partition *partition);
/* Frees it. NULL when the partition has gone on meanwhile. */
struct partition *flight_land(struct flight *flight);

/* Drops what is not written, finds out where the view is, and reads on from there. */
void partition_load(struct partition *partition);
void partition_drop(struct partition *partition); /* the same without reading again */
void partition_retry(struct partition *partition, const struct error *err);
void partition_stop(struct partition *partition, const struct error *err);
void partition_read(struct partition *partition); /* from partition->projection.position on */

#endif
