#include "fleet/fleet_index.h"

#include "base/memory.h"

#include <stdlib.h>

struct fleet *fleet_new(enum arch arch)
{
    struct fleet *fleet = xcalloc(1, sizeof(*fleet));

    fleet->arch = arch;
    fleet->ended_builders = id_history_new(FLEET_ENDED_BUILDERS_KEPT);
    fleet->gone_machines = id_history_new(FLEET_GONE_MACHINES_KEPT);
    return fleet;
}

void fleet_free(struct fleet *fleet)
{
    if (fleet == NULL)
        return;
    index_clear(fleet);
    id_history_free(fleet->ended_builders);
    id_history_free(fleet->gone_machines);
    free(fleet);
}

enum arch fleet_arch(const struct fleet *fleet)
{
    return fleet->arch;
}

uint64_t fleet_decided_at_ms(const struct fleet *fleet)
{
    return fleet->decided_at_ms;
}

uint64_t fleet_request_position(const struct fleet *fleet)
{
    return fleet->request_position;
}

uint64_t fleet_event_position(const struct fleet *fleet)
{
    return fleet->event_position;
}

/* --- look-ups --- */

static const struct builder *builder_of(const struct builder_node *node)
{
    return node != NULL ? &node->builder : NULL;
}

static const struct machine *machine_of(const struct machine_node *node)
{
    return node != NULL ? &node->machine : NULL;
}

static const struct volume *volume_of(const struct volume_node *node)
{
    return node != NULL ? &node->volume : NULL;
}

const struct builder *fleet_find_builder(const struct fleet *fleet, const char *build)
{
    return builder_of(index_builder(fleet, build));
}

const struct machine *fleet_find_machine(const struct fleet *fleet, const char *machine)
{
    return machine_of(index_machine(fleet, machine));
}

const struct volume *fleet_find_volume(const struct fleet *fleet, const char *volume)
{
    return volume_of(index_volume(fleet, volume));
}

bool fleet_builder_has_ended(const struct fleet *fleet, const char *build)
{
    return id_history_has(fleet->ended_builders, build);
}

bool fleet_machine_is_gone(const struct fleet *fleet, const char *machine)
{
    return id_history_has(fleet->gone_machines, machine);
}

size_t fleet_builder_count(const struct fleet *fleet)
{
    return HASH_COUNT(fleet->builders);
}

size_t fleet_machine_count(const struct fleet *fleet)
{
    return HASH_COUNT(fleet->machines);
}

size_t fleet_builders_on(const struct fleet *fleet, const char *machine)
{
    struct machine_node *node = index_machine(fleet, machine);
    return node != NULL ? node->builder_count : 0;
}

/* --- walks; what they are given came from them, so its node is around it --- */

static struct builder_node *node_of_builder(const struct builder *builder)
{
    return container_of((struct builder *)(uintptr_t)builder, struct builder_node, builder);
}

static struct machine_node *node_of_machine(const struct machine *machine)
{
    return container_of((struct machine *)(uintptr_t)machine, struct machine_node, machine);
}

static struct volume_node *node_of_volume(const struct volume *volume)
{
    return container_of((struct volume *)(uintptr_t)volume, struct volume_node, volume);
}

const struct builder *fleet_next_builder(const struct fleet *fleet, const struct builder *last)
{
    return builder_of(last == NULL ? fleet->builders : node_of_builder(last)->hh.next);
}

const struct machine *fleet_next_machine(const struct fleet *fleet, const struct machine *last)
{
    return machine_of(last == NULL ? fleet->machines : node_of_machine(last)->hh.next);
}

const struct volume *fleet_next_volume(const struct fleet *fleet, const struct volume *last)
{
    return volume_of(last == NULL ? fleet->volumes : node_of_volume(last)->hh.next);
}

const struct machine *fleet_next_machine_of(const struct fleet *fleet, const char *organisation,
                                            const char *project, const struct machine *last)
{
    if (last != NULL)
        return machine_of(TAILQ_NEXT(node_of_machine(last), link));
    struct project_node *node = index_project(fleet, organisation, project);
    return node != NULL ? machine_of(TAILQ_FIRST(&node->machines)) : NULL;
}

const struct volume *fleet_next_volume_of(const struct fleet *fleet, const char *organisation,
                                          const char *project, const struct volume *last)
{
    if (last != NULL)
        return volume_of(TAILQ_NEXT(node_of_volume(last), link));
    struct project_node *node = index_project(fleet, organisation, project);
    return node != NULL ? volume_of(TAILQ_FIRST(&node->volumes)) : NULL;
}

const struct builder *fleet_next_queued(const struct fleet *fleet, const char *organisation,
                                        const char *project, const struct builder *last)
{
    if (last != NULL)
        return builder_of(TAILQ_NEXT(node_of_builder(last), link));
    struct project_node *node = index_project(fleet, organisation, project);
    return node != NULL ? builder_of(TAILQ_FIRST(&node->queued)) : NULL;
}

const struct builder *fleet_next_builder_on(const struct fleet *fleet, const char *machine,
                                            const struct builder *last)
{
    if (last != NULL)
        return builder_of(TAILQ_NEXT(node_of_builder(last), link));
    struct machine_node *node = index_machine(fleet, machine);
    return node != NULL ? builder_of(TAILQ_FIRST(&node->builders)) : NULL;
}
