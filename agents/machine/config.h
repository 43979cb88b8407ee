/* Configuration of the machine-agent: what docs/machine-boot.md describes. */
#ifndef MACHINE_CONFIG_H
#define MACHINE_CONFIG_H

#include "base/config.h"
#include "bus/config.h"
#include "daemon/daemon.h"
#include "schemas/messages.h"

enum machine_publish { MACHINE_PUBLISH_API, MACHINE_PUBLISH_BUS };

struct machine_config {
    struct daemon_log_config log;
    struct bus_config bus;

    char *id, *organisation, *project;
    int arch; /* index: 0 amd64, 1 arm64 */
    bool emulated;
    char *token_file, *run_folder, *address;
    int64_t port;

    char *api_url, *api_ca_file;

    char *volume_folder, *volume_device, *volume_filesystem;
    int64_t volume_cap_bytes;

    char *buildkit_program, *runc, *cgroup_parent, *cni_folder, *bridge_name, *bridge_subnet;
    int64_t buildkit_start_timeout_ms, buildkit_stop_timeout_ms;
    bool buildkit_debug;

    char *steps_deny;

    int publish; /* enum machine_publish */
    int64_t heartbeat_ms;
};

extern const struct config_table machine_config_table;

enum arch machine_config_arch(const struct machine_config *config);

#endif
