#include "machine/events.h"

#include "base/clock.h"
#include "base/text.h"
#include "schemas/messages.h"

/* What every event of a machine begins with. */
#define FILL_COMMON(event, publisher, config)                                                      \
    do {                                                                                           \
        text_copy((event)->machine, sizeof((event)->machine), (config)->id);                       \
        text_copy((event)->project, sizeof((event)->project), (config)->project);                  \
        (event)->arch = machine_config_arch(config);                                               \
        (event)->sequence = publisher_next_sequence(publisher);                                    \
        (event)->at_ms = (uint64_t)clock_wall_ms();                                                \
    } while (0)

#define PUBLISH(kind, event, publisher, type)                                                      \
    do {                                                                                           \
        struct buf value_ = BUF_INIT(RECORD_VALUE_MAX);                                            \
        kind##_encode((event), &value_);                                                           \
        publisher_add((publisher), (type), buf_slice(&value_));                                    \
        buf_free(&value_);                                                                         \
    } while (0)

/* Cuts a text for people to the bound of its field, at a character's border. */
static void copy_cut(char *out, size_t size, const char *text)
{
    size_t len = 0;
    while (text[len] != '\0' && len < size - 1)
        len++;
    while (len > 0 && !text_is_utf8(slice_of(text, len)))
        len--;
    for (size_t i = 0; i < len; i++)
        out[i] = text[i];
    out[len] = '\0';
}

void events_publish_ready(struct publisher *publisher, const struct machine_config *config,
                          const struct events_ready *ready)
{
    struct machine_ready event = {0};

    FILL_COMMON(&event, publisher, config);
    text_copy(event.address, sizeof(event.address), config->address);
    event.port = (uint64_t)config->port;
    text_copy(event.server_name, sizeof(event.server_name), ready->server_name);
    text_copy(event.buildkit_version, sizeof(event.buildkit_version), ready->buildkit_version);
    text_copy(event.agent_version, sizeof(event.agent_version), LEAT_VERSION);
    event.boot_ms = (uint64_t)ready->boot_ms;
    event.emulated = config->emulated;
    event.restarts = ready->restarts;
    PUBLISH(machine_ready, &event, publisher, TYPE_MACHINE_READY);
}

void events_publish_load(struct publisher *publisher, const struct machine_config *config,
                         const struct load *load, const struct load *previous, int64_t elapsed_ms)
{
    struct machine_load event = {0};
    uint64_t used = load->cpu_us > previous->cpu_us ? load->cpu_us - previous->cpu_us : 0;

    if (!publisher_is_empty(publisher))
        return; /* the next one tells as much, and this one's sequence must not come late */
    FILL_COMMON(&event, publisher, config);
    event.cpu_permille = elapsed_ms > 0 ? used / (uint64_t)elapsed_ms : 0;
    event.memory_bytes = load->memory_bytes;
    event.volume_used_bytes = load->volume_used_bytes;
    event.volume_total_bytes = load->volume_total_bytes;
    event.connections = load->connections;
    PUBLISH(machine_load, &event, publisher, TYPE_MACHINE_LOAD);
}

void events_publish_draining(struct publisher *publisher, const struct machine_config *config,
                             const char *reason)
{
    struct machine_draining event = {0};

    FILL_COMMON(&event, publisher, config);
    copy_cut(event.reason, sizeof(event.reason), reason[0] != '\0' ? reason : "asked to drain");
    PUBLISH(machine_draining, &event, publisher, TYPE_MACHINE_DRAINING);
}

void events_publish_failed(struct publisher *publisher, const struct machine_config *config,
                           const char *reason)
{
    struct machine_failed event = {0};

    FILL_COMMON(&event, publisher, config);
    copy_cut(event.reason, sizeof(event.reason), reason);
    PUBLISH(machine_failed, &event, publisher, TYPE_MACHINE_FAILED);
}

void events_publish_stopped(struct publisher *publisher, const struct machine_config *config,
                            const char *reason, bool clean)
{
    struct machine_stopped event = {0};

    FILL_COMMON(&event, publisher, config);
    copy_cut(event.reason, sizeof(event.reason), reason[0] != '\0' ? reason : "stopped");
    event.clean = clean;
    PUBLISH(machine_stopped, &event, publisher, TYPE_MACHINE_STOPPED);
}
