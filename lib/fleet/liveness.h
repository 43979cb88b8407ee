/* What an owner knows beside the log: when it last heard of whom, on its own monotonic clock. Lost
 * with the owner, and begun anew by the next one.
 *
 * Leases. While a client waits or builds, its API puts the build into a batch every few seconds. A
 * build that is in none for `lease_timeout_ms` lapses. That time is counted on a clock that runs
 * only while batches come: an outage of the APIs or the log stops it, and kills no build. After a
 * take-over it starts again for every build.
 *
 * So that a build whose client and API are both gone for good ends too, there is a second, far
 * longer limit on the plain clock: `silence_timeout_ms` without a word. A build on a ready machine
 * then ends only when that machine reports that it has no connections.
 *
 * Machines. A launch must lead to readiness within `launch_timeout_ms`, counted from the decision
 * or from the take-over, and not while the provider has no capacity. An idle machine is due
 * `idle_timeout_ms` after it became idle; what the last owner saw of that counts.
 */
#ifndef FLEET_LIVENESS_H
#define FLEET_LIVENESS_H

#include "fleet/fleet.h"
#include "schemas/messages.h"

struct liveness_settings {
    int64_t idle_timeout_ms, launch_timeout_ms, lease_timeout_ms, silence_timeout_ms;
};

/* The longest time between two batches that counts on the clock of the leases. */
#define LIVENESS_BATCH_GAP_MS 15000
/* How old a machine's last word about its connections may be to be believed. */
#define LIVENESS_LOAD_FRESH_MS 120000
/* When a build that was silent for too long, and may still be connected, is looked at again. */
#define LIVENESS_RETRY_MS 60000

struct liveness;
/* Starts with the fleet as it was taken over. */
struct liveness *liveness_new(const struct liveness_settings *settings, const struct fleet *fleet,
                              int64_t now_ms, int64_t wall_ms);
void liveness_free(struct liveness *liveness); /* NULL is fine */

/* After each change that the owner has decided. */
void liveness_follow(struct liveness *liveness, const struct fleet_change *change, int64_t now_ms);

void liveness_batch(struct liveness *liveness, const struct builds_alive *batch, int64_t now_ms);
void liveness_load(struct liveness *liveness, const struct machine_load *load, int64_t now_ms);
/* The launch cannot go on before `again_ms` from now. */
void liveness_postpone(struct liveness *liveness, const char *machine, int64_t now_ms,
                       int64_t again_ms);
/* Finds builds that were silent for too long. Before each decision on PLANNER_TIME. */
void liveness_check_silence(struct liveness *liveness, const struct fleet *fleet, int64_t now_ms);

/* Up to `max` ids of builds that have lapsed; of machines whose launch or idleness has lasted too
 * long. They live until the liveness changes. */
size_t liveness_lapsed(const struct liveness *liveness, const char **builds, size_t max);
size_t liveness_due_machines(const struct liveness *liveness, int64_t now_ms, const char **machines,
                             size_t max);
/* When PLANNER_TIME is due next; INT64_MAX for never. */
int64_t liveness_next_ms(const struct liveness *liveness);

#endif
