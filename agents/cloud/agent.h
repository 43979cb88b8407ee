/* The cloud-agent: owners of partitions on one side, a provider on the other. */
#ifndef CLOUD_AGENT_H
#define CLOUD_AGENT_H

#include "cloud/config.h"

extern const struct daemon_program cloud_agent_program;

#endif
