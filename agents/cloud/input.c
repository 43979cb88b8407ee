#include "cloud/input.h"

#include "base/memory.h"
#include "base/text.h"

#include <string.h>

const char *const input_topic_names[INPUT_TOPICS] = {
    [INPUT_REQUESTS] = "builder-requests",
    [INPUT_EVENTS] = "machine-events",
};

/* The generated functions, with one signature. */
#define DEFINE_CODEC(name)                                                                         \
    static int decode_##name(void *ret, struct slice bytes, struct error *err)                     \
    {                                                                                              \
        return name##_decode(ret, bytes, err);                                                     \
    }                                                                                              \
    static void clear_##name(void *message)                                                        \
    {                                                                                              \
        name##_clear(message);                                                                     \
    }
DEFINE_CODEC(builder_requested)
DEFINE_CODEC(builder_released)
DEFINE_CODEC(builds_alive)
DEFINE_CODEC(machine_registered)
DEFINE_CODEC(machine_ready)
DEFINE_CODEC(machine_load)
DEFINE_CODEC(machine_draining)
DEFINE_CODEC(machine_stopped)
DEFINE_CODEC(machine_failed)

struct input_kind {
    const char *name;
    enum input_topic topic;
    enum planner_event_type type;
    int (*decode)(void *ret, struct slice bytes, struct error *err);
    void (*clear)(void *message);
};

static const struct input_kind kinds[] = {
    {TYPE_BUILDER_REQUESTED, INPUT_REQUESTS, PLANNER_REQUESTED, decode_builder_requested,
     clear_builder_requested},
    {TYPE_BUILDER_RELEASED, INPUT_REQUESTS, PLANNER_RELEASED, decode_builder_released,
     clear_builder_released},
    {TYPE_BUILDS_ALIVE, INPUT_REQUESTS, PLANNER_ALIVE, decode_builds_alive, clear_builds_alive},
    {TYPE_MACHINE_REGISTERED, INPUT_EVENTS, PLANNER_REGISTERED, decode_machine_registered,
     clear_machine_registered},
    {TYPE_MACHINE_READY, INPUT_EVENTS, PLANNER_READY, decode_machine_ready, clear_machine_ready},
    {TYPE_MACHINE_LOAD, INPUT_EVENTS, PLANNER_LOAD, decode_machine_load, clear_machine_load},
    {TYPE_MACHINE_DRAINING, INPUT_EVENTS, PLANNER_DRAINING, decode_machine_draining,
     clear_machine_draining},
    {TYPE_MACHINE_STOPPED, INPUT_EVENTS, PLANNER_STOPPED, decode_machine_stopped,
     clear_machine_stopped},
    {TYPE_MACHINE_FAILED, INPUT_EVENTS, PLANNER_FAILED, decode_machine_failed,
     clear_machine_failed},
};

static const struct input_kind *find_kind(enum input_topic topic, const char *name)
{
    for (size_t i = 0; i < array_size(kinds); i++) {
        if (kinds[i].topic == topic && text_equal(kinds[i].name, name))
            return &kinds[i];
    }
    return NULL;
}

/* Events of machines are told apart by their numbers, which start at 1. */
static bool lacks_sequence(const struct input *input)
{
    switch (input->type) {
    case PLANNER_READY:
        return input->ready.sequence == 0;
    case PLANNER_LOAD:
        return input->load.sequence == 0;
    case PLANNER_DRAINING:
        return input->draining.sequence == 0;
    case PLANNER_STOPPED:
        return input->stopped.sequence == 0;
    case PLANNER_FAILED:
        return input->failed.sequence == 0;
    default:
        return false;
    }
}

int input_decode(struct input *ret, enum input_topic topic, const struct record *record,
                 struct error *err)
{
    const struct input_kind *kind;

    memset(ret, 0, sizeof(*ret));
    ret->type = PLANNER_TIME; /* empty */
    if (envelope_from_headers(&ret->envelope, record, err) < 0)
        return -1;
    kind = find_kind(topic, ret->envelope.type);
    if (kind == NULL)
        return error_set(err, ERROR_INVALID, "type %s does not belong on %s", ret->envelope.type,
                         input_topic_names[topic]);
    if (kind->decode(&ret->requested, record->value, err) < 0)
        return -1;
    ret->type = kind->type;
    if (!lacks_sequence(ret))
        return 0;
    input_clear(ret);
    return error_set(err, ERROR_INVALID, "a machine's event without a sequence number");
}

void input_clear(struct input *input)
{
    for (size_t i = 0; i < array_size(kinds); i++) {
        if (kinds[i].type == input->type)
            kinds[i].clear(&input->requested);
    }
    input->type = PLANNER_TIME;
}

struct planner_event input_event(const struct input *input)
{
    /* Every member of both unions starts at the same place. */
    return (struct planner_event){.type = input->type, .requested = &input->requested};
}
