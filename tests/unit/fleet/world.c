#include "world.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static void refill(struct world *world)
{
    struct planner_ids *ids = &world->ids;

    if (ids->machine_used || ids->machine[0] == '\0') {
        snprintf(ids->machine, sizeof(ids->machine), "m-%llu", (unsigned long long)++world->drawn);
        ids->token_hash = (struct bytes32){.data = {(uint8_t)world->drawn}, .len = 32};
    }
    if (ids->volume_used || ids->volume[0] == '\0')
        snprintf(ids->volume, sizeof(ids->volume), "v-%llu", (unsigned long long)++world->drawn);
    for (size_t i = 0; i < FLEET_CHANGE_MAX; i++) {
        if (i < ids->secrets_used || ids->secrets[i][0] == '\0')
            snprintf(ids->secrets[i], PLANNER_SECRET_SIZE, "s%llu",
                     (unsigned long long)++world->drawn);
    }
    ids->machine_used = ids->volume_used = false;
    ids->secrets_used = 0;
}

static void start_owner(struct world *world)
{
    liveness_free(world->liveness);
    world->liveness =
        liveness_new(&world->settings.times, world->fleet, world->now_ms, world->wall_ms);
    world_event(world, &(struct planner_event){.type = PLANNER_TAKEN_OVER});
}

void world_start(struct world *world)
{
    *world = (struct world){.now_ms = 1000, .wall_ms = 1800000000000};
    world->settings = (struct planner_settings){
        .times = {.idle_timeout_ms = 600000,
                  .launch_timeout_ms = 120000,
                  .lease_timeout_ms = 60000,
                  .silence_timeout_ms = 900000},
        .max_attempts = 3,
        .cpu_millis = 2000,
        .memory_bytes = 1 << 30,
        .cache_bytes = UINT64_C(20) << 30,
    };
    world->fleet = fleet_new(ARCH_AMD64);
    world->replayed = fleet_new(ARCH_AMD64);
    start_owner(world);
}

void world_end(struct world *world)
{
    fleet_change_clear(&world->last);
    fleet_free(world->fleet);
    fleet_free(world->replayed);
    liveness_free(world->liveness);
}

void world_take_over(struct world *world)
{
    struct fleet *fleet = world->replayed;

    world->replayed = world->fleet; /* the same, as world_check() shows */
    world->fleet = fleet;
    start_owner(world);
}

void world_pass(struct world *world, int64_t ms)
{
    world->now_ms += ms;
    world->wall_ms += ms;
}

void world_run(struct world *world, int64_t ms)
{
    int64_t end = world->now_ms + ms, next;

    while ((next = liveness_next_ms(world->liveness)) <= end) {
        if (next > world->now_ms)
            world_pass(world, next - world->now_ms);
        liveness_check_silence(world->liveness, world->fleet, world->now_ms);
        world_event(world, &(struct planner_event){.type = PLANNER_TIME});
        assert_true(liveness_next_ms(world->liveness) > world->now_ms);
    }
    world_pass(world, end - world->now_ms);
}

/* --- deciding, applying, and replaying what would be in the log --- */

static void replay(struct world *world, const struct fleet_change *change)
{
    _cleanup_buf_ struct buf bytes = BUF_INIT(0);
    struct fleet_change decoded;
    struct error err = ERROR_INIT;

    fleet_change_encode(change, &bytes);
    assert_false(bytes.overflow);
    assert_int_equal(fleet_change_decode(&decoded, buf_slice(&bytes), &err), 0);
    if (fleet_apply(world->replayed, &decoded, &err) < 0)
        fail_msg("%s", err.message);
    fleet_change_clear(&decoded);
}

static void take(struct world *world, struct fleet_change *change)
{
    struct error err = ERROR_INIT;

    change->epoch = 1;
    change->seq = ++world->seq;
    change->request_position = fleet_request_position(world->fleet) + 1;
    change->event_position = fleet_event_position(world->fleet) + 1;
    if (fleet_apply(world->fleet, change, &err) < 0)
        fail_msg("%s", err.message);
    liveness_follow(world->liveness, change, world->now_ms);
    replay(world, change);
    fleet_change_clear(&world->last);
    world->last = *change;
    world->changes++;
}

size_t world_event(struct world *world, const struct planner_event *event)
{
    bool more = true;

    world->changes = 0;
    world->refused = false;
    for (size_t rounds = 0; more; rounds++) {
        struct fleet_change change;
        assert_true(rounds < 1000);
        refill(world);
        struct planner_input input = {.fleet = world->fleet,
                                      .liveness = world->liveness,
                                      .settings = &world->settings,
                                      .ids = &world->ids,
                                      .now_ms = world->now_ms,
                                      .wall_ms = world->wall_ms};
        if (planner_decide(&input, event, &change, &more, &world->err) < 0) {
            world->refused = true;
            return world->changes;
        }
        if (planner_changes(&change))
            take(world, &change);
        else
            fleet_change_clear(&change);
    }
    return world->changes;
}

/* --- events --- */

#define FILL(field, value) assert_true(text_copy(field, sizeof(field), value))

size_t world_request(struct world *world, const char *project, const char *build)
{
    struct builder_requested event = {.arch = ARCH_AMD64,
                                      .requested_at_ms = (uint64_t)world->wall_ms};

    FILL(event.organisation, "default");
    FILL(event.project, project);
    FILL(event.build, build);
    FILL(event.command, "build");
    FILL(event.principal, "owner");
    return world_event(world,
                       &(struct planner_event){.type = PLANNER_REQUESTED, .requested = &event});
}

size_t world_release(struct world *world, const char *project, const char *build)
{
    struct builder_released event = {.arch = ARCH_AMD64,
                                     .outcome = BUILD_OUTCOME_FAILED,
                                     .exit_code = 3,
                                     .released_at_ms = (uint64_t)world->wall_ms};

    FILL(event.organisation, "default");
    FILL(event.project, project);
    FILL(event.build, build);
    return world_event(world,
                       &(struct planner_event){.type = PLANNER_RELEASED, .released = &event});
}

size_t world_alive(struct world *world, const char *build)
{
    char id[1][41] = {""};
    struct builds_alive event = {.builds = id, .builds_count = build != NULL ? 1 : 0};

    if (build != NULL)
        FILL(id[0], build);
    liveness_batch(world->liveness, &event, world->now_ms);
    return world_event(world, &(struct planner_event){.type = PLANNER_ALIVE, .alive = &event});
}

static const char *project_of(const struct world *world, const char *machine)
{
    const struct machine *found = fleet_find_machine(world->fleet, machine);
    return found != NULL ? found->project : "p";
}

#define FILL_SENDER(event)                                                                         \
    do {                                                                                           \
        FILL((event).machine, machine);                                                            \
        FILL((event).project, project_of(world, machine));                                         \
        (event).arch = ARCH_AMD64;                                                                 \
    } while (0)

size_t world_registered(struct world *world, const char *machine, uint8_t key)
{
    struct machine_registered event = {.key = {.data = {key}, .len = 32}};

    FILL_SENDER(event);
    return world_event(world,
                       &(struct planner_event){.type = PLANNER_REGISTERED, .registered = &event});
}

size_t world_ready(struct world *world, const char *machine)
{
    struct machine_ready event = {.sequence = ++world->sequence, .port = 8372};

    FILL_SENDER(event);
    FILL(event.address, "10.88.0.2");
    FILL(event.server_name, "m.leat");
    FILL(event.buildkit_version, "v0.32.2");
    return world_event(world, &(struct planner_event){.type = PLANNER_READY, .ready = &event});
}

size_t world_load(struct world *world, const char *machine, uint64_t connections)
{
    struct machine_load event = {.sequence = ++world->sequence, .connections = connections};

    FILL_SENDER(event);
    liveness_load(world->liveness, &event, world->now_ms);
    return world_event(world, &(struct planner_event){.type = PLANNER_LOAD, .load = &event});
}

size_t world_draining(struct world *world, const char *machine)
{
    struct machine_draining event = {.sequence = ++world->sequence};

    FILL_SENDER(event);
    FILL(event.reason, "asked to drain");
    return world_event(world,
                       &(struct planner_event){.type = PLANNER_DRAINING, .draining = &event});
}

size_t world_stopped(struct world *world, const char *machine)
{
    struct machine_stopped event = {.sequence = ++world->sequence, .clean = true};

    FILL_SENDER(event);
    FILL(event.reason, "stopped");
    return world_event(world, &(struct planner_event){.type = PLANNER_STOPPED, .stopped = &event});
}

size_t world_failed(struct world *world, const char *machine, const char *reason)
{
    struct machine_failed event = {.sequence = ++world->sequence};

    FILL_SENDER(event);
    FILL(event.reason, reason);
    return world_event(world, &(struct planner_event){.type = PLANNER_FAILED, .failed = &event});
}

static size_t provider_event(struct world *world, enum planner_event_type type, const char *machine,
                             const char *reason, int64_t postpone_ms)
{
    return world_event(
        world, &(struct planner_event){
                   .type = type, .machine = machine, .reason = reason, .postpone_ms = postpone_ms});
}

size_t world_delayed(struct world *world, const char *machine, const char *reason, int64_t ms)
{
    if (ms > 0)
        liveness_postpone(world->liveness, machine, world->now_ms, ms);
    return provider_event(world, PLANNER_LAUNCH_DELAYED, machine, reason, ms);
}

size_t world_launch_failed(struct world *world, const char *machine, const char *reason)
{
    return provider_event(world, PLANNER_LAUNCH_FAILED, machine, reason, 0);
}

size_t world_gone(struct world *world, const char *machine)
{
    return provider_event(world, PLANNER_MACHINE_GONE, machine, "the provider no longer has it", 0);
}

/* --- looking --- */

const char *world_serve(struct world *world, const char *project, const char *build)
{
    world_request(world, project, build);
    const char *machine = world_machine(world, project);
    assert_int_equal(world_registered(world, machine, 7), 1);
    machine = world_machine(world, project);
    assert_int_equal(world_ready(world, machine), 1);
    return world_machine(world, project);
}

const char *world_machine(const struct world *world, const char *project)
{
    const struct machine *machine = fleet_next_machine_of(world->fleet, "default", project, NULL);
    return machine != NULL ? machine->machine : "";
}

const struct builder *world_builder(const struct world *world, const char *build)
{
    const struct builder *builder = fleet_find_builder(world->fleet, build);
    assert_non_null(builder);
    return builder;
}

const struct machine *world_state_of(const struct world *world, const char *machine)
{
    const struct machine *found = fleet_find_machine(world->fleet, machine);
    assert_non_null(found);
    return found;
}

const struct builder *world_changed(const struct world *world, const char *build)
{
    for (size_t i = 0; i < world->last.builders_count; i++) {
        if (text_equal(world->last.builders[i].build, build))
            return &world->last.builders[i];
    }
    fail_msg("build %s did not change", build);
    return NULL;
}

/* --- what is true at any time --- */

static void check_replay(const struct world *world)
{
    _cleanup_buf_ struct buf decided = BUF_INIT((size_t)1 << 26);
    _cleanup_buf_ struct buf replayed = BUF_INIT((size_t)1 << 26);

    fleet_dump(world->fleet, &decided);
    fleet_dump(world->replayed, &replayed);
    assert_string_equal(buf_text(&decided), buf_text(&replayed));
}

/* One machine of a project at most, and it alone holds the project's one volume. */
static void check_machine(const struct world *world, const struct machine *machine)
{
    const struct volume *volume = fleet_find_volume(world->fleet, machine->volume);

    assert_non_null(volume);
    assert_string_equal(volume->holder, machine->machine);
    assert_string_equal(volume->project, machine->project);
    assert_string_equal(world_machine(world, machine->project), machine->machine);
    assert_null(fleet_next_machine_of(world->fleet, "default", machine->project, machine));
    if (machine->state == MACHINE_STATE_READY)
        assert_int_equal(machine->idle_since_ms == 0,
                         fleet_builders_on(world->fleet, machine->machine) > 0);
    if (machine->state == MACHINE_STATE_DRAINING)
        assert_true(fleet_builders_on(world->fleet, machine->machine) > 0);
    if (machine->state == MACHINE_STATE_STOPPING)
        assert_int_equal(fleet_builders_on(world->fleet, machine->machine), 0);
}

/* A build waits only for a machine that takes no more; a place has a secret of its own. */
static void check_builder(const struct world *world, const struct builder *builder)
{
    const struct machine *machine =
        fleet_next_machine_of(world->fleet, "default", builder->project, NULL);

    assert_true(builder->attempts <= world->settings.max_attempts);
    assert_non_null(machine);
    if (builder->state == BUILDER_STATE_QUEUED) {
        assert_true(machine->state == MACHINE_STATE_DRAINING ||
                    machine->state == MACHINE_STATE_STOPPING);
        assert_true(builder->reason[0] != '\0');
        return;
    }
    assert_string_equal(builder->machine, machine->machine);
    assert_true(builder->secret[0] != '\0');
    assert_true(builder->attempts > 0);
}

static void check_volume(const struct world *world, const struct volume *volume)
{
    assert_null(fleet_next_volume_of(world->fleet, "default", volume->project, volume));
    if (volume->holder[0] != '\0')
        assert_string_equal(world_state_of(world, volume->holder)->volume, volume->volume);
}

void world_check(const struct world *world)
{
    const struct fleet *fleet = world->fleet;

    for (const struct machine *machine = fleet_next_machine(fleet, NULL); machine != NULL;
         machine = fleet_next_machine(fleet, machine))
        check_machine(world, machine);
    for (const struct builder *builder = fleet_next_builder(fleet, NULL); builder != NULL;
         builder = fleet_next_builder(fleet, builder))
        check_builder(world, builder);
    for (const struct volume *volume = fleet_next_volume(fleet, NULL); volume != NULL;
         volume = fleet_next_volume(fleet, volume))
        check_volume(world, volume);
    check_replay(world);
}
