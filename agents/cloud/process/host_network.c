#include "process/host_network.h"

#include "base/file.h"
#include "base/memory.h"
#include "process/host_command.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RULE_WORDS 24

/* --- rules --- */

struct rule {
    const char *table, *chain;
    char words[RULE_WORDS][40];
    size_t count;
};

static void add_words(struct rule *rule, const char *text)
{
    while (*text != '\0' && rule->count < RULE_WORDS) {
        size_t len = strcspn(text, " ");
        snprintf(rule->words[rule->count++], sizeof(rule->words[0]), "%.*s", (int)len, text);
        text += len;
        text += strspn(text, " ");
    }
}

struct facts {
    char network[32], port[8], api_address[SUBNET_ADDRESS_SIZE], api_port[8];
};

/* "https://10.88.0.1:8443" -> its address and port, when it has both. */
static void find_api(const char *url, struct facts *facts)
{
    unsigned port;
    uint32_t address;
    char host[SUBNET_ADDRESS_SIZE];

    if (sscanf(url, "https://%15[0-9.]:%5u", host, &port) == 2 && port <= 65535 &&
        subnet_parse_address(host, &address)) {
        snprintf(facts->api_address, sizeof(facts->api_address), "%s", host);
        snprintf(facts->api_port, sizeof(facts->api_port), "%u", port);
    }
}

static void make_rule(struct rule *rule, const struct process_provider_options *options,
                      const char *table, const char *chain, const char *match, const char *target)
{
    char text[256];

    *rule = (struct rule){.table = table, .chain = chain};
    snprintf(text, sizeof(text), "%s -m comment --comment leat:%s -j %s", match,
             options->installation, target);
    add_words(rule, text);
}

#define RULES_MAX 8

/* In the order in which they are to stand: each is inserted in front, the last one first. */
static size_t make_rules(const struct process_provider_options *options, const struct facts *facts,
                         struct rule rules[static RULES_MAX])
{
    const char *bridge = options->bridge;
    char match[128];
    size_t count = 0;

    /* The metadata service of a cloud answers whoever asks; no machine needs it. */
    snprintf(match, sizeof(match), "-i %s -d 169.254.0.0/16", bridge);
    make_rule(&rules[count++], options, "raw", "PREROUTING", match, "DROP");
    snprintf(match, sizeof(match), "-s %s ! -d %s", facts->network, facts->network);
    make_rule(&rules[count++], options, "nat", "POSTROUTING", match, "MASQUERADE");
    /* Ports are isolated; this closes the way from one machine to the other by this computer. */
    snprintf(match, sizeof(match), "-i %s -o %s", bridge, bridge);
    make_rule(&rules[count++], options, "filter", "FORWARD", match, "DROP");
    snprintf(match, sizeof(match), "-i %s", bridge);
    make_rule(&rules[count++], options, "filter", "FORWARD", match, "ACCEPT");
    snprintf(match, sizeof(match), "-o %s -m conntrack --ctstate RELATED,ESTABLISHED", bridge);
    make_rule(&rules[count++], options, "filter", "FORWARD", match, "ACCEPT");
    /* Clients on other computers, routed here, reach the port that builds are served on. */
    snprintf(match, sizeof(match), "-o %s -p tcp --dport %s", bridge, facts->port);
    make_rule(&rules[count++], options, "filter", "FORWARD", match, "ACCEPT");
    if (facts->api_address[0] != '\0') {
        snprintf(match, sizeof(match), "-i %s -d %s -p tcp --dport %s", bridge, facts->api_address,
                 facts->api_port);
        make_rule(&rules[count++], options, "filter", "INPUT", match, "ACCEPT");
    }
    return count;
}

static int iptables(const struct rule *rule, const char *action, struct error *err)
{
    const char *argv[6 + RULE_WORDS + 1] = {"iptables", "-w", "-t", rule->table, action,
                                            rule->chain};

    for (size_t i = 0; i < rule->count; i++)
        argv[6 + i] = rule->words[i];
    if (strcmp(action, "-C") == 0)
        return host_command_code(argv, NULL, err);
    return host_command(argv, err);
}

static int ensure_rule(const struct rule *rule, struct error *err)
{
    int code = iptables(rule, "-C", err);

    if (code < 0)
        return -1;
    return code == 0 ? 0 : iptables(rule, "-I", err);
}

static int remove_rule(const struct rule *rule, struct error *err)
{
    int code;

    while ((code = iptables(rule, "-C", err)) == 0) {
        if (iptables(rule, "-D", err) < 0)
            return -1;
    }
    return code < 0 ? -1 : 0;
}

/* --- bridge --- */

/* 0 when the bridge has no address yet. */
static int bridge_address(const char *bridge, uint32_t *ret, struct error *err)
{
    struct ifaddrs *found;

    *ret = 0;
    if (getifaddrs(&found) < 0)
        return error_errno(err, errno, "listing the addresses of this computer");
    for (const struct ifaddrs *at = found; at != NULL; at = at->ifa_next) {
        struct sockaddr_in in;
        if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET ||
            strcmp(at->ifa_name, bridge) != 0)
            continue;
        memcpy(&in, at->ifa_addr, sizeof(in));
        *ret = ntohl(in.sin_addr.s_addr);
    }
    freeifaddrs(found);
    return 0;
}

static int write_option(const char *path, const char *value, struct error *err)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, value, strlen(value)) < 0)
        return error_errno(err, errno, "writing %s to %s", value, path);
    return 0;
}

/* With a hardware address of its own: a bridge without one takes that of a port, and machines would
 * lose their gateway whenever that port goes. */
static int make_bridge(const char *bridge, uint32_t address, struct error *err)
{
    char hardware[24];
    const char *const add[] = {"ip",      "link",   "add",  "name",  bridge,
                               "address", hardware, "type", "bridge", NULL};

    snprintf(hardware, sizeof(hardware), "02:1e:%02x:%02x:%02x:%02x", address >> 24,
             address >> 16 & 255, address >> 8 & 255, address & 255);
    return host_command(add, err);
}

static int address_bridge(const char *bridge, const struct subnet *subnet, struct error *err)
{
    char text[SUBNET_ADDRESS_SIZE], address[24], path[80];
    const char *const add[] = {"ip", "address", "replace", address, "dev", bridge, NULL};
    const char *const up[] = {"ip", "link", "set", "dev", bridge, "up", NULL};

    snprintf(address, sizeof(address), "%s/%u",
             subnet_format_address(subnet_gateway(subnet), text), subnet->bits);
    snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", bridge);
    if (access(path, F_OK) == 0 && write_option(path, "1", err) < 0)
        return -1;
    if (host_command(add, err) < 0)
        return -1;
    return host_command(up, err);
}

static int set_up_bridge(const char *bridge, const struct subnet *subnet, struct error *err)
{
    char there[SUBNET_ADDRESS_SIZE];
    uint32_t address;

    if (if_nametoindex(bridge) == 0 && make_bridge(bridge, subnet_gateway(subnet), err) < 0)
        return -1;
    if (bridge_address(bridge, &address, err) < 0)
        return -1;
    if (address != 0 && address != subnet_gateway(subnet))
        return error_set(err, ERROR_CONFLICT,
                         "interface %s exists with address %s, outside of this installation's "
                         "subnet: choose another process.bridge, or remove it with `ip link del %s`",
                         bridge, subnet_format_address(address, there), bridge);
    return address_bridge(bridge, subnet, err);
}

/* --- both --- */

static int forward(struct error *err)
{
    static const char path[] = "/proc/sys/net/ipv4/ip_forward";
    struct buf now = BUF_INIT(17);
    int result = file_read(path, 16, &now, err);

    if (result == 0 && buf_text(&now)[0] != '1' && write_option(path, "1", err) < 0) {
        result = -1;
        if (err != NULL)
            err->code = ERROR_MISSING;
    }
    buf_free(&now);
    return result;
}

static void gather(const struct process_provider_options *options, const struct subnet *subnet,
                   struct facts *ret)
{
    char text[SUBNET_ADDRESS_SIZE];

    *ret = (struct facts){.network = ""};
    snprintf(ret->network, sizeof(ret->network), "%s/%u",
             subnet_format_address(subnet->network, text), subnet->bits);
    snprintf(ret->port, sizeof(ret->port), "%u", (unsigned)options->port);
    find_api(options->api_url, ret);
}

int host_network_set_up(const struct process_provider_options *options,
                        const struct subnet *subnet, struct error *err)
{
    struct rule rules[RULES_MAX];
    struct facts facts;

    gather(options, subnet, &facts);
    size_t count = make_rules(options, &facts, rules);
    if (set_up_bridge(options->bridge, subnet, err) < 0 || forward(err) < 0)
        return error_prefix(err, "the machines' network");
    while (count > 0) {
        if (ensure_rule(&rules[--count], err) < 0)
            return error_prefix(err, "the rules of the machines' network");
    }
    return 0;
}

int host_network_remove(const struct process_provider_options *options,
                        const struct subnet *subnet, struct error *err)
{
    const char *const del[] = {"ip", "link", "del", "dev", options->bridge, NULL};
    struct rule rules[RULES_MAX];
    struct facts facts;
    int result = 0;

    gather(options, subnet, &facts);
    size_t count = make_rules(options, &facts, rules);
    while (count > 0) {
        if (remove_rule(&rules[--count], err) < 0)
            result = -1;
    }
    if (if_nametoindex(options->bridge) != 0 && host_command(del, err) < 0)
        result = -1;
    return result;
}
