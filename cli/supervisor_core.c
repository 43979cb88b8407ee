#include "cli/supervisor_core.h"

#include "cli/exit_codes.h"

#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS   5000
#define SETTLED_MS     60000
#define TRIES_MAX      5 /* of a part that was never ready */

void part_started(struct part *part, int64_t now)
{
    part->state = PART_STARTING;
    part->started_ms = now;
}

void part_is_ready(struct part *part)
{
    part->state = PART_READY;
    part->was_ready = true;
}

static int64_t pause_after(unsigned failures)
{
    int64_t pause = 0;
    for (unsigned i = 1; i < failures && pause < PAUSE_MAX_MS; i++)
        pause = pause == 0 ? PAUSE_FIRST_MS : pause * 2;
    return pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS;
}

bool part_died(struct part *part, int exit_code, int64_t now)
{
    bool hopeless =
        exit_code == EXIT_USAGE || exit_code == EXIT_MISSING || exit_code == EXIT_CONFIG;

    if (now - part->started_ms >= SETTLED_MS)
        part->failures = 0;
    part->failures++;
    part->restarts++;
    part->state = PART_WAITING;
    part->due_ms = now + pause_after(part->failures);
    return part->was_ready || (!hopeless && part->failures < TRIES_MAX);
}

const char *part_state_name(enum part_state state)
{
    static const char *const names[] = {"waiting", "starting", "ready", "stopped"};
    return names[state];
}
