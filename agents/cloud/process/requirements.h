/* What this computer must have before machines can be run on it. */
#ifndef PROCESS_REQUIREMENTS_H
#define PROCESS_REQUIREMENTS_H

#include "base/error.h"
#include "process/process.h"

#include <stdbool.h>

/* Absolute paths of the programs that are used, owned. */
struct programs {
    char *machine_agent, *buildkitd, *runc;
};
void programs_clear(struct programs *programs);

/* ERROR_MISSING: the first thing that is missing is in the message, every one is in the log. */
int requirements_check(const struct process_provider_options *options, struct programs *ret,
                       struct error *err);

/* Pure: "buildkitd github.com/moby/buildkit v0.32.2 1234" is new enough; ERROR_MISSING if not. */
int requirements_buildkit_version(const char *output, struct error *err);

/* In a container, what it must be started with; "" elsewhere. */
const char *requirements_container_hint(void);

#endif
