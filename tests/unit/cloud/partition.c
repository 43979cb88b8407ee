#include "partition.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct partition *partition_new(void)
{
    struct partition *partition = xcalloc(1, sizeof(*partition));
    partition->time = (struct owner_time){.now_ms = 1000, .wall_ms = 1800000000000};
    return partition;
}

static void empty(struct log *log)
{
    for (size_t i = 0; i < log->count; i++)
        buf_free(&log->records[i].value);
    log->count = 0;
}

void partition_free(struct partition *partition)
{
    empty(&partition->fleet);
    for (size_t i = 0; i < INPUT_TOPICS; i++)
        empty(&partition->inputs[i]);
    free(partition);
}

void partition_pass(struct partition *partition, int64_t ms)
{
    partition->time.now_ms += ms;
    partition->time.wall_ms += ms;
}

void partition_append(struct log *log, const char *type, const struct buf *value)
{
    assert_true(log->count < LOG_MAX);
    struct log_record *record = &log->records[log->count++];

    memset(record, 0, sizeof(*record));
    record->envelope =
        (struct envelope){.source = "/leat/test", .time = "2026-01-02T03:04:05.678Z"};
    snprintf(record->envelope.id, sizeof(record->envelope.id), "%zu", log->count);
    text_copy(record->envelope.type, sizeof(record->envelope.type), type);
    record->value = BUF_INIT(RECORD_VALUE_MAX);
    buf_append_slice(&record->value, buf_slice(value));
}

void partition_request(struct partition *partition, const char *organisation, const char *build)
{
    struct builder_requested event = {.arch = ARCH_AMD64,
                                      .command = "build",
                                      .project = "p",
                                      .principal = "owner",
                                      .requested_at_ms = (uint64_t)partition->time.wall_ms};
    _cleanup_buf_ struct buf value = BUF_INIT(0);

    text_copy(event.organisation, sizeof(event.organisation), organisation);
    text_copy(event.build, sizeof(event.build), build);
    builder_requested_encode(&event, &value);
    partition_append(&partition->inputs[INPUT_REQUESTS], TYPE_BUILDER_REQUESTED, &value);
}

/* --- seats --- */

static void draw(void *arg, struct planner_ids *ids)
{
    struct partition *partition = arg;

    if (ids->machine_used || ids->machine[0] == '\0')
        snprintf(ids->machine, sizeof(ids->machine), "m-%llu",
                 (unsigned long long)++partition->drawn);
    if (ids->volume_used || ids->volume[0] == '\0')
        snprintf(ids->volume, sizeof(ids->volume), "v-%llu",
                 (unsigned long long)++partition->drawn);
    for (size_t i = 0; i < FLEET_CHANGE_MAX; i++) {
        if (i < ids->secrets_used || ids->secrets[i][0] == '\0')
            snprintf(ids->secrets[i], PLANNER_SECRET_SIZE, "s%llu",
                     (unsigned long long)++partition->drawn);
    }
    ids->token_hash = (struct bytes32){.data = {1}, .len = 32};
    ids->machine_used = ids->volume_used = false;
    ids->secrets_used = 0;
}

struct seat *seat_new(struct partition *partition, const char *instance)
{
    struct seat *seat = xcalloc(1, sizeof(*seat));
    struct owner_core_options options = {.arch = ARCH_AMD64,
                                         .partition = 0,
                                         .partitions = 1,
                                         .settings = {.times = {.idle_timeout_ms = 600000,
                                                                .launch_timeout_ms = 120000,
                                                                .lease_timeout_ms = 60000,
                                                                .silence_timeout_ms = 900000},
                                                      .max_attempts = 3,
                                                      .cache_bytes = UINT64_C(20) << 30},
                                         .draw = draw,
                                         .draw_arg = partition};

    seat->partition = partition;
    text_copy(seat->instance, sizeof(seat->instance), instance);
    options.instance = seat->instance;
    seat->core = owner_core_new(&options);
    return seat;
}

void seat_free(struct seat *seat)
{
    empty(&seat->held);
    owner_core_free(seat->core);
    free(seat);
}

enum owner_state seat_state(const struct seat *seat)
{
    return owner_core_state(seat->core);
}

static void land(struct log *log, const struct owner_action *action)
{
    partition_append(log, action->append.record_type, &action->append.value);
}

static void append(struct seat *seat, const struct owner_action *action)
{
    switch (seat->fate) {
    case APPEND_LANDS:
        land(&seat->partition->fleet, action);
        break;
    case APPEND_HELD:
        land(&seat->held, action);
        break;
    case APPEND_LANDS_UNKNOWN:
        land(&seat->partition->fleet, action);
        owner_core_append_failed(seat->core, action->append.attempt, "timed out",
                                 &seat->partition->time);
        break;
    case APPEND_REFUSED:
        owner_core_append_failed(seat->core, action->append.attempt, "refused",
                                 &seat->partition->time);
        break;
    }
}

static void carry_out(struct seat *seat, const struct owner_action *action)
{
    switch (action->type) {
    case OWNER_READ_FLEET:
        seat->loads++;
        seat->reads_fleet = true;
        seat->at_end_said = false;
        seat->fleet_next = 0;
        break;
    case OWNER_READ_INPUTS:
        seat->reads_inputs = true;
        for (size_t i = 0; i < INPUT_TOPICS; i++)
            seat->input_next[i] = action->positions[i];
        break;
    case OWNER_PAUSE_INPUTS:
        assert_false(seat->paused);
        seat->paused = true;
        seat->pauses++;
        break;
    case OWNER_RESUME_INPUTS:
        assert_true(seat->paused);
        seat->paused = false;
        break;
    case OWNER_CLOSE_READERS:
        seat->reads_fleet = seat->reads_inputs = seat->paused = false;
        break;
    case OWNER_APPEND:
        append(seat, action);
        break;
    case OWNER_DEAD_LETTER:
        seat->dead_letters++;
        text_copy(seat->reason, sizeof(seat->reason), action->dead_letter.reason);
        break;
    case OWNER_CONFIRMED:
        assert_int_equal(seat_state(seat), OWNER_OWNING);
        seat->confirmed++;
        break;
    }
}

static void act(struct seat *seat)
{
    const struct owner_action *action;

    while ((action = owner_core_next(seat->core)) != NULL)
        carry_out(seat, action);
}

static struct record record_at(struct log *log, size_t offset)
{
    struct log_record *stored = &log->records[offset];
    struct record record = {.topic = "leat.test", .offset = (int64_t)offset};

    record.value = buf_slice(&stored->value);
    envelope_to_headers(&stored->envelope, &record);
    return record;
}

static bool read_fleet(struct seat *seat)
{
    struct log *log = &seat->partition->fleet;

    if (!seat->reads_fleet)
        return false;
    if (seat->fleet_next < log->count) {
        const struct record record = record_at(log, seat->fleet_next++);
        owner_core_fleet_record(seat->core, &record, &seat->partition->time);
        return true;
    }
    if (seat->at_end_said)
        return false;
    seat->at_end_said = true;
    owner_core_fleet_at_end(seat->core, &seat->partition->time);
    return true;
}

static bool read_input(struct seat *seat, enum input_topic topic)
{
    struct log *log = &seat->partition->inputs[topic];

    if (!seat->reads_inputs || seat->paused || seat->input_next[topic] >= log->count)
        return false;
    const struct record record = record_at(log, seat->input_next[topic]++);
    owner_core_input(seat->core, topic, &record, &seat->partition->time);
    return true;
}

static bool step(struct seat *seat)
{
    if (owner_core_deadline_ms(seat->core) <= seat->partition->time.now_ms) {
        owner_core_time(seat->core, &seat->partition->time);
        return true;
    }
    return read_input(seat, INPUT_REQUESTS) || read_input(seat, INPUT_EVENTS) || read_fleet(seat);
}

void seat_run(struct seat *seat)
{
    act(seat);
    for (size_t steps = 0; step(seat); steps++) {
        assert_true(steps < 10 * LOG_MAX);
        act(seat);
    }
}

void seat_land_held(struct seat *seat)
{
    for (size_t i = 0; i < seat->held.count; i++)
        partition_append(&seat->partition->fleet, seat->held.records[i].envelope.type,
                         &seat->held.records[i].value);
    empty(&seat->held);
}

void seat_wait(struct seat *seat)
{
    int64_t due = owner_core_deadline_ms(seat->core);

    assert_true(due != INT64_MAX);
    if (due > seat->partition->time.now_ms)
        partition_pass(seat->partition, due - seat->partition->time.now_ms);
    seat_run(seat);
}
