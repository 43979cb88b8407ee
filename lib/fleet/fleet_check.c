/* Whether a change may follow on a state. What is refused here would be a defect of whoever
 * decided, or damage; going on with it would lose or double something. */
#include "fleet/fleet_index.h"

#include "base/text.h"
#include "fleet/states.h"

#include <string.h>

struct check {
    const struct fleet *fleet;
    const struct fleet_change *change;
    struct error *err;
};

static int bad(const struct check *check, const char *kind, const char *id, const char *what)
{
    return error_set(check->err, ERROR_CORRUPT, "fleet change %llu.%llu (%s): %s %s %s",
                     (unsigned long long)check->change->epoch,
                     (unsigned long long)check->change->seq, check->change->cause, kind, id, what);
}

/* The machine as it is after the change; NULL when it does not live. */
static const struct machine *machine_after(const struct check *check, const char *id)
{
    const struct fleet_change *change = check->change;

    for (size_t i = 0; i < change->machines_count; i++) {
        if (text_equal(change->machines[i].machine, id))
            return change->machines[i].state == MACHINE_STATE_GONE ? NULL : &change->machines[i];
    }
    struct machine_node *node = index_machine(check->fleet, id);
    return node != NULL ? &node->machine : NULL;
}

static bool same_owner(const char *organisation, const char *project,
                       const char *other_organisation, const char *other_project)
{
    return text_equal(organisation, other_organisation) && text_equal(project, other_project);
}

/* --- builders --- */

static int check_place(const struct check *check, const struct builder *builder)
{
    const struct machine *machine;

    if (builder->state != BUILDER_STATE_PLACED)
        return builder->state == BUILDER_STATE_QUEUED && builder->machine[0] != '\0'
                   ? bad(check, "builder", builder->build, "waits and has a machine")
                   : 0;
    machine = machine_after(check, builder->machine);
    if (machine == NULL)
        return bad(check, "builder", builder->build, "is on a machine that does not exist");
    if (!same_owner(machine->organisation, machine->project, builder->organisation,
                    builder->project))
        return bad(check, "builder", builder->build, "is on another project's machine");
    return 0;
}

static int check_builder_step(const struct check *check, const struct builder *old,
                              const struct builder *builder)
{
    bool moves =
        builder->state == BUILDER_STATE_PLACED && !text_equal(old->machine, builder->machine);

    if (!same_owner(old->organisation, old->project, builder->organisation, builder->project))
        return bad(check, "builder", builder->build, "changed its project");
    if (!fsm_allows(&builder_states, old->state, builder->state))
        return bad(check, "builder", builder->build, "went back to an earlier state");
    if (builder->attempts < old->attempts || (moves && builder->attempts == old->attempts))
        return bad(check, "builder", builder->build, "got another machine without counting it");
    return 0;
}

static int check_builder(const struct check *check, size_t index)
{
    const struct builder *builder = &check->change->builders[index];
    struct builder_node *node = index_builder(check->fleet, builder->build);

    if (builder->build[0] == '\0' || builder->arch != check->fleet->arch)
        return bad(check, "builder", builder->build, "has no id or another architecture");
    for (size_t i = 0; i < index; i++) {
        if (text_equal(check->change->builders[i].build, builder->build))
            return bad(check, "builder", builder->build, "is there twice");
    }
    if (node == NULL && id_history_has(check->fleet->ended_builders, builder->build))
        return bad(check, "builder", builder->build, "had ended");
    if (node != NULL && check_builder_step(check, &node->builder, builder) < 0)
        return -1;
    return check_place(check, builder);
}

/* --- machines --- */

static int check_machine_step(const struct check *check, const struct machine *old,
                              const struct machine *machine)
{
    if (!same_owner(old->organisation, old->project, machine->organisation, machine->project) ||
        !text_equal(old->volume, machine->volume))
        return bad(check, "machine", machine->machine, "changed its project or volume");
    if (!fsm_allows(&machine_states, old->state, machine->state))
        return bad(check, "machine", machine->machine, "went back to an earlier state");
    if (old->key.len > 0 && (machine->key.len != old->key.len ||
                             memcmp(machine->key.data, old->key.data, old->key.len) != 0))
        return bad(check, "machine", machine->machine, "changed its key");
    if (machine->event_sequence < old->event_sequence)
        return bad(check, "machine", machine->machine, "forgot events");
    return 0;
}

/* A machine leaves when every builder on it has left, at the latest in the same change. */
static int check_empty(const struct check *check, const struct machine_node *node)
{
    size_t leave = 0;

    for (size_t i = 0; i < check->change->builders_count; i++) {
        struct builder_node *builder =
            index_builder(check->fleet, check->change->builders[i].build);
        if (builder != NULL && builder->machine == node)
            leave++; /* it does not stay: check_place() */
    }
    return leave == node->builder_count
               ? 0
               : bad(check, "machine", node->machine.machine, "is gone with builders on it");
}

static int check_machine(const struct check *check, size_t index)
{
    const struct machine *machine = &check->change->machines[index];
    struct machine_node *node = index_machine(check->fleet, machine->machine);

    if (machine->machine[0] == '\0' || machine->arch != check->fleet->arch)
        return bad(check, "machine", machine->machine, "has no id or another architecture");
    for (size_t i = 0; i < index; i++) {
        if (text_equal(check->change->machines[i].machine, machine->machine))
            return bad(check, "machine", machine->machine, "is there twice");
    }
    if (node == NULL && (machine->state == MACHINE_STATE_GONE ||
                         id_history_has(check->fleet->gone_machines, machine->machine)))
        return bad(check, "machine", machine->machine, "was gone");
    if (node == NULL)
        return 0;
    if (check_machine_step(check, &node->machine, machine) < 0)
        return -1;
    return machine->state == MACHINE_STATE_GONE ? check_empty(check, node) : 0;
}

/* --- volumes --- */

static int check_holder(const struct check *check, const struct volume *volume, const char *before)
{
    const struct machine *holder;

    if (text_equal(before, volume->holder))
        return 0;
    if (before[0] != '\0' && machine_after(check, before) != NULL)
        return bad(check, "volume", volume->volume, "was taken from a machine that is not gone");
    if (volume->holder[0] == '\0')
        return 0;
    holder = machine_after(check, volume->holder);
    if (holder == NULL || !text_equal(holder->volume, volume->volume) ||
        !same_owner(holder->organisation, holder->project, volume->organisation, volume->project))
        return bad(check, "volume", volume->volume, "is held by a machine that it is not for");
    return 0;
}

static int check_volume_step(const struct check *check, const struct volume *old,
                             const struct volume *volume)
{
    if (!same_owner(old->organisation, old->project, volume->organisation, volume->project))
        return bad(check, "volume", volume->volume, "changed its project");
    if (!fsm_allows(&volume_states, old->state, volume->state))
        return bad(check, "volume", volume->volume, "went back to an earlier state");
    return 0;
}

static int check_volume(const struct check *check, size_t index)
{
    const struct volume *volume = &check->change->volumes[index];
    struct volume_node *node = index_volume(check->fleet, volume->volume);

    if (volume->volume[0] == '\0' || volume->arch != check->fleet->arch)
        return bad(check, "volume", volume->volume, "has no id or another architecture");
    for (size_t i = 0; i < index; i++) {
        if (text_equal(check->change->volumes[i].volume, volume->volume))
            return bad(check, "volume", volume->volume, "is there twice");
    }
    if (volume->state == VOLUME_STATE_DELETED && volume->holder[0] != '\0')
        return bad(check, "volume", volume->volume, "is deleted and held");
    if (node != NULL && check_volume_step(check, &node->volume, volume) < 0)
        return -1;
    return check_holder(check, volume, node != NULL ? node->volume.holder : "");
}

/* --- the whole --- */

static int check_order(const struct check *check)
{
    const struct fleet *fleet = check->fleet;
    const struct fleet_change *change = check->change;

    if (change->decided_at_ms < fleet->decided_at_ms)
        return bad(check, "its", "time", "went back");
    if (change->request_position < fleet->request_position ||
        change->event_position < fleet->event_position)
        return bad(check, "an", "input position", "went back");
    if (change->builders_count > FLEET_CHANGE_MAX || change->machines_count > FLEET_CHANGE_MAX ||
        change->volumes_count > FLEET_CHANGE_MAX)
        return bad(check, "it", "changes", "too much at once");
    return 0;
}

int fleet_check_change(const struct fleet *fleet, const struct fleet_change *change,
                       struct error *err)
{
    struct check check = {.fleet = fleet, .change = change, .err = err};
    int result = check_order(&check);

    for (size_t i = 0; result == 0 && i < change->machines_count; i++)
        result = check_machine(&check, i);
    for (size_t i = 0; result == 0 && i < change->builders_count; i++)
        result = check_builder(&check, i);
    for (size_t i = 0; result == 0 && i < change->volumes_count; i++)
        result = check_volume(&check, i);
    return result;
}
