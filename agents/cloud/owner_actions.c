#include "cloud/owner_private.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

static void free_action(struct owner_action *action)
{
    if (action == NULL)
        return;
    if (action->type == OWNER_APPEND)
        buf_free(&action->append.value);
    free(action);
}

struct owner_action *owner_push(struct owner_core *core, enum owner_action_type type)
{
    struct owner_action *action = xcalloc(1, sizeof(*action));

    action->type = type;
    DL_APPEND(core->actions, action);
    return action;
}

void owner_push_append(struct owner_core *core, const char *type, const char *key,
                       struct buf *value)
{
    struct owner_action *action = owner_push(core, OWNER_APPEND);

    action->append.attempt = core->attempt;
    action->append.record_type = type;
    text_copy(action->append.key, sizeof(action->append.key), key);
    snprintf(action->append.id, sizeof(action->append.id), "%s-%d-%llu-%llu-%llu",
             arch_name(core->options.arch), core->options.partition,
             (unsigned long long)core->attempt, (unsigned long long)core->epoch,
             (unsigned long long)core->decided_seq);
    action->append.value = *value;
    *value = BUF_INIT(0);
}

void owner_drop_actions(struct owner_core *core)
{
    struct owner_action *action, *next;

    DL_FOREACH_SAFE(core->actions, action, next)
    free_action(action);
    core->actions = NULL;
}

const struct owner_action *owner_core_next(struct owner_core *core)
{
    free_action(core->executed);
    core->executed = core->actions;
    if (core->executed != NULL)
        DL_DELETE(core->actions, core->executed);
    return core->executed;
}
