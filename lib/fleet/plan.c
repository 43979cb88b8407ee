#include "fleet/plan.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more in a list of a change: 1, 2, 4, ... of them. */
static void *grow(void *list, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return list;
    return xreallocarray(list, count > 0 ? 2 * count : 1, size);
}

#define DEFINE_TOUCH_AND_SEE(type, id_field, list)                                                 \
    static struct type *find_##type(const struct plan *plan, const char *id)                       \
    {                                                                                              \
        for (size_t i = 0; i < plan->change->list##_count; i++) {                                  \
            if (text_equal(plan->change->list[i].id_field, id))                                    \
                return &plan->change->list[i];                                                     \
        }                                                                                          \
        return NULL;                                                                               \
    }                                                                                              \
    struct type *plan_touch_##type(struct plan *plan, const struct type *entity)                   \
    {                                                                                              \
        struct fleet_change *change = plan->change;                                                \
        struct type copy = *entity, *found = find_##type(plan, entity->id_field);                  \
        if (found != NULL)                                                                         \
            return found;                                                                          \
        if (change->list##_count == FLEET_CHANGE_MAX) {                                            \
            plan->full = true;                                                                     \
            return NULL;                                                                           \
        }                                                                                          \
        change->list = grow(change->list, change->list##_count, sizeof(copy));                     \
        change->list[change->list##_count] = copy;                                                 \
        return &change->list[change->list##_count++];                                              \
    }                                                                                              \
    const struct type *plan_see_##type(const struct plan *plan, const struct type *entity)         \
    {                                                                                              \
        const struct type *found = find_##type(plan, entity->id_field);                            \
        return found != NULL ? found : entity;                                                     \
    }

DEFINE_TOUCH_AND_SEE(builder, build, builders)
DEFINE_TOUCH_AND_SEE(machine, machine, machines)
DEFINE_TOUCH_AND_SEE(volume, volume, volumes)

const struct machine *plan_machine_of(const struct plan *plan, const char *organisation,
                                      const char *project)
{
    const struct fleet *fleet = plan->input->fleet;
    const struct machine *machine = NULL;

    while ((machine = fleet_next_machine_of(fleet, organisation, project, machine)) != NULL) {
        const struct machine *seen = plan_see_machine(plan, machine);
        if (seen->state != MACHINE_STATE_GONE)
            return seen;
    }
    for (size_t i = 0; i < plan->change->machines_count; i++) {
        machine = &plan->change->machines[i];
        if (machine->state != MACHINE_STATE_GONE && text_equal(machine->project, project) &&
            text_equal(machine->organisation, organisation))
            return machine;
    }
    return NULL;
}

const struct volume *plan_volume_of(const struct plan *plan, const char *organisation,
                                    const char *project)
{
    const struct volume *volume =
        fleet_next_volume_of(plan->input->fleet, organisation, project, NULL);
    return volume != NULL ? plan_see_volume(plan, volume) : NULL;
}

size_t plan_builders_on(const struct plan *plan, const char *machine)
{
    const struct fleet *fleet = plan->input->fleet;
    size_t count = fleet_builders_on(fleet, machine);

    for (size_t i = 0; i < plan->change->builders_count; i++) {
        const struct builder *after = &plan->change->builders[i];
        const struct builder *before = fleet_find_builder(fleet, after->build);
        if (before != NULL && before->state == BUILDER_STATE_PLACED &&
            text_equal(before->machine, machine))
            count--;
        if (after->state == BUILDER_STATE_PLACED && text_equal(after->machine, machine))
            count++;
    }
    return count;
}

bool plan_machine_lives(const struct plan *plan, const char *machine)
{
    const struct machine *found = fleet_find_machine(plan->input->fleet, machine);

    if (found == NULL)
        found = find_machine(plan, machine);
    return found != NULL && plan_see_machine(plan, found)->state != MACHINE_STATE_GONE;
}

void plan_reason(char out[static PLAN_REASON_SIZE], const char *format, ...)
{
    va_list args;
    size_t len;

    va_start(args, format);
    vsnprintf(out, PLAN_REASON_SIZE, format, args);
    va_end(args);
    len = strlen(out);
    while (len > 0 && !text_is_utf8(slice_of(out, len)))
        len--;
    out[len] = '\0';
}

void plan_end_builder(const struct plan *plan, struct builder *builder, enum build_outcome outcome,
                      const char *reason)
{
    builder->state = BUILDER_STATE_ENDED;
    builder->outcome = outcome;
    builder->ended_at_ms = plan->change->decided_at_ms;
    plan_reason(builder->reason, "%s", reason);
}
