#include "fleet/fleet_index.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

struct builder_node *index_builder(const struct fleet *fleet, const char *build)
{
    struct builder_node *node;

    HASH_FIND_STR(fleet->builders, build, node);
    return node;
}

struct machine_node *index_machine(const struct fleet *fleet, const char *machine)
{
    struct machine_node *node;

    HASH_FIND_STR(fleet->machines, machine, node);
    return node;
}

struct volume_node *index_volume(const struct fleet *fleet, const char *volume)
{
    struct volume_node *node;

    HASH_FIND_STR(fleet->volumes, volume, node);
    return node;
}

/* --- projects come and go with what they have --- */

static void make_key(char out[static PROJECT_KEY_SIZE], const char *organisation,
                     const char *project)
{
    snprintf(out, PROJECT_KEY_SIZE, "%s/%s", organisation, project);
}

struct project_node *index_project(const struct fleet *fleet, const char *organisation,
                                   const char *project)
{
    char key[PROJECT_KEY_SIZE];
    struct project_node *node;

    make_key(key, organisation, project);
    HASH_FIND_STR(fleet->projects, key, node);
    return node;
}

static struct project_node *use_project(struct fleet *fleet, const char *organisation,
                                        const char *project)
{
    struct project_node *node = index_project(fleet, organisation, project);

    if (node == NULL) {
        node = xcalloc(1, sizeof(*node));
        make_key(node->key, organisation, project);
        TAILQ_INIT(&node->queued);
        TAILQ_INIT(&node->machines);
        TAILQ_INIT(&node->volumes);
        HASH_ADD_STR(fleet->projects, key, node);
    }
    node->users++;
    return node;
}

static void leave_project(struct fleet *fleet, struct project_node *project)
{
    if (--project->users > 0)
        return;
    HASH_DEL(fleet->projects, project);
    free(project);
}

/* --- builders --- */

static void unlink_builder(struct builder_node *node)
{
    if (node->machine != NULL) {
        TAILQ_REMOVE(&node->machine->builders, node, link);
        node->machine->builder_count--;
        node->machine = NULL;
    } else {
        TAILQ_REMOVE(&node->project->queued, node, link);
    }
}

/* Who waits again waits in its old place: behind those that asked before it. */
static void enqueue(struct builder_node *node)
{
    struct builder_list *queue = &node->project->queued;
    struct builder_node *before = TAILQ_LAST(queue, builder_list);

    while (before != NULL && before->order > node->order)
        before = TAILQ_PREV(before, builder_list, link);
    if (before != NULL)
        TAILQ_INSERT_AFTER(queue, before, node, link);
    else
        TAILQ_INSERT_HEAD(queue, node, link);
}

static void link_builder(struct fleet *fleet, struct builder_node *node)
{
    if (node->builder.state == BUILDER_STATE_QUEUED) {
        enqueue(node);
        return;
    }
    node->machine = index_machine(fleet, node->builder.machine);
    TAILQ_INSERT_TAIL(&node->machine->builders, node, link);
    node->machine->builder_count++;
}

static struct builder_node *add_builder(struct fleet *fleet, const struct builder *builder)
{
    struct builder_node *node = xcalloc(1, sizeof(*node));

    node->builder = *builder;
    node->order = fleet->builders_seen++;
    node->project = use_project(fleet, builder->organisation, builder->project);
    HASH_ADD_STR(fleet->builders, builder.build, node);
    return node;
}

static void remove_builder(struct fleet *fleet, struct builder_node *node)
{
    HASH_DEL(fleet->builders, node);
    leave_project(fleet, node->project);
    free(node);
}

static void end_builder(struct fleet *fleet, struct builder_node *node, const char *build)
{
    id_history_add(fleet->ended_builders, build);
    if (node == NULL)
        return;
    unlink_builder(node);
    remove_builder(fleet, node);
}

void index_put_builder(struct fleet *fleet, const struct builder *builder)
{
    struct builder_node *node = index_builder(fleet, builder->build);
    bool stays = node != NULL && node->builder.state == builder->state &&
                 text_equal(node->builder.machine, builder->machine);

    if (builder->state == BUILDER_STATE_ENDED) {
        end_builder(fleet, node, builder->build);
        return;
    }
    if (node == NULL)
        node = add_builder(fleet, builder);
    else if (!stays)
        unlink_builder(node);
    node->builder = *builder;
    if (!stays)
        link_builder(fleet, node);
}

/* --- machines and volumes --- */

static void remove_machine(struct fleet *fleet, struct machine_node *node)
{
    HASH_DEL(fleet->machines, node);
    TAILQ_REMOVE(&node->project->machines, node, link);
    leave_project(fleet, node->project);
    free(node);
}

void index_put_machine(struct fleet *fleet, const struct machine *machine)
{
    struct machine_node *node = index_machine(fleet, machine->machine);

    if (machine->state == MACHINE_STATE_GONE) {
        id_history_add(fleet->gone_machines, machine->machine);
        if (node != NULL)
            remove_machine(fleet, node);
        return;
    }
    if (node == NULL) {
        node = xcalloc(1, sizeof(*node));
        TAILQ_INIT(&node->builders);
        node->machine = *machine;
        node->project = use_project(fleet, machine->organisation, machine->project);
        TAILQ_INSERT_TAIL(&node->project->machines, node, link);
        HASH_ADD_STR(fleet->machines, machine.machine, node);
    }
    node->machine = *machine;
}

static void remove_volume(struct fleet *fleet, struct volume_node *node)
{
    HASH_DEL(fleet->volumes, node);
    TAILQ_REMOVE(&node->project->volumes, node, link);
    leave_project(fleet, node->project);
    free(node);
}

void index_put_volume(struct fleet *fleet, const struct volume *volume)
{
    struct volume_node *node = index_volume(fleet, volume->volume);

    if (volume->state == VOLUME_STATE_DELETED) {
        if (node != NULL)
            remove_volume(fleet, node);
        return;
    }
    if (node == NULL) {
        node = xcalloc(1, sizeof(*node));
        node->volume = *volume;
        node->project = use_project(fleet, volume->organisation, volume->project);
        TAILQ_INSERT_TAIL(&node->project->volumes, node, link);
        HASH_ADD_STR(fleet->volumes, volume.volume, node);
    }
    node->volume = *volume;
}

void index_clear(struct fleet *fleet)
{
    while (fleet->builders != NULL) {
        struct builder_node *node = fleet->builders;
        unlink_builder(node);
        remove_builder(fleet, node);
    }
    while (fleet->machines != NULL)
        remove_machine(fleet, fleet->machines);
    while (fleet->volumes != NULL)
        remove_volume(fleet, fleet->volumes);
}
