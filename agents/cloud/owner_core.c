#include "cloud/owner_private.h"

#include "base/fsm.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "fleet/record.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const state_names[OWNER_STATES] = {"waiting", "loading", "taking", "owning",
                                                      "broken"};

static const uint32_t allowed[OWNER_STATES] = {
    [OWNER_WAITING] = FSM_TO(OWNER_LOADING),
    [OWNER_LOADING] = FSM_TO(OWNER_TAKING) | FSM_TO(OWNER_WAITING) | FSM_TO(OWNER_BROKEN),
    [OWNER_TAKING] = FSM_TO(OWNER_OWNING) | FSM_TO(OWNER_WAITING) | FSM_TO(OWNER_BROKEN),
    [OWNER_OWNING] = FSM_TO(OWNER_WAITING) | FSM_TO(OWNER_BROKEN),
};

static const struct fsm owner_fsm = {
    .name = "owner", .state_names = state_names, .allowed = allowed, .states = OWNER_STATES};

/* The only place that changes the state. */
static void move(struct owner_core *core, enum owner_state to)
{
    if (!fsm_allows(&owner_fsm, core->state, to)) {
        log_error("defect: owner state %s may not become %s",
                  fsm_state_name(&owner_fsm, core->state), fsm_state_name(&owner_fsm, to));
        abort();
    }
    log_debug("%s: owner state %s -> %s", core->name, fsm_state_name(&owner_fsm, core->state),
              fsm_state_name(&owner_fsm, to));
    core->state = to;
}

struct owner_core *owner_core_new(const struct owner_core_options *options)
{
    struct owner_core *core = xcalloc(1, sizeof(*core));

    core->options = *options;
    core->state = OWNER_WAITING;
    core->pause_ms = OWNER_PAUSE_MIN_MS;
    snprintf(core->name, sizeof(core->name), "fleet.%s/%d", arch_name(options->arch),
             options->partition);
    return core;
}

/* --- ending an epoch --- */

static void forget(struct owner_core *core)
{
    owner_drop_actions(core);
    fleet_free(core->decided);
    fleet_free(core->confirmed);
    liveness_free(core->liveness);
    core->decided = core->confirmed = NULL;
    core->liveness = NULL;
    core->chain = (struct chain){0};
    core->inputs_paused = false;
}

void owner_core_free(struct owner_core *core)
{
    if (core == NULL)
        return;
    forget(core);
    owner_core_next(core);
    free(core);
}

void owner_start_over(struct owner_core *core, const char *why, const struct owner_time *time)
{
    log_warn("%s: %s; loading it again in %lld ms", core->name, why, (long long)core->pause_ms);
    forget(core);
    move(core, OWNER_WAITING);
    owner_push(core, OWNER_CLOSE_READERS);
    core->start_at_ms = time->now_ms + core->pause_ms;
    core->pause_ms *= 2;
    if (core->pause_ms > OWNER_PAUSE_MAX_MS)
        core->pause_ms = OWNER_PAUSE_MAX_MS;
}

static void break_partition(struct owner_core *core, int64_t offset, const struct error *err)
{
    log_error("%s stops: the record at offset %lld cannot be understood: %s. Nothing is decided "
              "for its projects until that is repaired; see docs/troubleshooting.md",
              core->name, (long long)offset, err->message);
    forget(core);
    move(core, OWNER_BROKEN);
    owner_push(core, OWNER_CLOSE_READERS);
}

static bool is_at_work(const struct owner_core *core)
{
    return core->state >= OWNER_LOADING && core->state <= OWNER_OWNING;
}

void owner_core_append_failed(struct owner_core *core, uint64_t attempt, const char *why,
                              const struct owner_time *time)
{
    if (is_at_work(core) && attempt == core->attempt)
        owner_start_over(core, why, time);
}

void owner_core_read_failed(struct owner_core *core, const char *why, const struct owner_time *time)
{
    if (is_at_work(core))
        owner_start_over(core, why, time);
}

/* --- becoming the owner --- */

static void load(struct owner_core *core)
{
    move(core, OWNER_LOADING);
    core->attempt++;
    core->decided = fleet_new(core->options.arch);
    core->confirmed = fleet_new(core->options.arch);
    owner_push(core, OWNER_READ_FLEET);
}

static void append_take_over(struct owner_core *core, const struct owner_time *time)
{
    struct took_over message = {.epoch = core->chain.epoch + 1, .at_ms = (uint64_t)time->wall_ms};
    struct buf value = BUF_INIT(RECORD_VALUE_MAX);

    text_copy(message.owner, sizeof(message.owner), core->options.instance);
    core->epoch = message.epoch;
    core->decided_seq = 0;
    took_over_encode(&message, &value);
    move(core, OWNER_TAKING);
    owner_push_append(core, TYPE_TOOK_OVER, "", &value);
}

static void begin_owning(struct owner_core *core, const struct owner_time *time)
{
    const struct planner_event taken_over = {.type = PLANNER_TAKEN_OVER};
    struct owner_action *read = owner_push(core, OWNER_READ_INPUTS);
    struct error err;

    move(core, OWNER_OWNING);
    log_info("owner of %s, epoch %llu", core->name, (unsigned long long)core->epoch);
    core->pause_ms = OWNER_PAUSE_MIN_MS;
    core->counts.take_overs++;
    core->next[INPUT_REQUESTS] = fleet_request_position(core->decided);
    core->next[INPUT_EVENTS] = fleet_event_position(core->decided);
    for (size_t i = 0; i < INPUT_TOPICS; i++)
        read->positions[i] = core->next[i];
    core->liveness =
        liveness_new(&core->options.settings.times, core->decided, time->now_ms, time->wall_ms);
    owner_push(core, OWNER_CONFIRMED);
    if (owner_decide(core, &taken_over, time, &err) < 0)
        log_warn("%s: %s", core->name, err.message);
}

void owner_core_fleet_at_end(struct owner_core *core, const struct owner_time *time)
{
    if (core->state == OWNER_LOADING)
        append_take_over(core, time);
}

/* --- following the chain --- */

static void take_take_over(struct owner_core *core, const struct took_over *message, bool counts,
                           const struct owner_time *time)
{
    bool own = text_equal(message->owner, core->options.instance);

    if (counts && own && core->state == OWNER_TAKING)
        begin_owning(core, time);
    else if (counts && core->state != OWNER_LOADING)
        owner_start_over(core, "somebody else took over", time);
    else if (!counts && own && core->state == OWNER_TAKING)
        owner_start_over(core, "somebody else took over first", time);
}

static int take_change(struct owner_core *core, const struct fleet_change *change,
                       struct error *err)
{
    if (fleet_apply(core->confirmed, change, err) < 0)
        return -1;
    if (core->state != OWNER_OWNING)
        return fleet_apply(core->decided, change, err);
    owner_push(core, OWNER_CONFIRMED);
    owner_balance_inputs(core);
    return 0;
}

void owner_core_fleet_record(struct owner_core *core, const struct record *record,
                             const struct owner_time *time)
{
    struct fleet_record fleet;
    struct error err;

    if (!is_at_work(core))
        return;
    int result = fleet_record_decode(&fleet, record, &err);
    if (result == 0) {
        bool counts = fleet_record_counts(&core->chain, &fleet);
        core->counts.void_records += !counts;
        if (fleet.type == FLEET_RECORD_TOOK_OVER)
            take_take_over(core, &fleet.took_over, counts, time);
        else if (fleet.type == FLEET_RECORD_CHANGE && counts)
            result = take_change(core, &fleet.change, &err);
        fleet_record_clear(&fleet);
    }
    if (result < 0)
        break_partition(core, record->offset, &err);
}

/* --- time --- */

int64_t owner_core_deadline_ms(const struct owner_core *core)
{
    if (core->state == OWNER_WAITING)
        return core->start_at_ms;
    return core->state == OWNER_OWNING ? liveness_next_ms(core->liveness) : INT64_MAX;
}

void owner_core_time(struct owner_core *core, const struct owner_time *time)
{
    if (time->now_ms < owner_core_deadline_ms(core))
        return;
    if (core->state == OWNER_WAITING)
        load(core);
    else
        owner_decide_on_time(core, time);
}

/* --- looking --- */

enum owner_state owner_core_state(const struct owner_core *core)
{
    return core->state;
}

const struct fleet *owner_core_confirmed(const struct owner_core *core)
{
    return core->confirmed;
}

const struct fleet *owner_core_decided(const struct owner_core *core)
{
    return core->decided;
}

struct owner_counts owner_core_counts(const struct owner_core *core)
{
    return core->counts;
}
