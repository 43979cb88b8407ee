#include "process/config.h"

#include "base/file.h"

#define MACHINE_CONFIG_MAX ((size_t)16 << 10)

const char *const process_publish_names[] = {"api", "bus", NULL};

int process_options_from_config(struct process_provider_options *out,
                                const struct process_config *config, struct buf *machine_config,
                                struct error *err)
{
    if (config->machine_config_file[0] != '\0' &&
        file_read(config->machine_config_file, MACHINE_CONFIG_MAX, machine_config, err) < 0)
        return error_prefix(err, "process.machine_config_file");
    *out = (struct process_provider_options){
        .state_folder = config->state_folder,
        .installation = config->installation,
        .bridge = config->bridge,
        .subnet = config->subnet,
        .machine_agent = config->machine_agent,
        .buildkitd = config->buildkitd,
        .runc = config->runc,
        .cni_folder = config->cni_folder,
        .api_url = config->api_url,
        .api_ca_file = config->api_ca_file,
        .deny = config->deny,
        .dns = config->dns,
        .machine_config = buf_text(machine_config),
        .publish_to_bus = config->publish == 1,
        .emulation = config->emulation,
        .port = (uint16_t)config->port,
        .image_bytes = (uint64_t)config->image_bytes,
        .pids_max = (uint64_t)config->pids_max,
    };
    return 0;
}
