/* Random histories: whatever comes, in whatever order, the rules hold after every event. */
#include "world.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROJECTS 4
#define BUILDS   60

struct history {
    struct world world;
    uint64_t random;
    unsigned next_build;
    char machines[64][41]; /* seen lately: also those that are gone */
    size_t machine_count;
};

static uint64_t draw(struct history *history, uint64_t below)
{
    uint64_t x = history->random; /* xorshift64 */

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    history->random = x;
    return x % below;
}

static void project_name(struct history *history, char out[static 8])
{
    snprintf(out, 8, "p%d", (int)draw(history, PROJECTS));
}

/* Mostly those of now, sometimes one of long ago or of nobody. */
static void build_name(struct history *history, char out[static 16])
{
    unsigned back = (unsigned)draw(history, BUILDS);
    snprintf(out, 16, "b%u", history->next_build > back ? history->next_build - back : back);
}

static void remember_machines(struct history *history)
{
    const struct machine *machine = NULL;

    while ((machine = fleet_next_machine(history->world.fleet, machine)) != NULL) {
        size_t slot = history->machine_count++ % array_size(history->machines);
        text_copy(history->machines[slot], sizeof(history->machines[slot]), machine->machine);
    }
}

static const char *some_machine(struct history *history)
{
    size_t known = history->machine_count < array_size(history->machines)
                       ? history->machine_count
                       : array_size(history->machines);

    if (known == 0 || draw(history, 30) == 0)
        return "m-stranger";
    return history->machines[draw(history, known)];
}

static void client_event(struct history *history)
{
    struct world *world = &history->world;
    char project[8], build[16];

    project_name(history, project);
    build_name(history, build);
    switch (draw(history, 4)) {
    case 0:
        snprintf(build, sizeof(build), "b%u", ++history->next_build);
        world_request(world, project, build);
        break;
    case 1:
        world_request(world, project, build);
        break;
    case 2:
        world_release(world, project, build);
        break;
    default:
        world_alive(world, draw(history, 5) > 0 ? build : NULL);
    }
}

static void machine_event(struct history *history)
{
    struct world *world = &history->world;
    const char *machine = some_machine(history);

    if (draw(history, 8) == 0)
        world->sequence -= draw(history, world->sequence + 1); /* late, or again */
    switch (draw(history, 9)) {
    case 0:
    case 1:
    case 2:
        world_registered(world, machine, (uint8_t)draw(history, 3));
        break;
    case 3:
    case 4:
    case 5:
        world_ready(world, machine);
        break;
    case 6:
        world_load(world, machine, draw(history, 2));
        break;
    case 7:
        draw(history, 2) == 0 ? world_draining(world, machine) : world_stopped(world, machine);
        break;
    default:
        world_failed(world, machine, "BuildKit died");
    }
}

static void provider_event(struct history *history)
{
    struct world *world = &history->world;
    const char *machine = some_machine(history);

    switch (draw(history, 8)) {
    case 0:
        world_launch_failed(world, machine, "no such image");
        break;
    case 1:
        world_delayed(world, machine, "no capacity", (int64_t)draw(history, 100000));
        break;
    default:
        if (fleet_find_machine(world->fleet, machine) == NULL ||
            world_state_of(world, machine)->state == MACHINE_STATE_STOPPING ||
            draw(history, 10) == 0)
            world_gone(world, machine);
    }
}

static void any_event(struct history *history)
{
    uint64_t kind = draw(history, 100);

    if (kind < 40)
        client_event(history);
    else if (kind < 70)
        machine_event(history);
    else if (kind < 88)
        provider_event(history);
    else if (kind < 98)
        world_run(&history->world, (int64_t)draw(history, 30000));
    else if (kind < 99)
        world_run(&history->world, (int64_t)draw(history, 2000000));
    else
        world_take_over(&history->world);
}

/* Clients and machines fall silent; the provider does what it is asked. */
static void quiet(struct world *world)
{
    for (int round = 0; round < 200; round++) {
        const struct machine *machine = NULL;
        world_run(world, 60000);
        world_alive(world, NULL);
        while ((machine = fleet_next_machine(world->fleet, machine)) != NULL) {
            if (machine->state == MACHINE_STATE_STOPPING) {
                char id[41];
                text_copy(id, sizeof(id), machine->machine);
                world_gone(world, id);
                break;
            }
        }
        world_check(world);
    }
    assert_int_equal(fleet_builder_count(world->fleet), 0);
    assert_int_equal(fleet_machine_count(world->fleet), 0);
}

static void one_history(uint64_t seed)
{
    struct history history = {.random = seed * UINT64_C(0x9E3779B97F4A7C15) + 1};

    world_start(&history.world);
    for (int i = 0; i < 400; i++) {
        any_event(&history);
        remember_machines(&history);
        world_check(&history.world);
    }
    quiet(&history.world);
    world_end(&history.world);
}

static void rules_hold(void **state)
{
    const char *only = getenv("FLEET_SEED");

    for (uint64_t seed = 1; seed <= 60; seed++) {
        if (only != NULL)
            seed = strtoull(only, NULL, 10);
        print_message("seed %llu\n", (unsigned long long)seed);
        one_history(seed);
        if (only != NULL)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rules_hold)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
