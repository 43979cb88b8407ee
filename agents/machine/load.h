/* What the machine is doing: the figures of a heartbeat. Parsers are pure; reading is one call. */
#ifndef MACHINE_LOAD_H
#define MACHINE_LOAD_H

#include "base/buf.h"
#include "machine/config.h"

#include <stdint.h>

struct load {
    uint64_t cpu_us; /* CPU time of all processes of the machine so far */
    uint64_t memory_bytes;
    uint64_t volume_used_bytes, volume_total_bytes;
    uint64_t connections;
};

/* Sums over the processes that the machine's /proc shows; what cannot be had is 0. CPU time of ended
 * processes is counted once their parent has waited for them. */
void load_read(const struct machine_config *config, struct load *ret);

/* Established connections to the local port in a /proc/net/tcp text. */
uint64_t load_count_connections(const char *proc_net_tcp, uint16_t port);
/* utime + stime + cutime + cstime of a /proc/<pid>/stat text, in clock ticks; false when malformed. */
bool load_parse_stat(const char *stat, uint64_t *ret_ticks, uint64_t *ret_rss_pages);

#endif
