/* Questions to the log that are answered later: topics, partition counts, ends. */
#include "bus/backend.h"

#include "base/memory.h"

#include <stdlib.h>

static void free_request(struct bus_request *request)
{
    for (size_t i = 0; i < request->topic_count; i++) {
        char *name = (char *)(uintptr_t)request->topics[i].name; /* our own copy */
        free(name);
    }
    free(request->topics);
    free(request);
}

static struct bus_request *new_request(struct bus *bus, enum bus_request_kind kind, size_t topics,
                                       void *arg)
{
    struct bus_request *request = xcalloc(1, sizeof(*request));
    request->kind = kind;
    request->arg = arg;
    request->topics = xcalloc(topics > 0 ? topics : 1, sizeof(*request->topics));
    TAILQ_INSERT_TAIL(&bus->requests, request, link);
    return request;
}

static int add_topic(struct bus *bus, struct bus_request *request, const struct bus_topic *topic)
{
    char name[BUS_NAME_SIZE];
    if (bus_name(bus, topic->name, name, &request->error) < 0)
        return -1;
    request->topics[request->topic_count] = *topic;
    request->topics[request->topic_count++].name = xstrdup(name);
    return 0;
}

static void ask(struct bus *bus, struct bus_request *request)
{
    if (bus->failed && request->error.code == ERROR_NONE)
        error_set(&request->error, ERROR_IO, "the log has failed");
    bus->ops->ask(bus, request);
}

void bus_ensure_topics(struct bus *bus, const struct bus_topic *topics, size_t count, bool create,
                       bus_done_fn *done, void *arg)
{
    struct bus_request *request = new_request(bus, BUS_REQUEST_ENSURE_TOPICS, count, arg);
    request->call.done = done;
    request->create = create;
    for (size_t i = 0; i < count; i++) {
        if (add_topic(bus, request, &topics[i]) < 0)
            break;
        if (topics[i].partitions < 1 || topics[i].partitions > BUS_PARTITIONS_MAX) {
            error_set(&request->error, ERROR_INVALID, "topic %s cannot have %d partitions",
                      request->topics[i].name, topics[i].partitions);
            break;
        }
    }
    ask(bus, request);
}

void bus_count_partitions(struct bus *bus, const char *topic, bus_partitions_fn *done, void *arg)
{
    struct bus_request *request = new_request(bus, BUS_REQUEST_COUNT_PARTITIONS, 1, arg);
    request->call.partitions = done;
    add_topic(bus, request, &(struct bus_topic){.name = topic});
    ask(bus, request);
}

void bus_end(struct bus *bus, const char *topic, int32_t partition, bus_end_fn *done, void *arg)
{
    struct bus_request *request = new_request(bus, BUS_REQUEST_END, 1, arg);
    request->call.end = done;
    add_topic(bus, request, &(struct bus_topic){.name = topic, .partitions = partition});
    if (partition < 0)
        error_set(&request->error, ERROR_INVALID, "there is no partition %d", partition);
    ask(bus, request);
}

void bus_request_finish(struct bus *bus, struct bus_request *request)
{
    TAILQ_REMOVE(&bus->requests, request, link);
    const struct error *err = request->error.code != ERROR_NONE ? &request->error : NULL;
    switch (request->kind) {
    case BUS_REQUEST_ENSURE_TOPICS:
        request->call.done(request->arg, err);
        break;
    case BUS_REQUEST_COUNT_PARTITIONS:
        request->call.partitions(request->arg, err == NULL ? (int32_t)request->value : 0, err);
        break;
    case BUS_REQUEST_END:
        request->call.end(request->arg, err == NULL ? request->value : -1, err);
        break;
    }
    free_request(request);
}

void bus_request_fail_all(struct bus *bus, enum error_code code, const char *message)
{
    struct bus_request *request;
    while ((request = TAILQ_FIRST(&bus->requests)) != NULL) {
        error_set(&request->error, code, "%s", message);
        bus_request_finish(bus, request);
    }
}
