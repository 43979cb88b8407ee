/* The owner of one partition, at work: cloud/owner_core.h decides, this reads the log and the
 * clocks for it and carries out its actions. */
#ifndef CLOUD_OWNER_H
#define CLOUD_OWNER_H

#include "bus/bus.h"
#include "cloud/owner_core.h"

struct owner;

struct owner_options {
    struct loop *loop;
    struct bus *bus;
    enum arch arch;
    int32_t partition, partitions;
    const char *instance;         /* unique to this start of the agent; kept by the caller */
    const uint8_t *launch_secret; /* MASTER_SECRET_SIZE bytes, kept by the caller */
    struct planner_settings settings;
    void (*confirmed)(void *arg); /* the confirmed fold changed, or the owner became one */
    void *arg;
};

struct owner *owner_new(const struct owner_options *options);
void owner_free(struct owner *owner); /* NULL is fine */

enum arch owner_arch(const struct owner *owner);
int32_t owner_partition(const struct owner *owner);
/* For its state, its confirmed fold and its counts. */
const struct owner_core *owner_core(const struct owner *owner);

/* What the provider answered: PLANNER_MACHINE_GONE, LAUNCH_DELAYED or LAUNCH_FAILED. */
void owner_provider_says(struct owner *owner, const struct planner_event *event);

#endif
