/* From the [bus] section of a program's configuration to the log and its topics. */
#include "bus/config.h"

#include "base/memory.h"

void bus_options_from_config(struct bus_options *out, const struct bus_config *config,
                             const char *client_id)
{
    *out = (struct bus_options){
        .backend = config->backend == BUS_KAFKA ? BUS_KAFKA : BUS_LOCAL,
        .topic_prefix = config->topic_prefix,
        .client_id = client_id,
        .path = config->path,
        .brokers = config->brokers,
        .security = config->security,
        .ca_file = config->ca_file,
        .certificate_file = config->certificate_file,
        .key_file = config->key_file,
        .sasl_mechanism = config->sasl_mechanism,
        .sasl_user = config->sasl_user,
        .sasl_password_file = config->sasl_password_file,
        .session_timeout_ms = config->session_timeout_ms,
        .append_timeout_ms = config->append_timeout_ms,
    };
}

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

/* Inputs are decided upon within moments and kept for people to look into; `fleet` is the truth
 * and goes only where something has read it all, so it is kept for ever. */
static const struct bus_topic leat_topics[] = {
    {.name = "builder-requests.amd64", .retention_ms = 14 * DAY_MS},
    {.name = "builder-requests.arm64", .retention_ms = 14 * DAY_MS},
    {.name = "machine-events.amd64", .retention_ms = 14 * DAY_MS},
    {.name = "machine-events.arm64", .retention_ms = 14 * DAY_MS},
    {.name = "fleet.amd64", .retention_ms = -1},
    {.name = "fleet.arm64", .retention_ms = -1},
    {.name = "dead-letters", .retention_ms = 30 * DAY_MS},
};

void bus_ensure_leat_topics(struct bus *bus, const struct bus_config *config, bus_done_fn *done,
                            void *arg)
{
    struct bus_topic topics[array_size(leat_topics)];
    for (size_t i = 0; i < array_size(topics); i++) {
        topics[i] = leat_topics[i];
        topics[i].partitions = (int32_t)config->partitions;
        topics[i].replication = (int16_t)config->replication;
    }
    bus_ensure_topics(bus, topics, array_size(topics), config->create_topics, done, arg);
}
