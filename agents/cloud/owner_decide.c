/* Deciding: an event goes to the planner, and each change that it answers with becomes an append.
 */
#include "cloud/owner_private.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "fleet/placement.h"

#include <stdlib.h>

static const char *key_of(const struct fleet_change *change)
{
    if (change->builders_count > 0)
        return change->builders[0].project;
    return change->machines_count > 0 ? change->machines[0].project : change->volumes[0].project;
}

static void log_change(const struct owner_core *core, const struct fleet_change *change)
{
    for (size_t i = 0; i < change->machines_count; i++)
        log_info("machine %s of %s: %s (%s)", change->machines[i].machine,
                 change->machines[i].project, machine_state_name(change->machines[i].state),
                 change->machines[i].reason);
    for (size_t i = 0; i < change->builders_count; i++)
        log_info("build %s/%s of %s: %s (%s)", change->builders[i].build,
                 arch_name(core->options.arch), change->builders[i].project,
                 builder_state_name(change->builders[i].state), change->builders[i].reason);
}

/* Seals the change with epoch, seq and positions, applies it and appends it. */
static void seal(struct owner_core *core, struct fleet_change *change,
                 const struct owner_time *time)
{
    struct buf value = BUF_INIT(RECORD_VALUE_MAX);
    struct error err;

    change->epoch = core->epoch;
    change->seq = ++core->decided_seq;
    change->request_position = core->next[INPUT_REQUESTS];
    change->event_position = core->next[INPUT_EVENTS];
    if (fleet_apply(core->decided, change, &err) < 0) {
        log_error("defect: a decision is not allowed: %s", err.message);
        abort();
    }
    core->counts.decisions++;
    log_change(core, change);
    liveness_follow(core->liveness, change, time->now_ms);
    fleet_change_encode(change, &value);
    if (!value.overflow) {
        owner_push_append(core, TYPE_FLEET_CHANGE, key_of(change), &value);
        return;
    }
    buf_free(&value);
    owner_start_over(core, "a decision is too large for its schema", time);
}

int owner_decide(struct owner_core *core, const struct planner_event *event,
                 const struct owner_time *time, struct error *err)
{
    bool more = true;

    while (more && core->state == OWNER_OWNING) {
        struct fleet_change change;
        core->options.draw(core->options.draw_arg, &core->ids);
        const struct planner_input input = {.fleet = core->decided,
                                            .liveness = core->liveness,
                                            .settings = &core->options.settings,
                                            .ids = &core->ids,
                                            .now_ms = time->now_ms,
                                            .wall_ms = time->wall_ms};
        if (planner_decide(&input, event, &change, &more, err) < 0)
            return -1;
        if (planner_changes(&change))
            seal(core, &change, time);
        fleet_change_clear(&change);
    }
    owner_balance_inputs(core);
    return 0;
}

void owner_balance_inputs(struct owner_core *core)
{
    uint64_t ahead = core->decided_seq - core->chain.seq;

    if (core->state != OWNER_OWNING)
        return;
    if (!core->inputs_paused && ahead >= OWNER_AHEAD_MAX) {
        core->inputs_paused = true;
        owner_push(core, OWNER_PAUSE_INPUTS);
    } else if (core->inputs_paused && ahead <= OWNER_AHEAD_GOON) {
        core->inputs_paused = false;
        owner_push(core, OWNER_RESUME_INPUTS);
    }
}

/* --- inputs --- */

static void refuse(struct owner_core *core, const char *type, const struct error *err)
{
    struct owner_action *action = owner_push(core, OWNER_DEAD_LETTER);

    core->counts.dead_letters++;
    text_copy(action->dead_letter.record_type, sizeof(action->dead_letter.record_type), type);
    text_copy(action->dead_letter.reason, sizeof(action->dead_letter.reason), err->message);
}

/* An organisation's records all go to one partition, or its fleet would be decided on twice. */
static int check_placement(const struct owner_core *core, const struct input *input,
                           struct error *err)
{
    if (input->type != PLANNER_REQUESTED ||
        placement_partition(input->requested.organisation, core->options.partitions) ==
            core->options.partition)
        return 0;
    return error_set(err, ERROR_INVALID, "organisation %s does not belong to this partition",
                     input->requested.organisation);
}

static void note_liveness(struct owner_core *core, const struct input *input, int64_t now)
{
    if (input->type == PLANNER_ALIVE)
        liveness_batch(core->liveness, &input->alive, now);
    else if (input->type == PLANNER_LOAD)
        liveness_load(core->liveness, &input->load, now);
}

static int take_input(struct owner_core *core, const struct input *input,
                      const struct owner_time *time, struct error *err)
{
    const struct planner_event event = input_event(input);

    if (check_placement(core, input, err) < 0 || owner_decide(core, &event, time, err) < 0)
        return -1;
    if (core->state == OWNER_OWNING)
        note_liveness(core, input, time->now_ms);
    return 0;
}

void owner_core_input(struct owner_core *core, enum input_topic topic, const struct record *record,
                      const struct owner_time *time)
{
    struct input input;
    struct error err;
    char type[64];

    if (core->state != OWNER_OWNING)
        return;
    core->next[topic] = (uint64_t)record->offset + 1;
    int result = input_decode(&input, topic, record, &err);
    text_copy(type, sizeof(type), input.envelope.type);
    if (result == 0) {
        result = take_input(core, &input, time, &err);
        input_clear(&input);
    }
    if (result < 0)
        refuse(core, type, &err);
}

/* --- time and the provider --- */

void owner_decide_on_time(struct owner_core *core, const struct owner_time *time)
{
    const struct planner_event event = {.type = PLANNER_TIME};

    liveness_check_silence(core->liveness, core->decided, time->now_ms);
    owner_decide(core, &event, time, NULL);
}

void owner_core_provider_says(struct owner_core *core, const struct planner_event *event,
                              const struct owner_time *time)
{
    if (core->state != OWNER_OWNING)
        return;
    if (event->type == PLANNER_LAUNCH_DELAYED && event->postpone_ms > 0)
        liveness_postpone(core->liveness, event->machine, time->now_ms, event->postpone_ms);
    owner_decide(core, event, time, NULL);
}
