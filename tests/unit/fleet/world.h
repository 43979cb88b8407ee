/* A partition for tests: what an owner would keep, and a second fold that replays its changes. */
#ifndef TESTS_FLEET_WORLD_H
#define TESTS_FLEET_WORLD_H

#include "testing.h"

#include "fleet/fleet.h"
#include "fleet/liveness.h"
#include "fleet/planner.h"

struct world {
    struct fleet *fleet;    /* decided */
    struct fleet *replayed; /* from the encoded changes */
    struct liveness *liveness;
    struct planner_settings settings;
    struct planner_ids ids;
    int64_t now_ms, wall_ms;
    uint64_t drawn, seq, sequence;
    struct fleet_change last; /* the last change of the last event */
    size_t changes;           /* that the last event made */
    bool refused;
    struct error err;
};

void world_start(struct world *world);
void world_end(struct world *world);
/* A new owner, with what the log says and nothing else. */
void world_take_over(struct world *world);
void world_pass(struct world *world, int64_t ms); /* time, without looking at it */
/* Time in steps from deadline to deadline, as an owner would wake. */
void world_run(struct world *world, int64_t ms);

size_t world_event(struct world *world, const struct planner_event *event);
size_t world_request(struct world *world, const char *project, const char *build);
size_t world_release(struct world *world, const char *project, const char *build);
size_t world_alive(struct world *world, const char *build); /* NULL: an empty batch */
size_t world_registered(struct world *world, const char *machine, uint8_t key);
size_t world_ready(struct world *world, const char *machine);
size_t world_load(struct world *world, const char *machine, uint64_t connections);
size_t world_draining(struct world *world, const char *machine);
size_t world_stopped(struct world *world, const char *machine);
size_t world_failed(struct world *world, const char *machine, const char *reason);
size_t world_delayed(struct world *world, const char *machine, const char *reason, int64_t ms);
size_t world_launch_failed(struct world *world, const char *machine, const char *reason);
size_t world_gone(struct world *world, const char *machine);

/* A machine of the project that is registered and ready, with the build on it. */
const char *world_serve(struct world *world, const char *project, const char *build);
/* Id of the project's machine; "" when there is none. */
const char *world_machine(const struct world *world, const char *project);
const struct builder *world_builder(const struct world *world, const char *build);
const struct machine *world_state_of(const struct world *world, const char *machine);
/* The builder as the last event left it, also when it has ended. */
const struct builder *world_changed(const struct world *world, const char *build);

void world_check(const struct world *world); /* what is true at any time */

#endif
