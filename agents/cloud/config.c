#include "cloud/config.h"

#include "base/memory.h"

#define OPTION(n, k, field, def, ...)                                                              \
    {.section = "cloud", .name = n, .type = k, .offset = offsetof(struct cloud_config, field),     \
     .default_value = def, __VA_ARGS__}

static const struct config_option options[] = {
    OPTION("instance", CONFIG_STRING, instance, "", .max = 40,
           .about = "Name of this agent in the log; unset for a random one at each start."),
    OPTION("archs", CONFIG_STRING, archs, "", .max = 64,
           .about = "Architectures whose requests this agent takes, such as amd64,arm64. Builds for "
                    "one that it cannot launch are turned away with the reason. Unset: those that "
                    "it can launch; requests for others wait for another agent."),
    OPTION("launch_secret_file", CONFIG_PATH, launch_secret_file, "", .required = true,
           .about = "Secret that one-time registration tokens are derived from: 64 hex digits, mode "
                    "0600, the same for every cloud-agent of the installation."),
    OPTION("listen", CONFIG_STRING, listen, "", .max = 128,
           .about = "address:port of /metrics, /healthz and /readyz; unset for none."),
    OPTION("idle_timeout", CONFIG_DURATION, idle_timeout_ms, "10m", .min = 100, .max = 604800000,
           .about = "A machine without builds is stopped after this."),
    OPTION("launch_timeout", CONFIG_DURATION, launch_timeout_ms, "3m", .min = 1000, .max = 3600000,
           .about = "A machine that is not ready after this is given up."),
    OPTION("lease_timeout", CONFIG_DURATION, lease_timeout_ms, "60s", .min = 5000, .max = 3600000,
           .about = "A build whose client is silent for this long is ended. Time in which nothing "
                    "at all comes through the log does not count."),
    OPTION("silence_timeout", CONFIG_DURATION, silence_timeout_ms, "30m", .min = 60000,
           .max = 604800000,
           .about = "A build is ended after this without a word from anybody, unless its machine "
                    "reports connections."),
    OPTION("max_attempts", CONFIG_INT, max_attempts, "3", .min = 1, .max = 100,
           .about = "Machines that a build waits for before it is lost, when they fail to start."),
    OPTION("stop_grace", CONFIG_DURATION, stop_grace_ms, "30s", .min = 100, .max = 3600000,
           .about = "How long a machine may take to sync its volume and end before it is killed."),
    OPTION("cpu_millis", CONFIG_INT, cpu_millis, "0", .min = 0, .max = 1024000,
           .about = "CPU limit of a machine in thousandths of a core; 0 for none."),
    OPTION("memory", CONFIG_BYTES, memory_bytes, "0", .min = 0, .max = INT64_C(1) << 50,
           .about = "Memory limit of a machine; 0 for none."),
    OPTION("cache", CONFIG_BYTES, cache_bytes, "20GiB", .min = 64 << 20, .max = INT64_C(1) << 50,
           .about = "Bytes that the layer cache of a project and architecture may take."),
    PROCESS_CONFIG_OPTIONS(struct cloud_config),
    BUS_CONFIG_OPTIONS(struct cloud_config),
    DAEMON_CONFIG_OPTIONS(struct cloud_config),
};

const struct config_table cloud_config_table = {
    .program = "leat-cloud-agent", .options = options, .count = array_size(options)};

void cloud_config_settings(const struct cloud_config *config, struct planner_settings *ret)
{
    *ret = (struct planner_settings){
        .times = {.idle_timeout_ms = config->idle_timeout_ms,
                  .launch_timeout_ms = config->launch_timeout_ms,
                  .lease_timeout_ms = config->lease_timeout_ms,
                  .silence_timeout_ms = config->silence_timeout_ms},
        .max_attempts = (uint64_t)config->max_attempts,
        .cpu_millis = (uint64_t)config->cpu_millis,
        .memory_bytes = (uint64_t)config->memory_bytes,
        .cache_bytes = (uint64_t)config->cache_bytes,
    };
}
