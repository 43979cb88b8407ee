#include "process/init.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BATCH_MAX 1024

static const char *const ip_batch[] = {"ip", "-batch", "-", NULL};

static int open_network(struct error *err)
{
    int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    return fd >= 0 ? fd : error_errno(err, errno, "/proc/self/ns/net");
}

/* A kernel without IPv6 has no such file, and nothing to turn off. */
static int set_kernel_option(const char *path, const char *value, struct error *err)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0 || write(fd, value, strlen(value)) < 0)
        return error_errno(err, errno, "writing %s to %s", value, path);
    return 0;
}

/* IPv6 off: RUN steps are denied networks by IPv4 rules only. Forwarding on: for RUN steps. */
static int set_kernel_options(struct error *err)
{
    if (set_kernel_option("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1", err) < 0 ||
        set_kernel_option("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1", err) < 0)
        return -1;
    return set_kernel_option("/proc/sys/net/ipv4/ip_forward", "1", err);
}

/* Made from the computer's side, so that both ends are born where they belong. An isolated port
 * exchanges frames with the bridge itself only: machines do not see each other. */
static int make_pair(const struct boot *boot, int host_fd, int own_fd, struct error *err)
{
    char batch[BATCH_MAX];

    snprintf(batch, sizeof(batch),
             "link add name %s type veth peer name eth0 address %s netns /proc/self/fd/%d\n"
             "link set dev %s addrgenmode none\n"
             "link set dev %s master %s\n"
             "link set dev %s type bridge_slave isolated on\n"
             "link set dev %s up\n",
             boot->interface, boot->hardware, own_fd, boot->interface, boot->interface,
             boot->bridge, boot->interface, boot->interface);
    return init_run(ip_batch, batch, host_fd, own_fd, err);
}

static int set_addresses(const struct boot *boot, struct error *err)
{
    char batch[BATCH_MAX];

    snprintf(batch, sizeof(batch),
             "link set dev lo up\n"
             "address add %s/%s dev eth0\n"
             "link set dev eth0 up\n"
             "route add default via %s\n",
             boot->address, boot->bits, boot->gateway);
    return init_run(ip_batch, batch, -1, -1, err);
}

int init_network(const struct boot *boot, struct error *err)
{
    _cleanup_close_ int host_fd = open_network(err), own_fd = -1;

    if (host_fd < 0)
        return -1;
    if (unshare(CLONE_NEWNET) < 0)
        return error_errno(err, errno, "a network namespace for the machine");
    own_fd = open_network(err);
    if (own_fd < 0 || set_kernel_options(err) < 0 || make_pair(boot, host_fd, own_fd, err) < 0)
        return -1;
    return set_addresses(boot, err);
}
