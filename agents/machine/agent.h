/* The machine-agent: the core's decisions, carried out. */
#ifndef MACHINE_AGENT_H
#define MACHINE_AGENT_H

#include "daemon/daemon.h"
#include "machine/config.h"

struct agent;

struct agent *agent_start(struct daemon *daemon, struct loop *loop,
                          const struct machine_config *config, struct error *err);
void agent_stop(struct agent *agent); /* drain and stop; daemon_stopped() when done */
void agent_free(struct agent *agent);

extern const struct daemon_program machine_agent_program;

#endif
