/* How a fleet is laid out in memory (private to lib/fleet). */
#ifndef FLEET_FLEET_INDEX_H
#define FLEET_FLEET_INDEX_H

#include "fleet/fleet.h"
#include "fleet/id_history.h"
#include "fleet/table.h"

#include <sys/queue.h>

#define PROJECT_KEY_SIZE 128 /* "organisation/project" */

/* A builder is either in its project's queue or on a machine. */
struct builder_node {
    struct builder builder;
    uint64_t order; /* counts builders as they come to be: their places in the queue */
    struct project_node *project;
    struct machine_node *machine; /* NULL while queued */
    TAILQ_ENTRY(builder_node) link;
    UT_hash_handle hh;
};
TAILQ_HEAD(builder_list, builder_node);

struct machine_node {
    struct machine machine;
    struct project_node *project;
    struct builder_list builders;
    size_t builder_count;
    TAILQ_ENTRY(machine_node) link;
    UT_hash_handle hh;
};

struct volume_node {
    struct volume volume;
    struct project_node *project;
    TAILQ_ENTRY(volume_node) link;
    UT_hash_handle hh;
};

struct project_node {
    char key[PROJECT_KEY_SIZE];
    struct builder_list queued;
    TAILQ_HEAD(, machine_node) machines;
    TAILQ_HEAD(, volume_node) volumes;
    size_t users; /* builders, machines and volumes: without any it goes */
    UT_hash_handle hh;
};

struct fleet {
    enum arch arch;
    uint64_t decided_at_ms, request_position, event_position;
    uint64_t builders_seen;
    struct builder_node *builders;
    struct machine_node *machines;
    struct volume_node *volumes;
    struct project_node *projects;
    struct id_history *ended_builders, *gone_machines;
};

struct builder_node *index_builder(const struct fleet *fleet, const char *build);
struct machine_node *index_machine(const struct fleet *fleet, const char *machine);
struct volume_node *index_volume(const struct fleet *fleet, const char *volume);
struct project_node *index_project(const struct fleet *fleet, const char *organisation,
                                   const char *project);

/* Upserts of whole entities; what has ended leaves. The change was checked before. */
void index_put_builder(struct fleet *fleet, const struct builder *builder);
void index_put_machine(struct fleet *fleet, const struct machine *machine);
void index_put_volume(struct fleet *fleet, const struct volume *volume);
void index_clear(struct fleet *fleet);

/* fleet_check.c: whether the change may follow on this state. */
int fleet_check_change(const struct fleet *fleet, const struct fleet_change *change,
                       struct error *err);

#endif
