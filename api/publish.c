#include "api/publish.h"

#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "fleet/placement.h"
#include "pki/pki.h"

#include <stdio.h>
#include <stdlib.h>

struct publisher {
    struct bus *bus;
    int32_t partitions;
    char source[128];
    char run[17]; /* random: tells this start of the API from others in event ids */
    uint64_t count;
    struct metric *appended, *failed;
};

struct publish_group {
    struct publisher *publisher;
    publish_fn *done;
    void *arg;
    size_t waiting; /* appends, and the seal */
    size_t taken, refused, unknown;
    struct error err; /* the first */
};

struct publisher *publisher_new(struct bus *bus, const char *instance, int32_t partitions,
                                struct metrics *metrics)
{
    struct publisher *publisher = xcalloc(1, sizeof(*publisher));
    uint8_t random[8];

    publisher->bus = bus;
    publisher->partitions = partitions;
    snprintf(publisher->source, sizeof(publisher->source), "/leat/api/%s", instance);
    pki_random(random, sizeof(random));
    text_hex_encode(publisher->run, random, sizeof(random));
    publisher->appended = metrics_get(metrics, METRIC_COUNTER, "leat_api_appends_total", NULL,
                                      "Records that the log has acknowledged.");
    publisher->failed = metrics_get(metrics, METRIC_COUNTER, "leat_api_append_failures_total", NULL,
                                    "Records that the log refused or did not answer for in time.");
    return publisher;
}

void publisher_free(struct publisher *publisher)
{
    free(publisher);
}

int32_t publisher_partition(const struct publisher *publisher)
{
    return placement_partition(ORGANISATION, publisher->partitions);
}

/* --- one record --- */

static void make_envelope(struct publisher *publisher, const struct publish_event *event,
                          struct envelope *ret)
{
    *ret = (struct envelope){.id = ""};
    snprintf(ret->id, sizeof(ret->id), "%s-%llu", publisher->run,
             (unsigned long long)++publisher->count);
    text_copy(ret->source, sizeof(ret->source), publisher->source);
    text_copy(ret->type, sizeof(ret->type), event->type);
    clock_format_wall(clock_wall_ms(), ret->time);
    if (event->traceparent != NULL)
        text_copy(ret->traceparent, sizeof(ret->traceparent), event->traceparent);
}

static int append(struct publisher *publisher, const struct publish_event *event,
                  bus_appended_fn *done, void *arg, struct error *err)
{
    char topic[64];
    struct envelope envelope;
    struct record record = {.topic = topic,
                            .partition = publisher_partition(publisher),
                            .key = slice_text(event->project),
                            .value = event->value};

    snprintf(topic, sizeof(topic), "%s.%s", event->topic, arch_name(event->arch));
    if (event->envelope != NULL)
        envelope = *event->envelope;
    else
        make_envelope(publisher, event, &envelope);
    envelope_to_headers(&envelope, &record);
    return bus_append(publisher->bus, &record, done, arg, err);
}

/* --- a group --- */

struct publish_group *publish_start(struct publisher *publisher, publish_fn *done, void *arg)
{
    struct publish_group *group = xcalloc(1, sizeof(*group));

    group->publisher = publisher;
    group->done = done;
    group->arg = arg;
    group->waiting = 1;
    return group;
}

static enum publish_result result_of(const struct publish_group *group)
{
    if (group->refused == 0 && group->unknown == 0)
        return PUBLISH_DONE;
    return group->taken == 0 && group->unknown == 0 ? PUBLISH_REFUSED : PUBLISH_UNKNOWN;
}

static void settle(struct publish_group *group)
{
    if (--group->waiting > 0)
        return;
    enum publish_result result = result_of(group);
    group->done(group->arg, result, result != PUBLISH_DONE ? &group->err : NULL);
    free(group);
}

static void note_failure(struct publish_group *group, const struct error *err)
{
    log_warn("append: %s", err->message);
    metric_add(group->publisher->failed, 1);
    if (group->err.code == ERROR_NONE)
        group->err = *err;
    if (err->code == ERROR_TIMEOUT)
        group->unknown++;
    else
        group->refused++;
}

static void appended(void *arg, int64_t offset, const struct error *err)
{
    struct publish_group *group = arg;

    if (err != NULL) {
        note_failure(group, err);
    } else {
        metric_add(group->publisher->appended, 1);
        group->taken++;
    }
    settle(group);
}

void publish_add(struct publish_group *group, const struct publish_event *event)
{
    struct error err = ERROR_INIT;

    group->waiting++;
    if (append(group->publisher, event, appended, group, &err) == 0)
        return;
    note_failure(group, &err);
    settle(group);
}

void publish_seal(struct publish_group *group)
{
    settle(group);
}
