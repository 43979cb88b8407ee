/* What follows by itself for one project, whatever the event was. */
#include "fleet/plan.h"

#include "base/text.h"

#include <string.h>

/* --- builds leave a machine --- */

static void requeue(const struct plan *plan, struct builder *builder, const char *reason)
{
    if (builder->attempts >= plan->input->settings->max_attempts) {
        char text[PLAN_REASON_SIZE];
        plan_reason(text, "given up after %llu machines: %s", (unsigned long long)builder->attempts,
                    reason);
        plan_end_builder(plan, builder, BUILD_OUTCOME_LOST, text);
        return;
    }
    builder->state = BUILDER_STATE_QUEUED;
    builder->machine[0] = '\0';
    builder->secret[0] = '\0';
    builder->placed_at_ms = 0;
    plan_reason(builder->reason, "%s", reason);
}

bool plan_release_builders(struct plan *plan, const struct machine *machine, const char *reason)
{
    const struct fleet *fleet = plan->input->fleet;
    const bool served = machine->ready_at_ms != 0;
    const struct builder *builder = NULL;
    char id[sizeof(machine->machine)], why[PLAN_REASON_SIZE];

    text_copy(id, sizeof(id), machine->machine);
    plan_reason(why, "machine %s: %s", id, reason);
    while ((builder = fleet_next_builder_on(fleet, id, builder)) != NULL) {
        if (plan_see_builder(plan, builder)->state != BUILDER_STATE_PLACED)
            continue;
        struct builder *touched = plan_touch_builder(plan, builder);
        if (touched == NULL)
            return false;
        if (served)
            plan_end_builder(plan, touched, BUILD_OUTCOME_LOST, why);
        else
            requeue(plan, touched, why);
    }
    return true;
}

/* --- a machine for what waits --- */

static bool waits(const struct builder *builder, const char *organisation, const char *project)
{
    return builder->state == BUILDER_STATE_QUEUED && text_equal(builder->project, project) &&
           text_equal(builder->organisation, organisation);
}

static bool has_queue(const struct plan *plan, const char *organisation, const char *project)
{
    const struct builder *builder = NULL;

    for (size_t i = 0; i < plan->change->builders_count; i++) {
        if (waits(&plan->change->builders[i], organisation, project))
            return true;
    }
    while ((builder = fleet_next_queued(plan->input->fleet, organisation, project, builder)) !=
           NULL) {
        if (plan_see_builder(plan, builder)->state == BUILDER_STATE_QUEUED)
            return true;
    }
    return false;
}

/* The project's volume, or a new one; NULL while another machine holds it. */
static struct volume *take_volume(struct plan *plan, const char *organisation, const char *project)
{
    const struct planner_input *input = plan->input;
    const struct volume *volume = plan_volume_of(plan, organisation, project);
    struct volume fresh = {.arch = fleet_arch(input->fleet),
                           .state = VOLUME_STATE_PRESENT,
                           .cap_bytes = input->settings->cache_bytes,
                           .created_at_ms = plan->change->decided_at_ms};

    if (volume != NULL)
        return volume->holder[0] == '\0' || !plan_machine_lives(plan, volume->holder)
                   ? plan_touch_volume(plan, volume)
                   : NULL;
    text_copy(fresh.volume, sizeof(fresh.volume), input->ids->volume);
    text_copy(fresh.organisation, sizeof(fresh.organisation), organisation);
    text_copy(fresh.project, sizeof(fresh.project), project);
    input->ids->volume_used = true;
    return plan_touch_volume(plan, &fresh);
}

static const struct machine *launch(struct plan *plan, const char *organisation,
                                    const char *project)
{
    const struct planner_input *input = plan->input;
    struct machine machine = {.arch = fleet_arch(input->fleet),
                              .state = MACHINE_STATE_LAUNCHING,
                              .token_hash = input->ids->token_hash,
                              .emulated = input->settings->emulated,
                              .cpu_millis = input->settings->cpu_millis,
                              .memory_bytes = input->settings->memory_bytes,
                              .launched_at_ms = plan->change->decided_at_ms};

    /* Each id is used once: a second machine is the next change's. */
    if (input->ids->machine_used || plan->change->machines_count == FLEET_CHANGE_MAX ||
        plan->change->volumes_count == FLEET_CHANGE_MAX) {
        plan->full = true;
        return NULL;
    }
    struct volume *volume = take_volume(plan, organisation, project);
    if (volume == NULL)
        return NULL;
    text_copy(machine.machine, sizeof(machine.machine), input->ids->machine);
    text_copy(machine.organisation, sizeof(machine.organisation), organisation);
    text_copy(machine.project, sizeof(machine.project), project);
    text_copy(machine.volume, sizeof(machine.volume), volume->volume);
    text_copy(volume->holder, sizeof(volume->holder), machine.machine);
    input->ids->machine_used = true;
    return plan_touch_machine(plan, &machine);
}

/* --- places --- */

static bool place(struct plan *plan, const struct builder *waiting, const struct machine *machine)
{
    struct planner_ids *ids = plan->input->ids;

    if (ids->secrets_used == FLEET_CHANGE_MAX) {
        plan->full = true;
        return false;
    }
    struct builder *builder = plan_touch_builder(plan, waiting);
    if (builder == NULL)
        return false;
    builder->state = BUILDER_STATE_PLACED;
    text_copy(builder->machine, sizeof(builder->machine), machine->machine);
    text_copy(builder->secret, sizeof(builder->secret), ids->secrets[ids->secrets_used++]);
    builder->placed_at_ms = plan->change->decided_at_ms;
    builder->attempts++;
    builder->reason[0] = '\0'; /* the machine's state says the rest */
    return true;
}

static void place_queue(struct plan *plan, const struct machine *machine)
{
    const struct machine target = *machine; /* the change's lists may move */
    const struct builder *builder = NULL;

    while ((builder = fleet_next_queued(plan->input->fleet, target.organisation, target.project,
                                        builder)) != NULL) {
        if (plan_see_builder(plan, builder)->state == BUILDER_STATE_QUEUED &&
            !place(plan, builder, &target))
            return;
    }
    for (size_t i = 0; i < plan->change->builders_count; i++) {
        if (waits(&plan->change->builders[i], target.organisation, target.project) &&
            !place(plan, &plan->change->builders[i], &target))
            return;
    }
}

static void explain_wait(struct plan *plan, const struct machine *machine)
{
    for (size_t i = 0; i < plan->change->builders_count; i++) {
        struct builder *builder = &plan->change->builders[i];
        if (waits(builder, machine->organisation, machine->project) && builder->reason[0] == '\0')
            plan_reason(builder->reason, "waits until machine %s is gone, which is %s",
                        machine->machine, machine_state_name(machine->state));
    }
}

/* --- what a machine's builds mean for it --- */

static void note_idleness(struct plan *plan, const struct machine *machine)
{
    const bool idle =
        machine->state == MACHINE_STATE_READY && plan_builders_on(plan, machine->machine) == 0;
    struct machine *touched;

    if (idle == (machine->idle_since_ms != 0))
        return;
    touched = plan_touch_machine(plan, machine);
    if (touched != NULL)
        touched->idle_since_ms = idle ? plan->change->decided_at_ms : 0;
}

static void stop_when_drained(struct plan *plan, const struct machine *machine)
{
    struct machine *touched;

    if (plan_builders_on(plan, machine->machine) > 0)
        return;
    touched = plan_touch_machine(plan, machine);
    if (touched != NULL)
        touched->state = MACHINE_STATE_STOPPING;
}

static bool takes_builds(const struct machine *machine)
{
    return machine->state == MACHINE_STATE_LAUNCHING || machine->state == MACHINE_STATE_READY;
}

static void settle_machine(struct plan *plan, const struct machine *machine)
{
    char reason[PLAN_REASON_SIZE];

    if (takes_builds(machine))
        place_queue(plan, machine);
    else
        explain_wait(plan, machine);
    note_idleness(plan, machine);
    machine = plan_see_machine(plan, machine);
    if (machine->state == MACHINE_STATE_DRAINING)
        stop_when_drained(plan, machine);
    machine = plan_see_machine(plan, machine);
    if (machine->state == MACHINE_STATE_STOPPING) {
        plan_reason(reason, "%s", machine->reason);
        plan_release_builders(plan, machine, reason);
    }
}

static void turn_away(struct plan *plan, const char *organisation, const char *project)
{
    const char *why = plan->input->settings->unsupported;
    const struct builder *builder = NULL;

    for (size_t i = 0; i < plan->change->builders_count; i++) {
        if (waits(&plan->change->builders[i], organisation, project))
            plan_end_builder(plan, &plan->change->builders[i], BUILD_OUTCOME_LOST, why);
    }
    while ((builder = fleet_next_queued(plan->input->fleet, organisation, project, builder)) !=
           NULL) {
        struct builder *touched = plan_touch_builder(plan, builder);
        if (touched == NULL)
            return;
        if (touched->state == BUILDER_STATE_QUEUED)
            plan_end_builder(plan, touched, BUILD_OUTCOME_LOST, why);
    }
}

void plan_settle(struct plan *plan, const char *organisation, const char *project)
{
    const struct machine *machine = plan_machine_of(plan, organisation, project);

    if (machine == NULL && has_queue(plan, organisation, project)) {
        if (plan->input->settings->unsupported != NULL)
            turn_away(plan, organisation, project);
        else
            machine = launch(plan, organisation, project);
    }
    if (machine != NULL)
        settle_machine(plan, machine);
}
