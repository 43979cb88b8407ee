#include "base/fsm.h"

bool fsm_allows(const struct fsm *fsm, unsigned from, unsigned to)
{
    if (from >= fsm->states || to >= fsm->states)
        return false;
    return from == to || (fsm->allowed[from] & FSM_TO(to)) != 0;
}

const char *fsm_state_name(const struct fsm *fsm, unsigned state)
{
    if (state >= fsm->states || !fsm->state_names[state])
        return "?";
    return fsm->state_names[state];
}
