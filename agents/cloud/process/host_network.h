/* The computer's side of the machines' network: one bridge, forwarding, a few rules. */
#ifndef PROCESS_HOST_NETWORK_H
#define PROCESS_HOST_NETWORK_H

#include "base/error.h"
#include "process/process.h"
#include "process/subnet.h"

/* Both may be repeated. */
int host_network_set_up(const struct process_provider_options *options,
                        const struct subnet *subnet, struct error *err);
int host_network_remove(const struct process_provider_options *options,
                        const struct subnet *subnet, struct error *err);

#endif
