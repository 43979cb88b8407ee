/* Every decision about a partition's fleet: (state, what the owner knows beside it, event) -> what
 * changes. Pure: no clock, no randomness, no IO.
 *
 * Rules of this planner (docs/planning.md):
 *  - one machine per project and architecture at a time, with any number of builds on it;
 *  - it is launched when a build waits and no machine of the project is left, with a fresh id that
 *    is never used again and with the project's volume, which has one holder;
 *  - a build that comes while the machine drains or stops waits for the next one;
 *  - an idle machine is stopped after a while; one with builds is never stopped for idleness;
 *  - when a machine fails before it was ready its builds wait again, for a bounded number of
 *    machines; a build whose machine had been ready is lost with it.
 *
 * An event either changes something or it does not; one that comes twice, late or out of order
 * changes nothing. One that names a machine or build wrongly is refused.
 */
#ifndef FLEET_PLANNER_H
#define FLEET_PLANNER_H

#include "base/error.h"
#include "fleet/fleet.h"
#include "fleet/liveness.h"

struct planner_settings {
    struct liveness_settings times;
    uint64_t max_attempts;             /* machines that a build may wait for in vain */
    uint64_t cpu_millis, memory_bytes; /* of a machine; 0: no limit */
    uint64_t cache_bytes;              /* of a volume */
    const char *unsupported; /* why no machine of this architecture can be launched; NULL: it can */
    bool emulated;           /* the architecture would be emulated */
};

/* Drawn outside, used by a decision or not, and never by two: whoever calls refills what was used.
 */
#define PLANNER_SECRET_SIZE 33
struct planner_ids {
    char machine[41], volume[41];
    struct bytes32 token_hash; /* of the registration token of `machine` */
    char secrets[FLEET_CHANGE_MAX][PLANNER_SECRET_SIZE];
    bool machine_used, volume_used;
    size_t secrets_used; /* from the front */
};

enum planner_event_type {
    PLANNER_TAKEN_OVER, /* this owner begins: whatever was left half-way goes on */
    PLANNER_TIME,       /* liveness_next_ms() has come */
    /* From the log. */
    PLANNER_REQUESTED,
    PLANNER_RELEASED,
    PLANNER_ALIVE,
    PLANNER_REGISTERED,
    PLANNER_READY,
    PLANNER_LOAD,
    PLANNER_DRAINING,
    PLANNER_STOPPED,
    PLANNER_FAILED,
    /* From the reconciler, about `machine`, with `reason`. */
    PLANNER_LAUNCH_DELAYED, /* no capacity, or a failure that may pass: it is tried again */
    PLANNER_LAUNCH_FAILED,  /* it will not work */
    PLANNER_MACHINE_GONE,   /* the provider has confirmed that nothing of it is left */
};

struct planner_event {
    enum planner_event_type type;
    union {
        const struct builder_requested *requested;
        const struct builder_released *released;
        const struct builds_alive *alive;
        const struct machine_registered *registered;
        const struct machine_ready *ready;
        const struct machine_load *load;
        const struct machine_draining *draining;
        const struct machine_stopped *stopped;
        const struct machine_failed *failed;
        struct {
            const char *machine, *reason;
            int64_t postpone_ms; /* LAUNCH_DELAYED: no capacity before; 0: only a failure */
        };
    };
};

struct planner_input {
    const struct fleet *fleet; /* with everything that was decided so far */
    const struct liveness *liveness;
    const struct planner_settings *settings;
    struct planner_ids *ids;
    int64_t now_ms;  /* monotonic */
    int64_t wall_ms; /* for the record; a clock that went back is held */
};

#define PLANNER_BUILDERS_MAX 100000 /* that live in one partition; more are turned away */

/* Fills *ret with the entities that change, the time and the cause, and leaves epoch, seq and
 * positions to the caller, who ends with fleet_change_clear(); no entities: nothing changes.
 * *ret_more: it did not fit into one change; decide on the same event again once this one is
 * applied. ERROR_INVALID: the event is refused, with the reason. */
int planner_decide(const struct planner_input *input, const struct planner_event *event,
                   struct fleet_change *ret, bool *ret_more, struct error *err);

/* Whether the change changes any entity. */
bool planner_changes(const struct fleet_change *change);

/* The name of a cause in records: the type of an input record, "timer", ... */
const char *planner_event_name(enum planner_event_type type);

#endif
