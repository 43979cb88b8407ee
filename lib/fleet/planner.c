#include "fleet/planner.h"

#include "base/text.h"
#include "fleet/plan.h"

const char *planner_event_name(enum planner_event_type type)
{
    static const char *const names[] = {
        [PLANNER_TAKEN_OVER] = "take-over",
        [PLANNER_TIME] = "timer",
        [PLANNER_REQUESTED] = TYPE_BUILDER_REQUESTED,
        [PLANNER_RELEASED] = TYPE_BUILDER_RELEASED,
        [PLANNER_ALIVE] = TYPE_BUILDS_ALIVE,
        [PLANNER_REGISTERED] = TYPE_MACHINE_REGISTERED,
        [PLANNER_READY] = TYPE_MACHINE_READY,
        [PLANNER_LOAD] = TYPE_MACHINE_LOAD,
        [PLANNER_DRAINING] = TYPE_MACHINE_DRAINING,
        [PLANNER_STOPPED] = TYPE_MACHINE_STOPPED,
        [PLANNER_FAILED] = TYPE_MACHINE_FAILED,
        [PLANNER_LAUNCH_DELAYED] = "provider: launch delayed",
        [PLANNER_LAUNCH_FAILED] = "provider: launch failed",
        [PLANNER_MACHINE_GONE] = "provider: machine gone",
    };
    return names[type];
}

bool planner_changes(const struct fleet_change *change)
{
    return change->builders_count + change->machines_count + change->volumes_count > 0;
}

static int plan_event(struct plan *plan, const struct planner_event *event, struct error *err)
{
    switch (event->type) {
    case PLANNER_TAKEN_OVER:
        plan_taken_over(plan);
        return 0;
    case PLANNER_TIME:
        plan_time(plan);
        return 0;
    case PLANNER_REQUESTED:
    case PLANNER_RELEASED:
    case PLANNER_ALIVE:
        return plan_requests(plan, event, err);
    case PLANNER_LAUNCH_DELAYED:
    case PLANNER_LAUNCH_FAILED:
    case PLANNER_MACHINE_GONE:
        plan_provider(plan, event);
        return 0;
    case PLANNER_REGISTERED:
    case PLANNER_READY:
    case PLANNER_LOAD:
    case PLANNER_DRAINING:
    case PLANNER_STOPPED:
    case PLANNER_FAILED:
        break;
    }
    return plan_machines(plan, event, err);
}

static uint64_t decision_time(const struct planner_input *input)
{
    uint64_t last = fleet_decided_at_ms(input->fleet);
    uint64_t wall = input->wall_ms > 0 ? (uint64_t)input->wall_ms : 0;

    return wall > last ? wall : last;
}

int planner_decide(const struct planner_input *input, const struct planner_event *event,
                   struct fleet_change *ret, bool *ret_more, struct error *err)
{
    struct plan plan = {.input = input, .change = ret};

    *ret = (struct fleet_change){.decided_at_ms = decision_time(input)};
    *ret_more = false;
    text_copy(ret->cause, sizeof(ret->cause), planner_event_name(event->type));
    if (plan_event(&plan, event, err) < 0) {
        fleet_change_clear(ret);
        return -1;
    }
    *ret_more = plan.full && planner_changes(ret);
    return 0;
}
