#include "process/machine_config.h"

#include "process/boot.h"

#include <inttypes.h>
#include <string.h>

#define VALUE_MAX 4200

/* " ;" would begin a comment, and a line break another option. */
static int put(struct buf *out, const char *name, const char *value, struct error *err)
{
    for (const char *at = value; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f || *at == ';')
            return error_set(err, ERROR_INVALID,
                             "%s of a machine: character %#x cannot stand in its configuration",
                             name, (unsigned)(unsigned char)*at);
    }
    if (strlen(value) > VALUE_MAX)
        return error_set(err, ERROR_LIMIT, "%s of a machine is too long", name);
    buf_printf(out, "%s = %s\n", name, value);
    return 0;
}

static int machine_section(const struct process_provider_options *options,
                           const struct machine_config_facts *facts, struct buf *out,
                           struct error *err)
{
    const struct provider_machine_spec *spec = facts->spec;

    buf_puts(out, "[machine]\n");
    if (put(out, "id", spec->machine, err) < 0 ||
        put(out, "organisation", spec->organisation, err) < 0 ||
        put(out, "project", spec->project, err) < 0)
        return -1;
    buf_printf(out, "arch = %s\nemulated = %s\n", spec->arch == ARCH_ARM64 ? "arm64" : "amd64",
               facts->emulated ? "true" : "false");
    buf_printf(out, "token_file = %s\nrun_folder = %s\naddress = %s\nport = %u\n", BOOT_TOKEN_FILE,
               BOOT_RUN_FOLDER, facts->address, (unsigned)options->port);
    return 0;
}

static int buildkit_section(const struct process_provider_options *options,
                            const struct machine_config_facts *facts, struct buf *out,
                            struct error *err)
{
    buf_puts(out, "\n[buildkit]\n");
    if (put(out, "program", facts->buildkitd, err) < 0 || put(out, "runc", facts->runc, err) < 0 ||
        put(out, "cgroup_parent", facts->cgroup, err) < 0)
        return -1;
    if (put(out, "cni_folder", options->cni_folder, err) < 0)
        return -1;
    return put(out, "bridge_subnet", facts->steps_subnet, err);
}

int machine_config_text(const struct process_provider_options *options,
                        const struct machine_config_facts *facts, struct buf *out,
                        struct error *err)
{
    if (machine_section(options, facts, out, err) < 0)
        return -1;
    buf_puts(out, "\n[api]\n");
    if (put(out, "url", options->api_url, err) < 0)
        return -1;
    buf_printf(out, "ca_file = %s\n", BOOT_CA_FILE);
    buf_printf(out, "\n[volume]\nfolder = %s\n", BOOT_CACHE_FOLDER);
    if (facts->spec->volume_cap_bytes > 0)
        buf_printf(out, "cap_bytes = %" PRIu64 "\n", facts->spec->volume_cap_bytes);
    if (buildkit_section(options, facts, out, err) < 0)
        return -1;
    buf_puts(out, "\n[steps]\n");
    if (put(out, "deny", facts->deny, err) < 0)
        return -1;
    buf_printf(out, "\n[events]\npublish = %s\n", options->publish_to_bus ? "bus" : "api");
    if (options->machine_config[0] != '\0')
        buf_printf(out, "\n%s\n", options->machine_config);
    if (out->overflow)
        return error_set(err, ERROR_LIMIT, "the configuration of a machine is too long");
    return 0;
}
