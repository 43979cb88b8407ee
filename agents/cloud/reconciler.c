#include "cloud/reconciler.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <uthash.h>

struct call {
    char machine[41];
    bool under_way, launched;
    int64_t pause_ms;
    int64_t not_before_ms;    /* 0: now */
    int64_t first_seen_ms;    /* as an orphan; 0: never */
    UT_hash_handle hh;
};

struct reconciler {
    struct call *by_machine;
};

struct reconciler *reconciler_new(void)
{
    return xcalloc(1, sizeof(struct reconciler));
}

void reconciler_free(struct reconciler *reconciler)
{
    struct call *call, *next;

    if (reconciler == NULL)
        return;
    HASH_ITER (hh, reconciler->by_machine, call, next) {
        HASH_DEL(reconciler->by_machine, call);
        free(call);
    }
    free(reconciler);
}

static struct call *find(struct reconciler *reconciler, const char *machine)
{
    struct call *call;
    HASH_FIND_STR(reconciler->by_machine, machine, call);
    return call;
}

static struct call *find_or_make(struct reconciler *reconciler, const char *machine)
{
    struct call *call = find(reconciler, machine);

    if (call == NULL) {
        call = xcalloc(1, sizeof(*call));
        call->pause_ms = RECONCILER_PAUSE_MIN_MS;
        text_copy(call->machine, sizeof(call->machine), machine);
        HASH_ADD_STR(reconciler->by_machine, machine, call);
    }
    return call;
}

static enum reconciler_action make_call(struct call *call, enum reconciler_action action,
                                        int64_t now)
{
    if (call->under_way || now < call->not_before_ms)
        return RECONCILER_NOTHING;
    call->under_way = true;
    call->not_before_ms = 0;
    return action;
}

enum reconciler_action reconciler_look(struct reconciler *reconciler, const struct machine *machine,
                                       bool listed, int64_t now)
{
    struct call *call = find_or_make(reconciler, machine->machine);

    switch (machine->state) {
    case MACHINE_STATE_LAUNCHING:
        if (listed) {
            call->launched = true;
            return RECONCILER_NOTHING;
        }
        if (call->launched && !call->under_way)
            return RECONCILER_GONE; /* it was there: its id is used up */
        return make_call(call, RECONCILER_LAUNCH, now);
    case MACHINE_STATE_READY:
    case MACHINE_STATE_DRAINING:
        return listed || call->under_way ? RECONCILER_NOTHING : RECONCILER_GONE;
    case MACHINE_STATE_STOPPING:
        if (call->under_way)
            return RECONCILER_NOTHING;
        return listed ? make_call(call, RECONCILER_STOP, now) : RECONCILER_GONE;
    case MACHINE_STATE_GONE:
        break;
    }
    return RECONCILER_NOTHING;
}

enum reconciler_action reconciler_look_at_orphan(struct reconciler *reconciler, const char *machine,
                                                 int64_t now)
{
    struct call *call = find_or_make(reconciler, machine);

    if (call->first_seen_ms == 0) {
        call->first_seen_ms = now;
        call->not_before_ms = now + RECONCILER_GRACE_MS;
        return RECONCILER_NOTHING;
    }
    return make_call(call, RECONCILER_STOP, now);
}

void reconciler_answered(struct reconciler *reconciler, const char *machine, bool failed,
                         int64_t again_ms, int64_t now)
{
    struct call *call = find_or_make(reconciler, machine);

    call->under_way = false;
    if (!failed) {
        call->launched = true;
        call->pause_ms = RECONCILER_PAUSE_MIN_MS;
        return;
    }
    call->not_before_ms = now + (again_ms > 0 ? again_ms : call->pause_ms);
    call->pause_ms *= 2;
    if (call->pause_ms > RECONCILER_PAUSE_MAX_MS)
        call->pause_ms = RECONCILER_PAUSE_MAX_MS;
}

void reconciler_forget(struct reconciler *reconciler, const char *machine)
{
    struct call *call = find(reconciler, machine);

    if (call != NULL) {
        HASH_DEL(reconciler->by_machine, call);
        free(call);
    }
}

int64_t reconciler_deadline(const struct reconciler *reconciler)
{
    const struct call *call, *next;
    int64_t first = 0;

    HASH_ITER (hh, reconciler->by_machine, call, next) {
        if (!call->under_way && call->not_before_ms != 0 &&
            (first == 0 || call->not_before_ms < first))
            first = call->not_before_ms;
    }
    return first;
}
