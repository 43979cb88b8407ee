/* The owner of one partition, as pure decisions: told what was read and the time, it answers what
 * to do.
 *
 *   WAITING  before it loads (again): owner_core_deadline_ms() says until when
 *   LOADING  reads `fleet` from its start to its end
 *   TAKING   its took_over is appended; owner only when that record came back and counts
 *   OWNING   reads the inputs from the folded positions and decides
 *   BROKEN   a record of the chain cannot be understood: this partition stops, loudly
 *
 * Two folds are kept: `decided`, with every decision made here, and `confirmed`, with what was read
 * back and counts. Decisions build on the first; effects follow from the second alone. An append
 * that fails or whose fate is unknown ends the epoch: everything is forgotten and loaded anew.
 *
 * Who calls gives each event to the function that is named after it, and then carries out all
 * actions, in order, before the next event. Nothing here reads a clock, draws a random number or
 * waits.
 */
#ifndef CLOUD_OWNER_CORE_H
#define CLOUD_OWNER_CORE_H

#include "base/buf.h"
#include "cloud/input.h"
#include "fleet/fleet.h"
#include "fleet/planner.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OWNER_PAUSE_MIN_MS 100 /* before it loads again; doubled at each failure */
#define OWNER_PAUSE_MAX_MS 10000
/* Decisions that may wait for their confirmation before the inputs are paused, and the number at
 * which they go on. */
#define OWNER_AHEAD_MAX  512
#define OWNER_AHEAD_GOON 128

enum owner_state {
    OWNER_WAITING,
    OWNER_LOADING,
    OWNER_TAKING,
    OWNER_OWNING,
    OWNER_BROKEN,
    OWNER_STATES
};

struct owner_core_options {
    enum arch arch;
    int32_t partition, partitions;
    const char *instance; /* unique to this start of the agent */
    struct planner_settings settings;
    /* Replaces the ids and secrets that were used, all of them when *ids is zeroed. */
    void (*draw)(void *arg, struct planner_ids *ids);
    void *draw_arg;
};

struct owner_time {
    int64_t now_ms;  /* monotonic */
    int64_t wall_ms; /* since 1970 */
};

enum owner_action_type {
    OWNER_READ_FLEET,  /* `fleet` from its start */
    OWNER_READ_INPUTS, /* each input topic from its `positions` */
    OWNER_PAUSE_INPUTS,
    OWNER_RESUME_INPUTS,
    OWNER_CLOSE_READERS,
    OWNER_APPEND,      /* to `fleet`: id, type, key, value */
    OWNER_DEAD_LETTER, /* the record that was just given: type ("": it has none), reason */
    OWNER_CONFIRMED,   /* the confirmed fold changed, or the owner became one */
};

struct owner_action {
    enum owner_action_type type;
    union {
        uint64_t positions[INPUT_TOPICS];
        struct {
            uint64_t attempt;        /* for owner_core_append_failed() */
            char id[64];             /* unique to this instance */
            const char *record_type; /* lives for ever */
            char key[64];
            struct buf value;
        } append;
        struct {
            char record_type[64];
            char reason[256];
        } dead_letter;
    };
    struct owner_action *prev, *next; /* private */
};

struct owner_core;
struct owner_core *owner_core_new(const struct owner_core_options *options);
void owner_core_free(struct owner_core *core); /* NULL is fine */

/* The next action to carry out, NULL when there is none; it lives until the next call. */
const struct owner_action *owner_core_next(struct owner_core *core);

/* When owner_core_time() is due; INT64_MAX for never. */
int64_t owner_core_deadline_ms(const struct owner_core *core);
void owner_core_time(struct owner_core *core, const struct owner_time *time);
void owner_core_fleet_record(struct owner_core *core, const struct record *record,
                             const struct owner_time *time);
/* Everything that `fleet` had was given. */
void owner_core_fleet_at_end(struct owner_core *core, const struct owner_time *time);
void owner_core_input(struct owner_core *core, enum input_topic topic, const struct record *record,
                      const struct owner_time *time);
/* An append of the attempt was refused or its fate is unknown. */
void owner_core_append_failed(struct owner_core *core, uint64_t attempt, const char *why,
                              const struct owner_time *time);
/* A topic cannot be read. */
void owner_core_read_failed(struct owner_core *core, const char *why,
                            const struct owner_time *time);
/* What the provider answered: PLANNER_MACHINE_GONE, LAUNCH_DELAYED or LAUNCH_FAILED. */
void owner_core_provider_says(struct owner_core *core, const struct planner_event *event,
                              const struct owner_time *time);

struct owner_counts {
    uint64_t decisions, dead_letters, void_records, take_overs;
};

enum owner_state owner_core_state(const struct owner_core *core);
/* What was read back and counts; meaningful while OWNING. */
const struct fleet *owner_core_confirmed(const struct owner_core *core);
const struct fleet *owner_core_decided(const struct owner_core *core);
struct owner_counts owner_core_counts(const struct owner_core *core);

#endif
