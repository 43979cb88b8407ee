/* The machine's events as messages of schemas/, handed to the publisher. */
#ifndef MACHINE_EVENTS_H
#define MACHINE_EVENTS_H

#include "machine/config.h"
#include "machine/load.h"
#include "machine/publisher.h"

struct events_ready {
    const char *server_name, *buildkit_version;
    int64_t boot_ms;
    unsigned restarts;
};

void events_publish_ready(struct publisher *publisher, const struct machine_config *config,
                          const struct events_ready *ready);
/* `previous` is the reading of the last heartbeat, `elapsed_ms` ago. */
void events_publish_load(struct publisher *publisher, const struct machine_config *config,
                         const struct load *load, const struct load *previous, int64_t elapsed_ms);
void events_publish_draining(struct publisher *publisher, const struct machine_config *config,
                             const char *reason);
void events_publish_failed(struct publisher *publisher, const struct machine_config *config,
                           const char *reason);
void events_publish_stopped(struct publisher *publisher, const struct machine_config *config,
                            const char *reason, bool clean);

#endif
