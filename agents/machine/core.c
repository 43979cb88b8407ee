#include "machine/core.h"

#include "base/fsm.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const state_names[CORE_STATES] = {
    "booting", "starting", "probing", "ready", "pausing", "stopping", "unmounting", "farewell",
    "exited",
};

static const uint32_t allowed[CORE_STATES] = {
    [CORE_BOOTING] = FSM_TO(CORE_STARTING) | FSM_TO(CORE_UNMOUNTING),
    [CORE_STARTING] = FSM_TO(CORE_PROBING) | FSM_TO(CORE_PAUSING) | FSM_TO(CORE_STOPPING) |
                      FSM_TO(CORE_UNMOUNTING),
    [CORE_PROBING] = FSM_TO(CORE_READY) | FSM_TO(CORE_PAUSING) | FSM_TO(CORE_STOPPING) |
                     FSM_TO(CORE_UNMOUNTING),
    [CORE_READY] = FSM_TO(CORE_PAUSING) | FSM_TO(CORE_STOPPING) | FSM_TO(CORE_UNMOUNTING),
    [CORE_PAUSING] = FSM_TO(CORE_STARTING) | FSM_TO(CORE_UNMOUNTING),
    [CORE_STOPPING] = FSM_TO(CORE_UNMOUNTING),
    [CORE_UNMOUNTING] = FSM_TO(CORE_FAREWELL),
    [CORE_FAREWELL] = FSM_TO(CORE_EXITED),
};

static const struct fsm machine_fsm = {
    .name = "machine", .state_names = state_names, .allowed = allowed, .states = CORE_STATES};

const char *core_state_name(enum core_state state)
{
    return fsm_state_name(&machine_fsm, state);
}

void core_init(struct core *core, const struct core_limits *limits)
{
    *core = (struct core){.limits = *limits, .state = CORE_BOOTING};
}

int64_t core_deadline(const struct core *core)
{
    return core->deadline_ms;
}

/* The only place that changes the state. */
static void move(struct core *core, enum core_state to, int64_t deadline_ms)
{
    if (!fsm_allows(&machine_fsm, core->state, to)) {
        log_error("defect: machine state %s may not become %s", core_state_name(core->state),
                  core_state_name(to));
        abort();
    }
    log_debug("machine state %s -> %s", core_state_name(core->state), core_state_name(to));
    core->state = to;
    core->deadline_ms = deadline_ms;
}

static void set_reason(struct core *core, const char *reason)
{
    if (core->reason[0] == '\0' && reason != NULL)
        snprintf(core->reason, sizeof(core->reason), "%s", reason);
}

static bool buildkit_runs(const struct core *core)
{
    return core->state == CORE_STARTING || core->state == CORE_PROBING || core->state == CORE_READY;
}

static bool is_ending(const struct core *core)
{
    return core->state >= CORE_STOPPING;
}

/* Begins the end: by way of a BuildKit that still runs, or straight to the volume. */
static unsigned begin_stop(struct core *core, int64_t now)
{
    if (is_ending(core))
        return 0;
    if (buildkit_runs(core)) {
        move(core, CORE_STOPPING, now + core->limits.stop_timeout_ms);
        core->clean = true;
        return CORE_TERMINATE_BUILDKIT;
    }
    core->clean = !core->failed;
    move(core, CORE_UNMOUNTING, 0);
    return CORE_UNMOUNT;
}

static unsigned give_up(struct core *core, const char *reason, int64_t now)
{
    if (is_ending(core))
        return 0;
    set_reason(core, reason);
    core->failed = true;
    return CORE_PUBLISH_FAILED | begin_stop(core, now);
}

static unsigned begin_drain(struct core *core, const char *reason, int64_t now)
{
    unsigned actions = 0;
    if (is_ending(core))
        return 0;
    set_reason(core, reason);
    if (!core->draining) {
        core->draining = true;
        actions |= CORE_PUBLISH_DRAINING;
    }
    if (core->builds == 0)
        actions |= begin_stop(core, now);
    return actions;
}

static unsigned start_when_booted(struct core *core, int64_t now)
{
    if (core->state != CORE_BOOTING || !core->denies_set || !core->version_ok || !core->registered)
        return 0;
    move(core, CORE_STARTING, now + core->limits.start_timeout_ms);
    return CORE_START_BUILDKIT;
}

static unsigned restart_later(struct core *core, const char *reason, int64_t now)
{
    if (core->recent == 0 || now - core->window_start_ms > CORE_RESTARTS_WINDOW_MS) {
        core->window_start_ms = now;
        core->recent = 0;
    }
    core->recent++;
    if (core->recent > CORE_RESTARTS_MAX) {
        char text[160];
        snprintf(text, sizeof(text), "BuildKit keeps dying: %s", reason != NULL ? reason : "?");
        move(core, CORE_PAUSING, 0);
        return CORE_KILL_BUILDKIT | give_up(core, text, now);
    }
    move(core, CORE_PAUSING, now + (CORE_RESTART_PAUSE_MS << (core->recent - 1)));
    return CORE_KILL_BUILDKIT;
}

static unsigned buildkit_exited(struct core *core, const char *reason, int64_t now)
{
    if (core->state == CORE_STOPPING) {
        move(core, CORE_UNMOUNTING, 0);
        return CORE_KILL_BUILDKIT | CORE_UNMOUNT;
    }
    if (!buildkit_runs(core))
        return 0;
    return restart_later(core, reason, now);
}

static unsigned unmounted(struct core *core, int64_t now)
{
    if (core->state != CORE_UNMOUNTING)
        return 0;
    move(core, CORE_FAREWELL, now + CORE_FAREWELL_MS);
    return CORE_PUBLISH_STOPPED;
}

static unsigned leave(struct core *core)
{
    move(core, CORE_EXITED, 0);
    return CORE_EXIT;
}

static unsigned time_passed(struct core *core, int64_t now)
{
    if (core->deadline_ms == 0 || now < core->deadline_ms)
        return 0;
    switch (core->state) {
    case CORE_STARTING:
    case CORE_PROBING:
        return restart_later(core, "it did not become ready in time", now);
    case CORE_PAUSING:
        core->restarts++;
        move(core, CORE_STARTING, now + core->limits.start_timeout_ms);
        return CORE_START_BUILDKIT;
    case CORE_STOPPING:
        core->clean = false;
        core->deadline_ms = 0;
        return CORE_KILL_BUILDKIT;
    case CORE_FAREWELL:
        return leave(core);
    case CORE_BOOTING:
    case CORE_READY:
    case CORE_UNMOUNTING:
    case CORE_EXITED:
    case CORE_STATES:
        break;
    }
    return 0;
}

static unsigned desired(struct core *core, const struct core_event *event, int64_t now)
{
    core->builds = event->builds;
    if (event->stop) {
        set_reason(core, event->reason);
        return begin_stop(core, now);
    }
    return event->drain || core->draining ? begin_drain(core, event->reason, now) : 0;
}

static unsigned buildkit_ready(struct core *core)
{
    if (core->state != CORE_STARTING)
        return 0;
    move(core, CORE_PROBING, core->deadline_ms);
    return CORE_PROBE;
}

static unsigned probe_ok(struct core *core)
{
    if (core->state != CORE_PROBING)
        return 0;
    move(core, CORE_READY, 0);
    return CORE_PUBLISH_READY;
}

unsigned core_step(struct core *core, const struct core_event *event, int64_t now)
{
    switch (event->type) {
    case CORE_EVENT_DENIES_SET:
        core->denies_set = true;
        return start_when_booted(core, now);
    case CORE_EVENT_VERSION_OK:
        core->version_ok = true;
        return start_when_booted(core, now);
    case CORE_EVENT_REGISTERED:
        core->registered = true;
        return start_when_booted(core, now);
    case CORE_EVENT_BUILDKIT_READY:
        return buildkit_ready(core);
    case CORE_EVENT_PROBE_OK:
        return probe_ok(core);
    case CORE_EVENT_BUILDKIT_EXITED:
        return buildkit_exited(core, event->reason, now);
    case CORE_EVENT_DESIRED:
        return desired(core, event, now);
    case CORE_EVENT_TERMINATE:
        return begin_drain(core, event->reason, now);
    case CORE_EVENT_BROKEN:
        return give_up(core, event->reason, now);
    case CORE_EVENT_UNMOUNTED:
        return unmounted(core, now);
    case CORE_EVENT_PUBLISHED:
        return core->state == CORE_FAREWELL ? leave(core) : 0;
    case CORE_EVENT_TIME:
        return time_passed(core, now);
    }
    return 0;
}
