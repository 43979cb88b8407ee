/* What clients ask for, through the API. */
#include "fleet/plan.h"

#include "base/text.h"

static struct builder new_builder(const struct builder_requested *request)
{
    struct builder builder = {.arch = request->arch,
                              .state = BUILDER_STATE_QUEUED,
                              .requested_at_ms = request->requested_at_ms};

    text_copy(builder.build, sizeof(builder.build), request->build);
    text_copy(builder.organisation, sizeof(builder.organisation), request->organisation);
    text_copy(builder.project, sizeof(builder.project), request->project);
    text_copy(builder.command, sizeof(builder.command), request->command);
    text_copy(builder.principal, sizeof(builder.principal), request->principal);
    return builder;
}

static int check_names(const struct builder_requested *request, struct error *err)
{
    if (request->build[0] == '\0')
        return error_set(err, ERROR_INVALID, "the request has no build");
    if (!text_is_name(request->organisation) || !text_is_name(request->project))
        return error_set(err, ERROR_INVALID, "organisation or project is not a name");
    return 0;
}

static int plan_requested(struct plan *plan, const struct builder_requested *request,
                          struct error *err)
{
    const struct fleet *fleet = plan->input->fleet;
    const struct builder *known = fleet_find_builder(fleet, request->build);

    if (check_names(request, err) < 0)
        return -1;
    if (request->arch != fleet_arch(fleet))
        return error_set(err, ERROR_INVALID, "build %s asks for another architecture than %s",
                         request->build, arch_name(fleet_arch(fleet)));
    if (known != NULL && (!text_equal(known->project, request->project) ||
                          !text_equal(known->organisation, request->organisation)))
        return error_set(err, ERROR_INVALID, "build %s is another project's", request->build);
    if (known == NULL && !fleet_builder_has_ended(fleet, request->build)) {
        struct builder fresh = new_builder(request);
        struct builder *builder = plan_touch_builder(plan, &fresh);
        if (fleet_builder_count(fleet) >= PLANNER_BUILDERS_MAX)
            plan_end_builder(plan, builder, BUILD_OUTCOME_LOST, "too many builds wait already");
    }
    plan_settle(plan, request->organisation, request->project);
    return 0;
}

static int plan_released(struct plan *plan, const struct builder_released *release,
                         struct error *err)
{
    const struct builder *known = fleet_find_builder(plan->input->fleet, release->build);

    if (known == NULL)
        return 0; /* it has ended already */
    if (!text_equal(known->project, release->project) ||
        !text_equal(known->organisation, release->organisation) || known->arch != release->arch)
        return error_set(err, ERROR_INVALID, "build %s is another project's", release->build);
    struct builder *builder = plan_touch_builder(plan, known);
    plan_end_builder(plan, builder, release->outcome, release->reason);
    builder->exit_code = release->exit_code;
    plan_settle(plan, release->organisation, release->project);
    return 0;
}

void plan_lapses(struct plan *plan)
{
    const char *lapsed[FLEET_CHANGE_MAX];
    size_t count = liveness_lapsed(plan->input->liveness, lapsed, FLEET_CHANGE_MAX);

    for (size_t i = 0; i < count; i++) {
        const struct builder *builder = fleet_find_builder(plan->input->fleet, lapsed[i]);
        struct builder *touched = builder != NULL ? plan_touch_builder(plan, builder) : NULL;
        if (touched == NULL)
            continue;
        plan_end_builder(plan, touched, BUILD_OUTCOME_LAPSED,
                         "its client was not heard from for too long");
        plan_settle(plan, builder->organisation, builder->project);
    }
    if (count == FLEET_CHANGE_MAX)
        plan->full = true; /* maybe */
}

int plan_requests(struct plan *plan, const struct planner_event *event, struct error *err)
{
    if (event->type == PLANNER_REQUESTED)
        return plan_requested(plan, event->requested, err);
    if (event->type == PLANNER_RELEASED)
        return plan_released(plan, event->released, err);
    plan_lapses(plan); /* a batch makes the clock of the leases go on */
    return 0;
}
