#include "machine/config.h"

static const char *const arch_choices[] = {"amd64", "arm64", NULL};
static const char *const publish_choices[] = {"api", "bus", NULL};

#define OPTION(s, n, k, field, def, ...)                                                           \
    {.section = s, .name = n, .type = k, .offset = offsetof(struct machine_config, field),         \
     .default_value = def, __VA_ARGS__}

static const struct config_option options[] = {
    OPTION("machine", "id", CONFIG_STRING, id, "", .max = 40, .required = true,
           .about = "Machine id, given by whoever launched it."),
    OPTION("machine", "organisation", CONFIG_STRING, organisation, "default", .max = 63,
           .about = "Organisation that the project belongs to."),
    OPTION("machine", "project", CONFIG_STRING, project, "", .max = 63, .required = true,
           .about = "The one project that this machine serves."),
    OPTION("machine", "arch", CONFIG_CHOICE, arch, "amd64", .choices = arch_choices,
           .about = "Architecture of its builders."),
    OPTION("machine", "emulated", CONFIG_BOOL, emulated, "false",
           .about = "The architecture is emulated here."),
    OPTION("machine", "token_file", CONFIG_PATH, token_file, "", .required = true,
           .about = "File that holds the one-time registration token; removed once it was used."),
    OPTION("machine", "run_folder", CONFIG_PATH, run_folder, "/run/leat-machine",
           .about = "Private folder for keys, sockets and BuildKit's configuration; a tmpfs."),
    OPTION("machine", "address", CONFIG_STRING, address, "", .max = 63, .required = true,
           .about = "Numeric address that BuildKit listens on and clients connect to."),
    OPTION("machine", "port", CONFIG_INT, port, "8372", .min = 1, .max = 65535,
           .about = "TCP port that BuildKit listens on."),

    OPTION("api", "url", CONFIG_STRING, api_url, "", .required = true,
           .about = "Where the machine reaches the API, `https://host:port`."),
    OPTION("api", "ca_file", CONFIG_PATH, api_ca_file, "", .required = true,
           .about = "Certificate of the CA that the API is checked against."),

    OPTION("volume", "folder", CONFIG_PATH, volume_folder, "/var/lib/leat-machine/cache",
           .about = "Where the cache volume is, or is to be, mounted."),
    OPTION("volume", "device", CONFIG_STRING, volume_device, "",
           .about = "Device to mount there; unset when the provider has mounted it."),
    OPTION("volume", "filesystem", CONFIG_STRING, volume_filesystem, "btrfs", .max = 32,
           .about = "File system of the device."),
    OPTION("volume", "cap_bytes", CONFIG_BYTES, volume_cap_bytes, "20GiB", .min = 64 << 20,
           .max = INT64_C(1) << 50,
           .about = "BuildKit's garbage collection keeps the cache below this."),

    OPTION("buildkit", "program", CONFIG_STRING, buildkit_program, "buildkitd",
           .about = "buildkitd, v0.17 or newer."),
    OPTION("buildkit", "runc", CONFIG_STRING, runc, "runc", .about = "OCI runtime of the steps."),
    OPTION("buildkit", "cgroup_parent", CONFIG_STRING, cgroup_parent, "",
           .about = "Parent of the steps' cgroups; unset for BuildKit's own."),
    OPTION("buildkit", "cni_folder", CONFIG_PATH, cni_folder, "/usr/lib/cni",
           .about = "Folder of the CNI plug-ins that give steps a network of their own."),
    OPTION("buildkit", "bridge_name", CONFIG_STRING, bridge_name, "leat-steps", .max = 15,
           .about = "Bridge inside the machine that steps are connected to."),
    OPTION("buildkit", "bridge_subnet", CONFIG_STRING, bridge_subnet, "10.77.0.0/16", .max = 43,
           .about = "Subnet of that bridge; must not overlap with networks that steps need."),
    OPTION("buildkit", "start_timeout", CONFIG_DURATION, buildkit_start_timeout_ms, "60s",
           .min = 1000, .max = 600000, .about = "How long BuildKit may take to become ready."),
    OPTION("buildkit", "stop_timeout", CONFIG_DURATION, buildkit_stop_timeout_ms, "10s",
           .min = 100, .max = 600000, .about = "How long BuildKit may take to end when asked."),
    OPTION("buildkit", "debug", CONFIG_BOOL, buildkit_debug, "false",
           .about = "BuildKit logs at debug level."),

    OPTION("steps", "deny", CONFIG_STRING, steps_deny, "127.0.0.0/8,169.254.0.0/16",
           .about = "Networks that RUN steps never reach, comma-separated CIDRs."),

    OPTION("events", "publish", CONFIG_CHOICE, publish, "api", .choices = publish_choices,
           .about = "`api`: events go through the API; `bus`: to the log directly ([bus])."),
    OPTION("events", "heartbeat", CONFIG_DURATION, heartbeat_ms, "30s", .min = 1000, .max = 3600000,
           .about = "How often the machine reports its load."),

    BUS_CONFIG_OPTIONS(struct machine_config),
    DAEMON_CONFIG_OPTIONS(struct machine_config),
};

const struct config_table machine_config_table = {
    .program = "leat-machine-agent",
    .options = options,
    .count = sizeof(options) / sizeof(options[0]),
};

enum arch machine_config_arch(const struct machine_config *config)
{
    return config->arch == 0 ? ARCH_AMD64 : ARCH_ARM64;
}
