/* The owner of one partition: reads the fleet, takes over, decides, and acts on what counts.
 *
 *   LOADING  reads `fleet` from its start to its end
 *   TAKING   its took_over is appended; owner only when that record came back and counts
 *   OWNING   reads the inputs from the folded positions and decides
 *   BROKEN   a record of the chain cannot be understood: this partition stops, loudly
 *
 * Two folds are kept: `decided`, with every decision made here, and `confirmed`, with what was read
 * back and counts. Decisions build on the first; effects follow from the second alone. An append
 * that fails or whose fate is unknown ends the epoch: everything is forgotten and loaded anew.
 */
#ifndef CLOUD_OWNER_H
#define CLOUD_OWNER_H

#include "bus/bus.h"
#include "fleet/fleet.h"
#include "fleet/planner.h"

#include <stdbool.h>

enum owner_state { OWNER_LOADING, OWNER_TAKING, OWNER_OWNING, OWNER_BROKEN };

struct owner;

struct owner_options {
    struct loop *loop;
    struct bus *bus;
    enum arch arch;
    int32_t partition, partitions;
    const char *instance;         /* unique to this start of the agent */
    const uint8_t *launch_secret; /* MASTER_SECRET_SIZE bytes, kept by the caller */
    struct planner_settings settings;
    void (*confirmed)(void *arg); /* the confirmed fold changed, or the owner became one */
    void *arg;
};

struct owner *owner_new(const struct owner_options *options);
void owner_free(struct owner *owner);

enum owner_state owner_state(const struct owner *owner);
enum arch owner_arch(const struct owner *owner);
int32_t owner_partition(const struct owner *owner);
/* What has been read back and counts; meaningful while OWNING. */
const struct fleet *owner_confirmed(const struct owner *owner);

/* What the provider answered: PLANNER_MACHINE_GONE, LAUNCH_DELAYED or LAUNCH_FAILED. */
void owner_provider_says(struct owner *owner, enum planner_event_type type, const char *machine,
                         const char *reason, int64_t postpone_ms);

struct owner_counts {
    uint64_t decisions, dead_letters, void_records, take_overs;
};
struct owner_counts owner_counts(const struct owner *owner);

#endif
