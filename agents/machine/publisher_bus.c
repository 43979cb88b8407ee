/* Events to the log directly, into the partition of the machine's organisation. */
#include "machine/publisher.h"

#include "base/memory.h"
#include "bus/bus.h"
#include "fleet/placement.h"

#include <stdio.h>
#include <stdlib.h>

struct bus_transport {
    struct bus *bus;
    publisher_sent_fn *done;
    void *arg;
    const struct envelope *envelope; /* of the event under way; the publisher keeps it */
    struct slice value;
    int32_t partition; /* -1 until the topic was asked */
    const struct machine_config *config;
    char topic[64];
};

static void appended(void *arg, int64_t offset, const struct error *err)
{
    struct bus_transport *transport = arg;
    transport->done(transport->arg, err);
}

static void append(struct bus_transport *transport)
{
    struct record record = {
        .topic = transport->topic, .partition = transport->partition,
        .key = slice_text(transport->config->project), .value = transport->value};
    struct error err;

    envelope_to_headers(transport->envelope, &record);
    if (bus_append(transport->bus, &record, appended, transport, &err) < 0)
        transport->done(transport->arg, &err);
}

static void counted(void *arg, int32_t partitions, const struct error *err)
{
    struct bus_transport *transport = arg;
    if (err != NULL) {
        transport->done(transport->arg, err);
        return;
    }
    transport->partition = placement_partition(transport->config->organisation, partitions);
    append(transport);
}

static void send_event(void *state, const struct envelope *envelope, struct slice value,
                       publisher_sent_fn *done, void *arg)
{
    struct bus_transport *transport = state;
    transport->envelope = envelope;
    transport->value = value;
    transport->done = done;
    transport->arg = arg;
    if (transport->partition >= 0)
        append(transport);
    else
        bus_count_partitions(transport->bus, transport->topic, counted, transport);
}

static void ignore_sent(void *arg, const struct error *err)
{
}

static void bus_transport_free(void *state)
{
    struct bus_transport *transport = state;
    if (transport == NULL)
        return;
    transport->done = ignore_sent;
    bus_close(transport->bus);
    free(transport);
}

struct publisher_transport publisher_to_bus(struct loop *loop, const struct machine_config *config,
                                            void (*fatal)(void *arg, const struct error *err),
                                            void *arg, struct error *err)
{
    struct publisher_transport result = {.send = send_event, .free = bus_transport_free};
    struct bus_options options;

    bus_options_from_config(&options, &config->bus, config->id);
    struct bus *bus = bus_open(loop, &options, fatal, arg, err);
    if (bus == NULL)
        return result;
    struct bus_transport *transport = xcalloc(1, sizeof(*transport));
    transport->bus = bus;
    transport->config = config;
    transport->partition = -1;
    snprintf(transport->topic, sizeof(transport->topic), "machine-events.%s",
             arch_name(machine_config_arch(config)));
    result.state = transport;
    return result;
}
