/* The transitions that builders, machines and volumes may make. A record that claims another one is
 * corrupt: states only move forward. (A builder that was placed may wait again, but only for
 * another machine; fleet_check.c looks at that.) */
#ifndef FLEET_STATES_H
#define FLEET_STATES_H

#include "base/fsm.h"

extern const struct fsm builder_states, machine_states, volume_states;

#endif
