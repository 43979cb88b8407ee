#include "cloud/owner.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "cloud/dead_letter.h"
#include "cloud/draws.h"

#include <stdio.h>
#include <stdlib.h>

struct owner {
    struct owner_options options;
    struct owner_core *core;
    struct bus_reader *fleet_reader, *input_readers[INPUT_TOPICS];
    struct timer *deadline;
    size_t appends; /* that wait for their answer; the owner's memory outlives them */
    bool freed;
    char fleet_topic[32], input_topics[INPUT_TOPICS][32];
};

struct pending_append {
    struct owner *owner;
    uint64_t attempt;
};

static void act(struct owner *owner, const struct record *record);

static struct owner_time time_now(const struct owner *owner)
{
    return (struct owner_time){.now_ms = loop_now_ms(owner->options.loop),
                               .wall_ms = clock_wall_ms()};
}

static void fail(struct owner *owner, const struct error *err)
{
    const struct owner_time time = time_now(owner);
    owner_core_read_failed(owner->core, err->message, &time);
}

/* --- reading --- */

static void fleet_came(void *arg, const struct record *record)
{
    struct owner *owner = arg;
    const struct owner_time time = time_now(owner);

    owner_core_fleet_record(owner->core, record, &time);
    act(owner, record);
}

static void fleet_at_end(void *arg, int64_t next)
{
    struct owner *owner = arg;
    const struct owner_time time = time_now(owner);

    owner_core_fleet_at_end(owner->core, &time);
    act(owner, NULL);
}

static void take_input(struct owner *owner, enum input_topic topic, const struct record *record)
{
    const struct owner_time time = time_now(owner);

    owner_core_input(owner->core, topic, record, &time);
    act(owner, record);
}

static void request_came(void *arg, const struct record *record)
{
    take_input(arg, INPUT_REQUESTS, record);
}

static void event_came(void *arg, const struct record *record)
{
    take_input(arg, INPUT_EVENTS, record);
}

static void input_at_end(void *arg, int64_t next)
{
}

static void reading_failed(void *arg, const struct error *err)
{
    struct owner *owner = arg;

    fail(owner, err);
    act(owner, NULL);
}

static void read_fleet(struct owner *owner)
{
    static const struct bus_reader_callbacks callbacks = {
        .record = fleet_came, .at_end = fleet_at_end, .failed = reading_failed};
    struct error err;

    owner->fleet_reader = bus_read(owner->options.bus, owner->fleet_topic, owner->options.partition,
                                   BUS_START, &callbacks, owner, &err);
    if (owner->fleet_reader == NULL)
        fail(owner, &err);
}

static void read_inputs(struct owner *owner, const uint64_t positions[static INPUT_TOPICS])
{
    static const struct bus_reader_callbacks callbacks[INPUT_TOPICS] = {
        [INPUT_REQUESTS] = {.record = request_came,
                            .at_end = input_at_end,
                            .failed = reading_failed},
        [INPUT_EVENTS] = {.record = event_came, .at_end = input_at_end, .failed = reading_failed},
    };
    struct error err;

    for (size_t i = 0; i < INPUT_TOPICS; i++) {
        owner->input_readers[i] =
            bus_read(owner->options.bus, owner->input_topics[i], owner->options.partition,
                     (int64_t)positions[i], &callbacks[i], owner, &err);
        if (owner->input_readers[i] == NULL) {
            fail(owner, &err);
            return;
        }
    }
}

static void pause_inputs(struct owner *owner, bool paused)
{
    for (size_t i = 0; i < INPUT_TOPICS; i++)
        bus_reader_pause(owner->input_readers[i], paused);
}

static void close_reader(struct bus_reader **reader)
{
    if (*reader != NULL)
        bus_reader_close(*reader);
    *reader = NULL;
}

static void close_readers(struct owner *owner)
{
    close_reader(&owner->fleet_reader);
    for (size_t i = 0; i < INPUT_TOPICS; i++)
        close_reader(&owner->input_readers[i]);
}

/* --- writing --- */

static void owner_unref(struct owner *owner)
{
    if (owner->freed && owner->appends == 0)
        free(owner);
}

static void append_ended(void *arg, int64_t offset, const struct error *err)
{
    struct pending_append *pending = arg;
    struct owner *owner = pending->owner;

    owner->appends--;
    if (err != NULL && !owner->freed) {
        const struct owner_time time = time_now(owner);
        owner_core_append_failed(owner->core, pending->attempt, err->message, &time);
        act(owner, NULL);
    }
    free(pending);
    owner_unref(owner);
}

static void append(struct owner *owner, const struct owner_action *action)
{
    struct record record = {.topic = owner->fleet_topic,
                            .partition = owner->options.partition,
                            .key = slice_text(action->append.key),
                            .value = buf_slice(&action->append.value)};
    struct pending_append *pending = xcalloc(1, sizeof(*pending));
    struct envelope envelope = {0};
    struct error err;

    *pending = (struct pending_append){.owner = owner, .attempt = action->append.attempt};
    text_copy(envelope.id, sizeof(envelope.id), action->append.id);
    text_copy(envelope.type, sizeof(envelope.type), action->append.record_type);
    snprintf(envelope.source, sizeof(envelope.source), "/leat/cloud-agent/%s",
             owner->options.instance);
    clock_format_wall(clock_wall_ms(), envelope.time);
    envelope_to_headers(&envelope, &record);
    if (bus_append(owner->options.bus, &record, append_ended, pending, &err) == 0) {
        owner->appends++;
        return;
    }
    free(pending);
    const struct owner_time time = time_now(owner);
    owner_core_append_failed(owner->core, action->append.attempt, err.message, &time);
}

/* --- carrying out --- */

/* `record`: the one that was just given to the core, if any. */
static void carry_out(struct owner *owner, const struct owner_action *action,
                      const struct record *record)
{
    switch (action->type) {
    case OWNER_READ_FLEET:
        read_fleet(owner);
        break;
    case OWNER_READ_INPUTS:
        read_inputs(owner, action->positions);
        break;
    case OWNER_PAUSE_INPUTS:
        pause_inputs(owner, true);
        break;
    case OWNER_RESUME_INPUTS:
        pause_inputs(owner, false);
        break;
    case OWNER_CLOSE_READERS:
        close_readers(owner);
        break;
    case OWNER_APPEND:
        append(owner, action);
        break;
    case OWNER_DEAD_LETTER:
        dead_letter_append(owner->options.bus, owner->options.instance, record,
                           action->dead_letter.record_type, action->dead_letter.reason);
        break;
    case OWNER_CONFIRMED:
        owner->options.confirmed(owner->options.arg);
        break;
    }
}

static void arm(struct owner *owner)
{
    int64_t due = owner_core_deadline_ms(owner->core), now = loop_now_ms(owner->options.loop);

    if (due == INT64_MAX)
        timer_clear(owner->deadline);
    else
        timer_set(owner->deadline, due > now ? due - now : 0);
}

static void act(struct owner *owner, const struct record *record)
{
    const struct owner_action *action;

    while ((action = owner_core_next(owner->core)) != NULL)
        carry_out(owner, action, record);
    arm(owner);
}

static void deadline_came(void *arg)
{
    struct owner *owner = arg;
    const struct owner_time time = time_now(owner);

    owner_core_time(owner->core, &time);
    act(owner, NULL);
}

void owner_provider_says(struct owner *owner, const struct planner_event *event)
{
    const struct owner_time time = time_now(owner);

    owner_core_provider_says(owner->core, event, &time);
    act(owner, NULL);
}

/* --- beginning and end --- */

static void draw(void *arg, struct planner_ids *ids)
{
    const struct owner *owner = arg;
    draws_refill(ids, owner->options.launch_secret);
}

struct owner *owner_new(const struct owner_options *options)
{
    struct owner *owner = xcalloc(1, sizeof(*owner));
    const char *arch = arch_name(options->arch);
    const struct owner_core_options core = {.arch = options->arch,
                                            .partition = options->partition,
                                            .partitions = options->partitions,
                                            .instance = options->instance,
                                            .settings = options->settings,
                                            .draw = draw,
                                            .draw_arg = owner};

    owner->options = *options;
    owner->core = owner_core_new(&core);
    owner->deadline = timer_new(options->loop, deadline_came, owner);
    snprintf(owner->fleet_topic, sizeof(owner->fleet_topic), "fleet.%s", arch);
    for (size_t i = 0; i < INPUT_TOPICS; i++)
        snprintf(owner->input_topics[i], sizeof(owner->input_topics[i]), "%s.%s",
                 input_topic_names[i], arch);
    arm(owner);
    return owner;
}

void owner_free(struct owner *owner)
{
    if (owner == NULL)
        return;
    close_readers(owner);
    timer_free(owner->deadline);
    owner_core_free(owner->core);
    owner->core = NULL;
    owner->freed = true;
    owner_unref(owner);
}

enum arch owner_arch(const struct owner *owner)
{
    return owner->options.arch;
}

int32_t owner_partition(const struct owner *owner)
{
    return owner->options.partition;
}

const struct owner_core *owner_core(const struct owner *owner)
{
    return owner->core;
}
