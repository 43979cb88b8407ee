/* What machines say of themselves, and what the provider says of them. */
#include "fleet/plan.h"

#include "base/text.h"

#include <string.h>

/* What every event of a machine begins with. */
struct sender {
    const char *machine, *project;
    enum arch arch;
    uint64_t sequence; /* 0: it has none */
};

/* *ret is NULL when the machine is gone or the event was counted already: nothing changes then. */
static int find_sender(const struct plan *plan, const struct sender *sender,
                       const struct machine **ret, struct error *err)
{
    const struct fleet *fleet = plan->input->fleet;
    const struct machine *machine = fleet_find_machine(fleet, sender->machine);

    *ret = NULL;
    if (machine == NULL && fleet_machine_is_gone(fleet, sender->machine))
        return 0;
    if (machine == NULL)
        return error_set(err, ERROR_INVALID, "there is no machine %s", sender->machine);
    if (!text_equal(machine->project, sender->project) || machine->arch != sender->arch)
        return error_set(err, ERROR_INVALID, "machine %s is not of project %s and %s",
                         sender->machine, sender->project, arch_name(sender->arch));
    if (sender->sequence == 0) {
        *ret = machine;
        return 0;
    }
    if (machine->key.len == 0)
        return error_set(err, ERROR_INVALID, "machine %s has not registered", sender->machine);
    if (sender->sequence > machine->event_sequence)
        *ret = machine;
    return 0;
}

#define SENDER_OF(event)                                                                           \
    (&(struct sender){.machine = (event)->machine,                                                 \
                      .project = (event)->project,                                                 \
                      .arch = (event)->arch,                                                       \
                      .sequence = (event)->sequence})

/* Why its builds still wait, for people: as many as there is room for. */
static void explain_to_builders(struct plan *plan, const struct machine *machine,
                                const char *reason)
{
    const struct builder *builder = NULL;

    while (plan->change->builders_count < FLEET_CHANGE_MAX &&
           (builder = fleet_next_builder_on(plan->input->fleet, machine->machine, builder)) !=
               NULL) {
        if (!text_equal(builder->reason, reason))
            plan_reason(plan_touch_builder(plan, builder)->reason, "%s", reason);
    }
}

/* The first key is the machine's for ever. Another one changes nothing: the API sees whose it is.
 */
static int plan_registered(struct plan *plan, const struct machine_registered *event,
                           struct error *err)
{
    const struct sender sender = {
        .machine = event->machine, .project = event->project, .arch = event->arch};
    const struct machine *machine;
    struct machine *touched;

    if (find_sender(plan, &sender, &machine, err) < 0)
        return -1;
    if (event->key.len != sizeof(event->key.data))
        return error_set(err, ERROR_INVALID, "machine %s came without a key", event->machine);
    if (machine == NULL || machine->key.len > 0 || machine->state == MACHINE_STATE_STOPPING ||
        (touched = plan_touch_machine(plan, machine)) == NULL)
        return 0;
    touched->key = event->key;
    if (touched->state == MACHINE_STATE_LAUNCHING) {
        plan_reason(touched->reason, "registered, BuildKit is starting");
        explain_to_builders(plan, machine, "");
    }
    return 0;
}

static int plan_ready(struct plan *plan, const struct machine_ready *event, struct error *err)
{
    const struct machine *machine;
    struct machine *touched;

    if (find_sender(plan, SENDER_OF(event), &machine, err) < 0)
        return -1;
    /* One that is ready already has only started its BuildKit again. */
    if (machine == NULL || machine->state != MACHINE_STATE_LAUNCHING ||
        (touched = plan_touch_machine(plan, machine)) == NULL)
        return 0;
    touched->state = MACHINE_STATE_READY;
    touched->ready_at_ms = plan->change->decided_at_ms;
    touched->event_sequence = event->sequence;
    touched->emulated = event->emulated;
    touched->port = event->port;
    touched->reason[0] = '\0';
    text_copy(touched->address, sizeof(touched->address), event->address);
    text_copy(touched->server_name, sizeof(touched->server_name), event->server_name);
    text_copy(touched->buildkit_version, sizeof(touched->buildkit_version),
              event->buildkit_version);
    plan_settle(plan, machine->organisation, machine->project);
    return 0;
}

static void stop_machine(struct plan *plan, const struct machine *machine, uint64_t sequence,
                         const char *reason)
{
    struct machine *touched;

    if (machine->state == MACHINE_STATE_STOPPING ||
        (touched = plan_touch_machine(plan, machine)) == NULL)
        return;
    touched->state = MACHINE_STATE_STOPPING;
    if (sequence > 0)
        touched->event_sequence = sequence;
    plan_reason(touched->reason, "%s", reason);
    plan_settle(plan, machine->organisation, machine->project);
}

/* Builds on a machine that was never ready cannot be served by it any more: they go elsewhere. */
static int plan_draining(struct plan *plan, const struct machine_draining *event, struct error *err)
{
    const struct machine *machine;
    struct machine *touched;

    if (find_sender(plan, SENDER_OF(event), &machine, err) < 0)
        return -1;
    if (machine != NULL && machine->state == MACHINE_STATE_LAUNCHING) {
        stop_machine(plan, machine, event->sequence, event->reason);
    } else if (machine != NULL && machine->state == MACHINE_STATE_READY &&
               (touched = plan_touch_machine(plan, machine)) != NULL) {
        touched->state = MACHINE_STATE_DRAINING;
        touched->event_sequence = event->sequence;
        plan_reason(touched->reason, "%s", event->reason);
        plan_settle(plan, machine->organisation, machine->project);
    }
    return 0;
}

static int plan_end_of_machine(struct plan *plan, const struct sender *sender, const char *reason,
                               struct error *err)
{
    const struct machine *machine;

    if (find_sender(plan, sender, &machine, err) < 0)
        return -1;
    if (machine == NULL) { /* counted already, but a full change may have left some builds */
        machine = fleet_find_machine(plan->input->fleet, sender->machine);
        if (machine == NULL || machine->state != MACHINE_STATE_STOPPING)
            return 0;
    }
    if (machine->state == MACHINE_STATE_STOPPING)
        plan_settle(plan, machine->organisation, machine->project);
    else
        stop_machine(plan, machine, sender->sequence, reason);
    return 0;
}

int plan_machines(struct plan *plan, const struct planner_event *event, struct error *err)
{
    const struct machine *machine;

    switch (event->type) {
    case PLANNER_REGISTERED:
        return plan_registered(plan, event->registered, err);
    case PLANNER_READY:
        return plan_ready(plan, event->ready, err);
    case PLANNER_DRAINING:
        return plan_draining(plan, event->draining, err);
    case PLANNER_STOPPED:
        return plan_end_of_machine(plan, SENDER_OF(event->stopped), event->stopped->reason, err);
    case PLANNER_FAILED:
        return plan_end_of_machine(plan, SENDER_OF(event->failed), event->failed->reason, err);
    default: /* load: nothing of it is recorded */
        return find_sender(plan, SENDER_OF(event->load), &machine, err);
    }
}

/* --- the provider's answers --- */

static void note_delay(struct plan *plan, const struct machine *machine, const char *reason)
{
    char text[PLAN_REASON_SIZE];
    struct machine *touched;

    plan_reason(text, "%s", reason);
    if (machine->state != MACHINE_STATE_LAUNCHING || text_equal(machine->reason, text) ||
        (touched = plan_touch_machine(plan, machine)) == NULL)
        return;
    plan_reason(touched->reason, "%s", text);
    explain_to_builders(plan, machine, text);
}

static void free_volume(struct plan *plan, const struct machine *machine)
{
    const struct volume *volume = fleet_find_volume(plan->input->fleet, machine->volume);
    struct volume *touched;

    if (volume == NULL || !text_equal(volume->holder, machine->machine) ||
        (touched = plan_touch_volume(plan, volume)) == NULL)
        return;
    touched->holder[0] = '\0';
}

/* When not all of its builds fit into one change, it is stopping until they do. */
static void machine_gone(struct plan *plan, const struct machine *machine, const char *reason)
{
    char why[PLAN_REASON_SIZE];
    struct machine *touched = plan_touch_machine(plan, machine);

    if (machine->state == MACHINE_STATE_STOPPING)
        plan_reason(why, "%s", machine->reason);
    else
        plan_reason(why, "%s", reason);
    plan_reason(touched->reason, "%s", why);
    touched->state = MACHINE_STATE_STOPPING;
    if (!plan_release_builders(plan, machine, why))
        return;
    touched = plan_touch_machine(plan, machine);
    touched->state = MACHINE_STATE_GONE;
    touched->gone_at_ms = plan->change->decided_at_ms;
    touched->idle_since_ms = 0;
    free_volume(plan, machine);
    plan_settle(plan, machine->organisation, machine->project);
}

void plan_provider(struct plan *plan, const struct planner_event *event)
{
    const struct machine *machine = fleet_find_machine(plan->input->fleet, event->machine);

    if (machine == NULL)
        return;
    if (event->type == PLANNER_LAUNCH_DELAYED)
        note_delay(plan, machine, event->reason);
    else if (event->type == PLANNER_MACHINE_GONE)
        machine_gone(plan, machine, event->reason);
    else if (machine->state == MACHINE_STATE_LAUNCHING)
        stop_machine(plan, machine, 0, event->reason);
    else
        plan_settle(plan, machine->organisation, machine->project);
}
