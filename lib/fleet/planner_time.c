/* What becomes due, and what a new owner finds left half-way. */
#include "fleet/plan.h"

#include <stdio.h>

/* "10 min", "1 min 30 s", "45 s": for reasons. */
static const char *format_duration(int64_t ms, char out[static 48])
{
    long long minutes = ms / 60000, seconds = ms % 60000 / 1000;

    if (minutes > 0 && seconds > 0)
        snprintf(out, 48, "%lld min %lld s", minutes, seconds);
    else if (minutes > 0)
        snprintf(out, 48, "%lld min", minutes);
    else
        snprintf(out, 48, "%lld s", seconds);
    return out;
}

static void stop_due_machine(struct plan *plan, const struct machine *machine)
{
    const struct liveness_settings *times = &plan->input->settings->times;
    const bool idle = machine->state == MACHINE_STATE_READY && machine->idle_since_ms != 0;
    struct machine *touched;
    char time[48];

    if (!idle && machine->state != MACHINE_STATE_LAUNCHING)
        return;
    touched = plan_touch_machine(plan, machine);
    if (touched == NULL)
        return;
    touched->state = MACHINE_STATE_STOPPING;
    if (idle)
        plan_reason(touched->reason, "idle for %s", format_duration(times->idle_timeout_ms, time));
    else
        plan_reason(touched->reason, "it did not become ready within %s",
                    format_duration(times->launch_timeout_ms, time));
    plan_settle(plan, machine->organisation, machine->project);
}

void plan_time(struct plan *plan)
{
    const struct planner_input *input = plan->input;
    const char *due[FLEET_CHANGE_MAX];
    size_t count = liveness_due_machines(input->liveness, input->now_ms, due, FLEET_CHANGE_MAX);

    for (size_t i = 0; i < count && !plan->full; i++) {
        const struct machine *machine = fleet_find_machine(input->fleet, due[i]);
        if (machine != NULL)
            stop_due_machine(plan, machine);
    }
    if (count == FLEET_CHANGE_MAX)
        plan->full = true; /* maybe */
    plan_lapses(plan);
}

/* The last owner may have ended between two changes of one cause. */
void plan_taken_over(struct plan *plan)
{
    const struct fleet *fleet = plan->input->fleet;
    const struct machine *machine = NULL;
    const struct builder *builder = NULL;

    while (!plan->full && (machine = fleet_next_machine(fleet, machine)) != NULL)
        plan_settle(plan, machine->organisation, machine->project);
    while (!plan->full && (builder = fleet_next_builder(fleet, builder)) != NULL) {
        if (plan_see_builder(plan, builder)->state == BUILDER_STATE_QUEUED)
            plan_settle(plan, builder->organisation, builder->project);
    }
}
