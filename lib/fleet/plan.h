/* A change in the making, seen over the state that it will change (private to lib/fleet).
 *
 * plan_touch_*() gives a copy of the entity that belongs to the change, to be written to; it lives
 * until the next touch of the same kind. plan_see_*() gives the entity as it will be. When the
 * change is full, touching answers NULL and sets `full`: what is left is decided in the next
 * change.
 */
#ifndef FLEET_PLAN_H
#define FLEET_PLAN_H

#include "fleet/planner.h"

struct plan {
    const struct planner_input *input;
    struct fleet_change *change;
    bool full;
};

struct builder *plan_touch_builder(struct plan *plan, const struct builder *builder);
struct machine *plan_touch_machine(struct plan *plan, const struct machine *machine);
struct volume *plan_touch_volume(struct plan *plan, const struct volume *volume);
const struct builder *plan_see_builder(const struct plan *plan, const struct builder *builder);
const struct machine *plan_see_machine(const struct plan *plan, const struct machine *machine);
const struct volume *plan_see_volume(const struct plan *plan, const struct volume *volume);

/* The project's machine that is not gone; NULL when there is none. */
const struct machine *plan_machine_of(const struct plan *plan, const char *organisation,
                                      const char *project);
/* The project's volume; NULL when it has none yet. */
const struct volume *plan_volume_of(const struct plan *plan, const char *organisation,
                                    const char *project);
size_t plan_builders_on(const struct plan *plan, const char *machine);
bool plan_machine_lives(const struct plan *plan, const char *machine);

/* Texts for people, cut at the bound between two characters. */
#define PLAN_REASON_SIZE 257
void plan_reason(char out[static PLAN_REASON_SIZE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* --- steps that several events share --- */

void plan_end_builder(const struct plan *plan, struct builder *builder, enum build_outcome outcome,
                      const char *reason);
/* Everything that follows by itself for one project: a machine is launched when builds wait and
 * none is left, what waits is placed, idleness is noted, an empty machine that drains is stopped,
 * builds of a machine that stops are requeued or lost. Idempotent. */
void plan_settle(struct plan *plan, const char *organisation, const char *project);
/* The builds leave a machine that serves them no longer. False when the change is full. */
bool plan_release_builders(struct plan *plan, const struct machine *machine, const char *reason);

/* Handlers, each for some events: -1 is a refusal. */
int plan_requests(struct plan *plan, const struct planner_event *event, struct error *err);
int plan_machines(struct plan *plan, const struct planner_event *event, struct error *err);
void plan_provider(struct plan *plan, const struct planner_event *event);
void plan_time(struct plan *plan);
void plan_taken_over(struct plan *plan);
void plan_lapses(struct plan *plan);

#endif
