#include "machine/buildkit_config.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUILDKIT_MINOR_MIN 17

/* Basic TOML strings take everything printable but the quote and the backslash. */
static int toml_string(struct buf *out, const char *name, const char *value, struct error *err)
{
    for (const char *p = value; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '"' || *p == '\\')
            return error_set(err, ERROR_INVALID, "%s: character %#x cannot stand there", name,
                             (unsigned)(unsigned char)*p);
    }
    buf_printf(out, "%s = \"%s\"\n", name, value);
    return 0;
}

static int tls_section(const struct machine_config *config, struct buf *out, struct error *err)
{
    static const struct {
        const char *name, *file;
    } files[] = {{"cert", "server.pem"}, {"key", "key.pem"}, {"ca", "client-ca.pem"}};
    char path[4200];

    buf_puts(out, "\n[grpc.tls]\n");
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", config->run_folder, files[i].file);
        if (toml_string(out, files[i].name, path, err) < 0)
            return -1;
    }
    return 0;
}

/* Garbage is collected above nine tenths of the cap, so that one build's new layers fit meanwhile;
 * a tenth of the cap is what collection never goes below. */
static void gc_policy(const struct machine_config *config, struct buf *out)
{
    int64_t used = config->volume_cap_bytes / 10 * 9;
    buf_printf(out, "gc = true\nreservedSpace = \"%lld\"\nmaxUsedSpace = \"%lld\"\n",
               (long long)(config->volume_cap_bytes / 10), (long long)used);
    buf_printf(out, "minFreeSpace = \"%lld\"\n", (long long)(config->volume_cap_bytes / 20));
}

static int worker_section(const struct machine_config *config, struct buf *out, struct error *err)
{
    buf_puts(out, "\n[worker.containerd]\nenabled = false\n"
                  "\n[worker.oci]\nenabled = true\nsnapshotter = \"overlayfs\"\n"
                  "networkMode = \"bridge\"\n");
    gc_policy(config, out);
    if (config->emulated) /* else BuildKit would put the computer's own architecture first */
        buf_printf(out, "platforms = [%s]\n",
                   machine_config_arch(config) == ARCH_ARM64
                       ? "\"linux/arm64\", \"linux/arm/v7\", \"linux/arm/v6\""
                       : "\"linux/amd64\", \"linux/386\"");
    if (toml_string(out, "binary", config->runc, err) < 0 ||
        toml_string(out, "bridgeName", config->bridge_name, err) < 0 ||
        toml_string(out, "bridgeSubnet", config->bridge_subnet, err) < 0 ||
        toml_string(out, "cniBinaryPath", config->cni_folder, err) < 0)
        return -1;
    if (config->cgroup_parent[0] != '\0')
        return toml_string(out, "defaultCgroupParent", config->cgroup_parent, err);
    return 0;
}

int buildkit_config_text(const struct machine_config *config, struct buf *out, struct error *err)
{
    char text[4200];

    buf_printf(out, "debug = %s\n", config->buildkit_debug ? "true" : "false");
    snprintf(text, sizeof(text), "%s/buildkit", config->volume_folder);
    if (toml_string(out, "root", text, err) < 0)
        return -1;
    buf_puts(out, "\n[grpc]\n");
    snprintf(text, sizeof(text), "tcp://%s:%lld", config->address, (long long)config->port);
    buf_printf(out, "address = [\"%s\"]\n", text);
    if (tls_section(config, out, err) < 0 || worker_section(config, out, err) < 0)
        return -1;
    if (out->overflow)
        return error_set(err, ERROR_LIMIT, "BuildKit's configuration is too long");
    return 0;
}

static bool is_ipv4_network(const char *text, struct in_addr *ret_address, unsigned *ret_bits)
{
    char address[64];
    const char *slash = strchr(text, '/');
    int64_t bits = 32;

    if (slash != NULL && text_parse_int(slash + 1, 0, 32, &bits, NULL) < 0)
        return false;
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
    if (len >= sizeof(address))
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    *ret_bits = (unsigned)bits;
    return inet_pton(AF_INET, address, ret_address) == 1;
}

static void deny(struct buf *out, const char *bridge, const char *network)
{
    buf_printf(out, "-A PREROUTING -i %s -d %s -j DROP\n", bridge, network);
}

/* The bridge's own address is the first of its subnet: the machine itself, as steps see it. */
static int deny_gateway(const struct machine_config *config, struct buf *out, struct error *err)
{
    struct in_addr network;
    unsigned bits;
    char text[INET_ADDRSTRLEN];

    if (!is_ipv4_network(config->bridge_subnet, &network, &bits) || bits < 8 || bits > 30)
        return error_set(err, ERROR_INVALID, "buildkit.bridge_subnet: %s is not an IPv4 network",
                         config->bridge_subnet);
    uint32_t mask = UINT32_MAX << (32 - bits);
    network.s_addr = htonl((ntohl(network.s_addr) & mask) + 1);
    inet_ntop(AF_INET, &network, text, sizeof(text));
    deny(out, config->bridge_name, text);
    return 0;
}

static int deny_list(const struct machine_config *config, struct buf *out, struct error *err)
{
    char *rest = NULL;
    struct in_addr address;
    unsigned bits;
    char *list = strdup(config->steps_deny);
    int result = 0;

    for (char *network = strtok_r(list, ", ", &rest); network != NULL && result == 0;
         network = strtok_r(NULL, ", ", &rest)) {
        if (is_ipv4_network(network, &address, &bits))
            deny(out, config->bridge_name, network);
        else
            result = error_set(err, ERROR_INVALID, "steps.deny: %s is not an IPv4 network", network);
    }
    free(list);
    return result;
}

static bool is_interface_name(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len <= 15 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len && name[0] != '-';
}

int steps_deny_rules(const struct machine_config *config, struct buf *out, struct error *err)
{
    if (!is_interface_name(config->bridge_name))
        return error_set(err, ERROR_INVALID, "buildkit.bridge_name: %s is not an interface name",
                         config->bridge_name);
    buf_puts(out, "*raw\n");
    if (deny_gateway(config, out, err) < 0 || deny_list(config, out, err) < 0)
        return -1;
    buf_puts(out, "COMMIT\n");
    if (out->overflow)
        return error_set(err, ERROR_LIMIT, "steps.deny names too many networks");
    return 0;
}

int buildkit_parse_version(const char *output, char *ret, size_t size, struct error *err)
{
    const char *version = strstr(output, "github.com/moby/buildkit ");
    unsigned major, minor;

    if (version == NULL)
        return error_set(err, ERROR_INVALID, "buildkitd --version answered: %.80s", output);
    version += strlen("github.com/moby/buildkit ");
    size_t len = strcspn(version, " \t\r\n");
    if (len == 0 || len >= size || sscanf(version, "v%u.%u", &major, &minor) != 2)
        return error_set(err, ERROR_INVALID, "buildkitd --version answered: %.80s", output);
    memcpy(ret, version, len);
    ret[len] = '\0';
    if (major == 0 && minor < BUILDKIT_MINOR_MIN)
        return error_set(err, ERROR_MISSING,
                         "BuildKit %s is too old: v0.%d or newer is needed, since older ones do not "
                         "negotiate HTTP/2 over TLS", ret, BUILDKIT_MINOR_MIN);
    return 0;
}
