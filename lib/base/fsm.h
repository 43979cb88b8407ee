/* A table of the transitions that a state machine may make.
 *
 * `allowed[from]` is a bit set of the states that may follow; a state may always stay as it is.
 */
#ifndef BASE_FSM_H
#define BASE_FSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fsm {
    const char *name;
    const char *const *state_names; /* `states` entries; an unused number is NULL */
    const uint32_t *allowed;
    size_t states; /* at most 32 */
};

#define FSM_TO(state) (UINT32_C(1) << (state))

bool fsm_allows(const struct fsm *fsm, unsigned from, unsigned to);
const char *fsm_state_name(const struct fsm *fsm, unsigned state); /* "?" when out of range */

#endif
