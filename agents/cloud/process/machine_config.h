/* The configuration that a machine-agent is started with (docs/machine-boot.md). Pure. */
#ifndef PROCESS_MACHINE_CONFIG_H
#define PROCESS_MACHINE_CONFIG_H

#include "base/buf.h"
#include "base/error.h"
#include "cloud/provider.h"
#include "process/process.h"

struct machine_config_facts {
    const struct provider_machine_spec *spec;
    const char *address, *cgroup, *deny, *steps_subnet;
    const char *buildkitd, *runc; /* paths */
    bool emulated;
};

/* ERROR_INVALID when a value cannot stand in a line of the file. */
int machine_config_text(const struct process_provider_options *options,
                        const struct machine_config_facts *facts, struct buf *out,
                        struct error *err);

#endif
