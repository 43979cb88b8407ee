/* The [process] options of a program that launches machines on its computer. */
#ifndef PROCESS_CONFIG_H
#define PROCESS_CONFIG_H

#include "base/config.h"
#include "process/process.h"

#include <stddef.h>

struct process_config {
    char *state_folder, *installation, *bridge, *subnet;
    char *machine_agent, *buildkitd, *runc, *cni_folder;
    char *api_url, *api_ca_file;
    char *deny, *dns, *machine_config_file;
    int publish;
    bool emulation;
    int64_t port, image_bytes, pids_max;
};

extern const char *const process_publish_names[];

/* Rows for a config table whose struct has a `struct process_config process` member. */
#define PROCESS_OPTION_(t, n, k, field, def, ...)                                                  \
    {.section = "process", .name = n, .type = k,                                                   \
     .offset = offsetof(t, process) + offsetof(struct process_config, field),                      \
     .default_value = def, __VA_ARGS__}
#define PROCESS_CONFIG_OPTIONS(t)                                                                  \
    PROCESS_OPTION_(t, "state_folder", CONFIG_PATH, state_folder, "/var/lib/leat/machines",        \
                    .about = "Where machines and their cache volumes are kept. Volumes are btrfs " \
                             "subvolumes; a folder on another file system gets an image file."),   \
    PROCESS_OPTION_(t, "installation", CONFIG_STRING, installation, "leat", .max = 16,             \
                    .about = "Tag of this installation's machines, cgroups and rules; unique on "  \
                             "the computer."),                                                     \
    PROCESS_OPTION_(t, "bridge", CONFIG_STRING, bridge, "leat0", .max = 15,                        \
                    .about = "Bridge that machines are connected to; made when it is missing."),   \
    PROCESS_OPTION_(t, "subnet", CONFIG_STRING, subnet, "10.88.0.0/16", .max = 18,                 \
                    .about = "Private network of that bridge, /16 to /28; nothing else on the "    \
                             "computer may use it."),                                              \
    PROCESS_OPTION_(t, "machine_agent", CONFIG_STRING, machine_agent, "leat-machine-agent",        \
                    .about = "The machine-agent: a path, or a name beside this program or in "     \
                             "PATH."),                                                             \
    PROCESS_OPTION_(t, "buildkitd", CONFIG_STRING, buildkitd, "buildkitd",                         \
                    .about = "BuildKit's daemon, v0.17 or newer: a path, or a name in PATH."),     \
    PROCESS_OPTION_(t, "runc", CONFIG_STRING, runc, "runc",                                        \
                    .about = "OCI runtime of RUN steps: a path, or a name in PATH."),              \
    PROCESS_OPTION_(t, "cni_folder", CONFIG_PATH, cni_folder, "/usr/lib/cni",                      \
                    .about = "Folder of the CNI plug-ins bridge, firewall, host-local and "        \
                             "loopback."),                                                         \
    PROCESS_OPTION_(t, "api_url", CONFIG_STRING, api_url, "",                                      \
                    .about = "Where machines reach the API, `https://host:port`; the bridge's "    \
                             "address when the API runs on this computer."),                       \
    PROCESS_OPTION_(t, "api_ca_file", CONFIG_PATH, api_ca_file, "",                                \
                    .about = "Certificate of the CA that machines check the API against."),        \
    PROCESS_OPTION_(t, "image_size", CONFIG_BYTES, image_bytes, "100GiB", .min = INT64_C(1) << 28, \
                    .max = INT64_C(1) << 50,                                                       \
                    .about = "Most that the image file of cache volumes takes, and never more "    \
                             "than 60 % of what is free when it is made. It is sparse."),          \
    PROCESS_OPTION_(t, "deny", CONFIG_STRING, deny, "",                                            \
                    .about = "More networks that RUN steps never reach, comma-separated CIDRs. "   \
                             "The subnet, loopback, link-local (the metadata address) and every "  \
                             "address of this computer are denied always."),                       \
    PROCESS_OPTION_(t, "dns", CONFIG_STRING, dns, "",                                              \
                    .about = "Name servers of machines, comma-separated; unset for those of this " \
                             "computer."),                                                         \
    PROCESS_OPTION_(t, "publish", CONFIG_CHOICE, publish, "api",                                   \
                    .choices = process_publish_names,                                              \
                    .about = "How machines publish: `api`, or `bus` for straight to the log."),    \
    PROCESS_OPTION_(t, "machine_config_file", CONFIG_PATH, machine_config_file, "",                \
                    .about = "INI text put at the end of each machine's configuration, such as a " \
                             "[bus] section."),                                                    \
    PROCESS_OPTION_(t, "port", CONFIG_INT, port, "8372", .min = 1, .max = 65535,                   \
                    .about = "Port that machines serve builds on, each at its own address."),      \
    PROCESS_OPTION_(t, "emulation", CONFIG_BOOL, emulation, "true",                                \
                    .about = "Launch machines of the other architecture under QEMU, where its "    \
                             "binary format is or can be registered."),                            \
    PROCESS_OPTION_(t, "pids_max", CONFIG_INT, pids_max, "16384", .min = 64, .max = 4194304,       \
                    .about = "Processes and threads that one machine may have.")

/* `out` points into `config` and into `machine_config`, which receives the text of
 * machine_config_file. */
int process_options_from_config(struct process_provider_options *out,
                                const struct process_config *config, struct buf *machine_config,
                                struct error *err);

#endif
