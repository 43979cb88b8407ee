/* The insides of the owner's core, shared by its files alone. */
#ifndef CLOUD_OWNER_PRIVATE_H
#define CLOUD_OWNER_PRIVATE_H

#include "cloud/owner_core.h"
#include "fleet/chain.h"
#include "fleet/liveness.h"

struct owner_core {
    struct owner_core_options options;
    enum owner_state state;
    char name[40]; /* "fleet.amd64/3", for people */
    struct chain chain;
    struct fleet *decided, *confirmed; /* from LOADING to OWNING */
    struct liveness *liveness;         /* while OWNING */
    struct planner_ids ids;
    uint64_t next[INPUT_TOPICS]; /* offset after the last input record that was decided on */
    uint64_t epoch, decided_seq;
    uint64_t attempt; /* number of the load; tells answers of an earlier one */
    bool inputs_paused;
    int64_t start_at_ms, pause_ms; /* WAITING */
    struct owner_action *actions, *executed;
    struct owner_counts counts;
};

/* --- owner_actions.c --- */

struct owner_action *owner_push(struct owner_core *core, enum owner_action_type type);
/* Takes the value over. */
void owner_push_append(struct owner_core *core, const char *type, const char *key,
                       struct buf *value);
void owner_drop_actions(struct owner_core *core);

/* --- owner_core.c --- */

/* Ends the epoch: forgets everything and loads it anew after a pause. */
void owner_start_over(struct owner_core *core, const char *why, const struct owner_time *time);

/* --- owner_decide.c --- */

/* Decides on the event until nothing is left to be done about it. -1: the event is refused. */
int owner_decide(struct owner_core *core, const struct planner_event *event,
                 const struct owner_time *time, struct error *err);
void owner_decide_on_time(struct owner_core *core, const struct owner_time *time);
/* Inputs wait while too many decisions are not confirmed. */
void owner_balance_inputs(struct owner_core *core);

#endif
