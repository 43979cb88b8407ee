#include "fleet/liveness.h"

#include "base/memory.h"
#include "base/text.h"
#include "fleet/deadlines.h"
#include "fleet/table.h"

#include <stdlib.h>

#define ID_SIZE 41

struct watched_machine {
    char machine[ID_SIZE];
    enum machine_state state;
    uint64_t idle_since_ms;
    uint64_t connections;
    int64_t load_at_ms; /* 0: never heard */
    UT_hash_handle hh;
};

struct liveness {
    struct liveness_settings settings;
    int64_t lease_clock_ms, last_batch_ms;
    bool heard_batch;
    struct deadlines *leases;   /* of builds, on the clock of the leases */
    struct deadlines *silences; /* of builds, on the plain clock */
    struct deadlines *lapsed;   /* builds that are to end; the time means nothing */
    struct deadlines *machines; /* launches and idleness */
    struct watched_machine *watched;
};

/* --- builds --- */

static void hear_build(struct liveness *liveness, const char *build, int64_t now)
{
    deadlines_remove(liveness->lapsed, build);
    deadlines_set(liveness->leases, build,
                  liveness->lease_clock_ms + liveness->settings.lease_timeout_ms);
    deadlines_set(liveness->silences, build, now + liveness->settings.silence_timeout_ms);
}

static void forget_build(struct liveness *liveness, const char *build)
{
    deadlines_remove(liveness->leases, build);
    deadlines_remove(liveness->silences, build);
    deadlines_remove(liveness->lapsed, build);
}

static void follow_builder(struct liveness *liveness, const struct builder *builder, int64_t now)
{
    if (builder->state == BUILDER_STATE_ENDED)
        forget_build(liveness, builder->build);
    else if (!deadlines_has(liveness->silences, builder->build))
        hear_build(liveness, builder->build, now);
}

static void advance_lease_clock(struct liveness *liveness, int64_t now)
{
    int64_t gap = liveness->heard_batch ? now - liveness->last_batch_ms : 0;

    liveness->lease_clock_ms += gap < LIVENESS_BATCH_GAP_MS ? gap : LIVENESS_BATCH_GAP_MS;
    liveness->last_batch_ms = now;
    liveness->heard_batch = true;
}

static void mark_lapsed_leases(struct liveness *liveness)
{
    const char *due;
    char build[ID_SIZE];

    while (deadlines_due(liveness->leases, liveness->lease_clock_ms, &due, 1) > 0) {
        text_copy(build, sizeof(build), due);
        deadlines_set(liveness->lapsed, build, 0);
        deadlines_remove(liveness->leases, build);
    }
}

void liveness_batch(struct liveness *liveness, const struct builds_alive *batch, int64_t now)
{
    advance_lease_clock(liveness, now);
    for (size_t i = 0; i < batch->builds_count; i++) {
        if (deadlines_has(liveness->silences, batch->builds[i]))
            hear_build(liveness, batch->builds[i], now);
    }
    mark_lapsed_leases(liveness);
}

/* --- machines --- */

static struct watched_machine *find_machine(const struct liveness *liveness, const char *machine)
{
    struct watched_machine *watched;

    HASH_FIND_STR(liveness->watched, machine, watched);
    return watched;
}

static void forget_machine(struct liveness *liveness, struct watched_machine *watched)
{
    deadlines_remove(liveness->machines, watched->machine);
    HASH_DEL(liveness->watched, watched);
    free(watched);
}

static struct watched_machine *watch_machine(struct liveness *liveness, const char *machine)
{
    struct watched_machine *watched = find_machine(liveness, machine);

    if (watched == NULL) {
        watched = xcalloc(1, sizeof(*watched));
        text_copy(watched->machine, sizeof(watched->machine), machine);
        HASH_ADD_STR(liveness->watched, machine, watched);
    }
    return watched;
}

/* `idle_ms`: how long it has been idle already. */
static void arm_machine(struct liveness *liveness, const struct machine *machine, int64_t now,
                        int64_t idle_ms)
{
    const struct liveness_settings *settings = &liveness->settings;

    if (machine->state == MACHINE_STATE_LAUNCHING)
        deadlines_set(liveness->machines, machine->machine, now + settings->launch_timeout_ms);
    else if (machine->state == MACHINE_STATE_READY && machine->idle_since_ms != 0)
        deadlines_set(liveness->machines, machine->machine,
                      now + settings->idle_timeout_ms - idle_ms);
    else
        deadlines_remove(liveness->machines, machine->machine);
}

static void follow_machine(struct liveness *liveness, const struct machine *machine, int64_t now,
                           int64_t idle_ms)
{
    struct watched_machine *watched = find_machine(liveness, machine->machine);

    if (machine->state == MACHINE_STATE_GONE) {
        if (watched != NULL)
            forget_machine(liveness, watched);
        return;
    }
    if (watched != NULL && watched->state == machine->state &&
        watched->idle_since_ms == machine->idle_since_ms)
        return; /* its deadline stands */
    watched = watch_machine(liveness, machine->machine);
    watched->state = machine->state;
    watched->idle_since_ms = machine->idle_since_ms;
    arm_machine(liveness, machine, now, idle_ms);
}

void liveness_load(struct liveness *liveness, const struct machine_load *load, int64_t now)
{
    struct watched_machine *watched = find_machine(liveness, load->machine);

    if (watched == NULL)
        return;
    watched->connections = load->connections;
    watched->load_at_ms = now;
}

void liveness_postpone(struct liveness *liveness, const char *machine, int64_t now,
                       int64_t again_ms)
{
    const struct watched_machine *watched = find_machine(liveness, machine);

    if (watched != NULL && watched->state == MACHINE_STATE_LAUNCHING)
        deadlines_set(liveness->machines, machine,
                      now + again_ms + liveness->settings.launch_timeout_ms);
}

/* --- silence --- */

static bool may_be_connected(const struct liveness *liveness, const struct fleet *fleet,
                             const char *build, int64_t now)
{
    const struct builder *builder = fleet_find_builder(fleet, build);
    const struct watched_machine *machine =
        builder != NULL ? find_machine(liveness, builder->machine) : NULL;

    if (machine == NULL || machine->state == MACHINE_STATE_LAUNCHING)
        return false;
    return machine->load_at_ms == 0 || now - machine->load_at_ms > LIVENESS_LOAD_FRESH_MS ||
           machine->connections > 0;
}

void liveness_check_silence(struct liveness *liveness, const struct fleet *fleet, int64_t now)
{
    const char *due;
    char build[ID_SIZE];

    while (deadlines_due(liveness->silences, now, &due, 1) > 0) {
        text_copy(build, sizeof(build), due);
        if (!may_be_connected(liveness, fleet, build, now))
            deadlines_set(liveness->lapsed, build, 0);
        deadlines_set(liveness->silences, build, now + LIVENESS_RETRY_MS);
    }
}

/* --- the whole --- */

static int64_t idle_so_far(const struct liveness *liveness, const struct machine *machine,
                           int64_t wall)
{
    int64_t idle = wall - (int64_t)machine->idle_since_ms;

    if (machine->idle_since_ms == 0 || idle < 0)
        return 0;
    return idle < liveness->settings.idle_timeout_ms ? idle : liveness->settings.idle_timeout_ms;
}

struct liveness *liveness_new(const struct liveness_settings *settings, const struct fleet *fleet,
                              int64_t now, int64_t wall)
{
    struct liveness *liveness = xcalloc(1, sizeof(*liveness));

    liveness->settings = *settings;
    liveness->leases = deadlines_new();
    liveness->silences = deadlines_new();
    liveness->lapsed = deadlines_new();
    liveness->machines = deadlines_new();
    for (const struct builder *builder = fleet_next_builder(fleet, NULL); builder != NULL;
         builder = fleet_next_builder(fleet, builder))
        follow_builder(liveness, builder, now);
    for (const struct machine *machine = fleet_next_machine(fleet, NULL); machine != NULL;
         machine = fleet_next_machine(fleet, machine))
        follow_machine(liveness, machine, now, idle_so_far(liveness, machine, wall));
    return liveness;
}

void liveness_free(struct liveness *liveness)
{
    if (liveness == NULL)
        return;
    while (liveness->watched != NULL)
        forget_machine(liveness, liveness->watched);
    deadlines_free(liveness->leases);
    deadlines_free(liveness->silences);
    deadlines_free(liveness->lapsed);
    deadlines_free(liveness->machines);
    free(liveness);
}

void liveness_follow(struct liveness *liveness, const struct fleet_change *change, int64_t now)
{
    for (size_t i = 0; i < change->builders_count; i++)
        follow_builder(liveness, &change->builders[i], now);
    for (size_t i = 0; i < change->machines_count; i++)
        follow_machine(liveness, &change->machines[i], now, 0);
}

size_t liveness_lapsed(const struct liveness *liveness, const char **builds, size_t max)
{
    return deadlines_due(liveness->lapsed, 0, builds, max);
}

size_t liveness_due_machines(const struct liveness *liveness, int64_t now, const char **machines,
                             size_t max)
{
    return deadlines_due(liveness->machines, now, machines, max);
}

int64_t liveness_next_ms(const struct liveness *liveness)
{
    int64_t machines = deadlines_first(liveness->machines);
    int64_t silences = deadlines_first(liveness->silences);

    return machines < silences ? machines : silences;
}
