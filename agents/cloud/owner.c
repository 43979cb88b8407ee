#include "cloud/owner.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "cloud/dead_letter.h"
#include "cloud/draws.h"
#include "cloud/input.h"
#include "fleet/placement.h"
#include "fleet/record.h"

#include <stdio.h>
#include <stdlib.h>

#define RESTART_MIN_MS 100
#define RESTART_MAX_MS 10000

struct owner {
    struct owner_options options;
    enum owner_state state;
    struct chain chain;
    struct fleet *decided, *confirmed;
    struct liveness *liveness; /* while OWNING */
    struct planner_ids ids;
    uint64_t next[INPUT_TOPICS]; /* offset after the last input record that was decided on */
    struct bus_reader *fleet_reader, *request_reader, *event_reader;
    struct timer *tick, *restart;
    int64_t restart_ms;
    uint64_t epoch, decided_seq;
    bool appended_take_over;
    size_t appends; /* that wait for their answer; the owner's memory outlives them */
    bool freed;
    struct owner_counts counts;
    char fleet_topic[32], request_topic[32], event_topic[32];
};

static void start(void *arg);

/* --- ending an epoch --- */

static void close_reader(struct bus_reader **reader)
{
    if (*reader != NULL)
        bus_reader_close(*reader);
    *reader = NULL;
}

static void forget(struct owner *owner)
{
    close_reader(&owner->fleet_reader);
    close_reader(&owner->request_reader);
    close_reader(&owner->event_reader);
    timer_clear(owner->tick);
    fleet_free(owner->decided);
    fleet_free(owner->confirmed);
    liveness_free(owner->liveness);
    owner->decided = owner->confirmed = NULL;
    owner->liveness = NULL;
    owner->chain = (struct chain){0};
    owner->appended_take_over = false;
}

static void start_over(struct owner *owner, const char *why)
{
    log_warn("%s/%d: %s; loading it again in %lld ms", owner->fleet_topic,
             owner->options.partition, why, (long long)owner->restart_ms);
    forget(owner);
    owner->state = OWNER_LOADING;
    timer_set(owner->restart, owner->restart_ms);
    owner->restart_ms *= 2;
    if (owner->restart_ms > RESTART_MAX_MS)
        owner->restart_ms = RESTART_MAX_MS;
}

static void break_partition(struct owner *owner, int64_t offset, const struct error *err)
{
    log_error("%s/%d stops: the record at offset %lld cannot be understood: %s. Nothing is decided "
              "for its projects until that is repaired; see docs/troubleshooting.md",
              owner->fleet_topic, owner->options.partition, (long long)offset, err->message);
    forget(owner);
    owner->state = OWNER_BROKEN;
}

/* --- writing --- */


static void fill_record(struct owner *owner, struct record *record, struct envelope *envelope,
                        const char *type)
{
    *envelope = (struct envelope){0};
    snprintf(envelope->id, sizeof(envelope->id), "%.40s-%llu-%llu", owner->options.instance,
             (unsigned long long)owner->epoch, (unsigned long long)owner->decided_seq);
    snprintf(envelope->source, sizeof(envelope->source), "/leat/cloud-agent/%s",
             owner->options.instance);
    text_copy(envelope->type, sizeof(envelope->type), type);
    clock_format_wall(clock_wall_ms(), envelope->time);
    record->topic = owner->fleet_topic;
    record->partition = owner->options.partition;
    envelope_to_headers(envelope, record);
}

static void append_ended(void *arg, int64_t offset, const struct error *err)
{
    struct owner *owner = arg;
    owner->appends--;
    if (owner->freed) {
        if (owner->appends == 0)
            free(owner);
        return;
    }
    if (err != NULL && (owner->state == OWNER_OWNING || owner->state == OWNER_TAKING))
        start_over(owner, err->message);
}

static void append(struct owner *owner, const char *type, const char *key, struct buf *value)
{
    struct record record = {.key = slice_text(key), .value = buf_slice(value)};
    struct envelope envelope;
    struct error err;

    fill_record(owner, &record, &envelope, type);
    if (value->overflow)
        error_set(&err, ERROR_INTERNAL, "a decision breaks its schema");
    else if (bus_append(owner->options.bus, &record, append_ended, owner, &err) == 0) {
        owner->appends++;
        return;
    }
    start_over(owner, err.message);
}

static const char *key_of(const struct fleet_change *change)
{
    if (change->builders_count > 0)
        return change->builders[0].project;
    return change->machines_count > 0 ? change->machines[0].project : change->volumes[0].project;
}

static void log_change(const struct owner *owner, const struct fleet_change *change)
{
    for (size_t i = 0; i < change->machines_count; i++)
        log_info("machine %s of %s: %s (%s)", change->machines[i].machine,
                 change->machines[i].project, machine_state_name(change->machines[i].state),
                 change->machines[i].reason);
    for (size_t i = 0; i < change->builders_count; i++)
        log_info("build %s/%s of %s: %s (%s)", change->builders[i].build,
                 arch_name(owner->options.arch), change->builders[i].project,
                 builder_state_name(change->builders[i].state), change->builders[i].reason);
}

/* Seals the change with epoch, seq and positions, and appends it. */
static void seal(struct owner *owner, struct fleet_change *change)
{
    struct buf value = BUF_INIT(RECORD_VALUE_MAX);
    struct error err;

    change->epoch = owner->epoch;
    change->seq = ++owner->decided_seq;
    change->request_position = owner->next[INPUT_REQUESTS];
    change->event_position = owner->next[INPUT_EVENTS];
    if (fleet_apply(owner->decided, change, &err) < 0) {
        log_error("defect: a decision is not allowed: %s", err.message);
        abort();
    }
    owner->counts.decisions++;
    log_change(owner, change);
    liveness_follow(owner->liveness, change, loop_now_ms(owner->options.loop));
    fleet_change_encode(change, &value);
    append(owner, TYPE_FLEET_CHANGE, key_of(change), &value);
    buf_free(&value);
}

/* Decides on the event until nothing is left to be done about it. -1: the event is refused. */
static int decide(struct owner *owner, const struct planner_event *event, struct error *err)
{
    bool more = true;

    while (more && owner->state == OWNER_OWNING) {
        struct fleet_change change;
        draws_refill(&owner->ids, owner->options.launch_secret);
        const struct planner_input input = {.fleet = owner->decided,
                                            .liveness = owner->liveness,
                                            .settings = &owner->options.settings,
                                            .ids = &owner->ids,
                                            .now_ms = loop_now_ms(owner->options.loop),
                                            .wall_ms = clock_wall_ms()};
        if (planner_decide(&input, event, &change, &more, err) < 0)
            return -1;
        if (planner_changes(&change))
            seal(owner, &change);
        fleet_change_clear(&change);
    }
    return 0;
}

/* --- time --- */

static void arm_tick(struct owner *owner)
{
    if (owner->state != OWNER_OWNING)
        return;
    int64_t due = liveness_next_ms(owner->liveness), now = loop_now_ms(owner->options.loop);
    if (due == INT64_MAX)
        timer_clear(owner->tick);
    else
        timer_set(owner->tick, due > now ? due - now : 0);
}

static void tick(void *arg)
{
    struct owner *owner = arg;
    struct planner_event event = {.type = PLANNER_TIME};

    liveness_check_silence(owner->liveness, owner->decided, loop_now_ms(owner->options.loop));
    decide(owner, &event, NULL);
    arm_tick(owner);
}

/* --- inputs --- */

static void refuse_record(struct owner *owner, const struct record *record, const char *type,
                          const struct error *err)
{
    owner->counts.dead_letters++;
    dead_letter_append(owner->options.bus, owner->options.instance, record, type, err->message);
}

/* An organisation's records all go to one partition, or its fleet would be decided on twice. */
static int check_placement(const struct owner *owner, const struct input *input, struct error *err)
{
    if (input->type != PLANNER_REQUESTED ||
        placement_partition(input->requested.organisation, owner->options.partitions) ==
            owner->options.partition)
        return 0;
    return error_set(err, ERROR_INVALID, "organisation %s does not belong to this partition",
                     input->requested.organisation);
}

static void note_liveness(struct owner *owner, const struct input *input)
{
    int64_t now = loop_now_ms(owner->options.loop);

    if (input->type == PLANNER_ALIVE)
        liveness_batch(owner->liveness, &input->alive, now);
    else if (input->type == PLANNER_LOAD)
        liveness_load(owner->liveness, &input->load, now);
}

static void take_input(struct owner *owner, enum input_topic topic, const struct record *record)
{
    struct input input;
    struct error err;
    char type[64];

    owner->next[topic] = (uint64_t)record->offset + 1;
    int result = input_decode(&input, topic, record, &err);
    text_copy(type, sizeof(type), input.envelope.type);
    if (result == 0) {
        struct planner_event event = input_event(&input);
        result = check_placement(owner, &input, &err);
        if (result == 0)
            result = decide(owner, &event, &err);
        if (result == 0 && owner->state == OWNER_OWNING)
            note_liveness(owner, &input);
        input_clear(&input);
    }
    if (result < 0)
        refuse_record(owner, record, type, &err);
    arm_tick(owner);
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

static void input_failed(void *arg, const struct error *err)
{
    struct owner *owner = arg;
    start_over(owner, err->message);
}

/* --- becoming the owner --- */

static void begin_owning(struct owner *owner)
{
    static const struct bus_reader_callbacks requests = {
        .record = request_came, .at_end = input_at_end, .failed = input_failed};
    static const struct bus_reader_callbacks events = {
        .record = event_came, .at_end = input_at_end, .failed = input_failed};
    const struct planner_event taken_over = {.type = PLANNER_TAKEN_OVER};
    struct error err = ERROR_INIT;

    owner->state = OWNER_OWNING;
    owner->restart_ms = RESTART_MIN_MS;
    owner->decided_seq = 0;
    owner->counts.take_overs++;
    owner->next[INPUT_REQUESTS] = fleet_request_position(owner->decided);
    owner->next[INPUT_EVENTS] = fleet_event_position(owner->decided);
    owner->liveness = liveness_new(&owner->options.settings.times, owner->decided,
                                   loop_now_ms(owner->options.loop), clock_wall_ms());
    log_info("owner of %s/%d, epoch %llu", owner->fleet_topic, owner->options.partition,
             (unsigned long long)owner->epoch);
    owner->request_reader =
        bus_read(owner->options.bus, owner->request_topic, owner->options.partition,
                 (int64_t)owner->next[INPUT_REQUESTS], &requests, owner, &err);
    owner->event_reader =
        bus_read(owner->options.bus, owner->event_topic, owner->options.partition,
                 (int64_t)owner->next[INPUT_EVENTS], &events, owner, &err);
    if (owner->request_reader == NULL || owner->event_reader == NULL) {
        start_over(owner, err.message);
        return;
    }
    if (decide(owner, &taken_over, &err) < 0)
        log_warn("%s", err.message);
    arm_tick(owner);
    owner->options.confirmed(owner->options.arg);
}

static void append_take_over(struct owner *owner)
{
    struct took_over message = {.epoch = owner->chain.epoch + 1,
                                .at_ms = (uint64_t)clock_wall_ms()};
    struct buf value = BUF_INIT(RECORD_VALUE_MAX);

    text_copy(message.owner, sizeof(message.owner), owner->options.instance);
    owner->epoch = message.epoch;
    owner->state = OWNER_TAKING;
    owner->appended_take_over = true;
    took_over_encode(&message, &value);
    append(owner, TYPE_TOOK_OVER, "", &value);
    buf_free(&value);
}

static void take_take_over(struct owner *owner, const struct took_over *message, bool counts)
{
    bool own = text_equal(message->owner, owner->options.instance);

    if (!counts && own && owner->state == OWNER_TAKING)
        start_over(owner, "somebody else took over first");
    else if (counts && own && owner->state == OWNER_TAKING)
        begin_owning(owner);
    else if (counts && owner->state != OWNER_LOADING)
        start_over(owner, "somebody else took over");
}

static int take_change(struct owner *owner, const struct fleet_change *change, struct error *err)
{
    if (fleet_apply(owner->confirmed, change, err) < 0)
        return -1;
    if (owner->state != OWNER_OWNING)
        return fleet_apply(owner->decided, change, err);
    owner->options.confirmed(owner->options.arg);
    return 0;
}

static void fleet_came(void *arg, const struct record *record)
{
    struct owner *owner = arg;
    struct fleet_record fleet;
    struct error err;
    int result = fleet_record_decode(&fleet, record, &err);

    if (result == 0) {
        bool counts = fleet_record_counts(&owner->chain, &fleet);
        owner->counts.void_records += !counts;
        if (fleet.type == FLEET_RECORD_TOOK_OVER)
            take_take_over(owner, &fleet.took_over, counts);
        else if (fleet.type == FLEET_RECORD_CHANGE && counts)
            result = take_change(owner, &fleet.change, &err);
        fleet_record_clear(&fleet);
    }
    if (result < 0)
        break_partition(owner, record->offset, &err);
}

static void fleet_at_end(void *arg, int64_t next)
{
    struct owner *owner = arg;
    if (owner->state == OWNER_LOADING && !owner->appended_take_over)
        append_take_over(owner);
}

static void start(void *arg)
{
    static const struct bus_reader_callbacks callbacks = {
        .record = fleet_came, .at_end = fleet_at_end, .failed = input_failed};
    struct owner *owner = arg;
    struct error err;

    owner->state = OWNER_LOADING;
    owner->decided = fleet_new(owner->options.arch);
    owner->confirmed = fleet_new(owner->options.arch);
    owner->fleet_reader = bus_read(owner->options.bus, owner->fleet_topic,
                                   owner->options.partition, BUS_START, &callbacks, owner, &err);
    if (owner->fleet_reader == NULL)
        start_over(owner, err.message);
}

struct owner *owner_new(const struct owner_options *options)
{
    struct owner *owner = xcalloc(1, sizeof(*owner));
    const char *arch = arch_name(options->arch);

    owner->options = *options;
    owner->restart_ms = RESTART_MIN_MS;
    owner->tick = timer_new(options->loop, tick, owner);
    owner->restart = timer_new(options->loop, start, owner);
    snprintf(owner->fleet_topic, sizeof(owner->fleet_topic), "fleet.%s", arch);
    snprintf(owner->request_topic, sizeof(owner->request_topic), "builder-requests.%s", arch);
    snprintf(owner->event_topic, sizeof(owner->event_topic), "machine-events.%s", arch);
    timer_set(owner->restart, 0);
    return owner;
}

void owner_free(struct owner *owner)
{
    if (owner == NULL)
        return;
    forget(owner);
    timer_free(owner->tick);
    timer_free(owner->restart);
    owner->freed = true;
    if (owner->appends == 0)
        free(owner);
}

enum owner_state owner_state(const struct owner *owner)
{
    return owner->state;
}

enum arch owner_arch(const struct owner *owner)
{
    return owner->options.arch;
}

int32_t owner_partition(const struct owner *owner)
{
    return owner->options.partition;
}

const struct fleet *owner_confirmed(const struct owner *owner)
{
    return owner->confirmed;
}

void owner_provider_says(struct owner *owner, enum planner_event_type type, const char *machine,
                         const char *reason, int64_t postpone_ms)
{
    const struct planner_event event = {
        .type = type, .machine = machine, .reason = reason, .postpone_ms = postpone_ms};

    if (owner->state != OWNER_OWNING)
        return;
    if (type == PLANNER_LAUNCH_DELAYED && postpone_ms > 0)
        liveness_postpone(owner->liveness, machine, loop_now_ms(owner->options.loop), postpone_ms);
    decide(owner, &event, NULL);
    arm_tick(owner);
}

struct owner_counts owner_counts(const struct owner *owner)
{
    return owner->counts;
}
