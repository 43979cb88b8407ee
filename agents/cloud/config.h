/* Configuration of the cloud-agent. */
#ifndef CLOUD_CONFIG_H
#define CLOUD_CONFIG_H

#include "base/config.h"
#include "bus/config.h"
#include "daemon/daemon.h"
#include "fleet/planner.h"
#include "process/config.h"

struct cloud_config {
    struct daemon_log_config log;
    struct bus_config bus;
    struct process_config process;
    char *instance, *archs, *launch_secret_file, *listen;
    int64_t idle_timeout_ms, launch_timeout_ms, lease_timeout_ms, silence_timeout_ms, stop_grace_ms;
    int64_t max_attempts;
    int64_t cpu_millis, memory_bytes, cache_bytes;
};

extern const struct config_table cloud_config_table;

void cloud_config_settings(const struct cloud_config *config, struct planner_settings *ret);

#endif
