#include "fleet/states.h"

#include "schemas/messages.h"

static const char *const builder_names[] = {
    [BUILDER_STATE_QUEUED] = "queued",
    [BUILDER_STATE_PLACED] = "placed",
    [BUILDER_STATE_ENDED] = "ended",
};
static const uint32_t builder_allowed[] = {
    [BUILDER_STATE_QUEUED] = FSM_TO(BUILDER_STATE_PLACED) | FSM_TO(BUILDER_STATE_ENDED),
    /* Back to the queue when its machine failed before it served. */
    [BUILDER_STATE_PLACED] = FSM_TO(BUILDER_STATE_QUEUED) | FSM_TO(BUILDER_STATE_ENDED),
    [BUILDER_STATE_ENDED] = 0,
};
const struct fsm builder_states = {
    .name = "builder",
    .state_names = builder_names,
    .allowed = builder_allowed,
    .states = sizeof(builder_names) / sizeof(builder_names[0]),
};

static const char *const machine_names[] = {
    [MACHINE_STATE_LAUNCHING] = "launching", [MACHINE_STATE_READY] = "ready",
    [MACHINE_STATE_DRAINING] = "draining",   [MACHINE_STATE_STOPPING] = "stopping",
    [MACHINE_STATE_GONE] = "gone",
};
/* The provider may find any machine gone, whatever it was. */
static const uint32_t machine_allowed[] = {
    [MACHINE_STATE_LAUNCHING] = FSM_TO(MACHINE_STATE_READY) | FSM_TO(MACHINE_STATE_DRAINING) |
                                FSM_TO(MACHINE_STATE_STOPPING) | FSM_TO(MACHINE_STATE_GONE),
    [MACHINE_STATE_READY] = FSM_TO(MACHINE_STATE_DRAINING) | FSM_TO(MACHINE_STATE_STOPPING) |
                            FSM_TO(MACHINE_STATE_GONE),
    [MACHINE_STATE_DRAINING] = FSM_TO(MACHINE_STATE_STOPPING) | FSM_TO(MACHINE_STATE_GONE),
    [MACHINE_STATE_STOPPING] = FSM_TO(MACHINE_STATE_GONE),
    [MACHINE_STATE_GONE] = 0,
};
const struct fsm machine_states = {
    .name = "machine",
    .state_names = machine_names,
    .allowed = machine_allowed,
    .states = sizeof(machine_names) / sizeof(machine_names[0]),
};

static const char *const volume_names[] = {
    [VOLUME_STATE_PRESENT] = "present",
    [VOLUME_STATE_DELETED] = "deleted",
};
static const uint32_t volume_allowed[] = {
    [VOLUME_STATE_PRESENT] = FSM_TO(VOLUME_STATE_DELETED),
    [VOLUME_STATE_DELETED] = 0,
};
const struct fsm volume_states = {
    .name = "volume",
    .state_names = volume_names,
    .allowed = volume_allowed,
    .states = sizeof(volume_names) / sizeof(volume_names[0]),
};
