/* One build, from the request for its builders to their release. */
#ifndef CLI_BUILD_SESSION_H
#define CLI_BUILD_SESSION_H

#include "cli/profile.h"
#include "schemas/messages.h"

#include <stdbool.h>
#include <stddef.h>

struct build_request {
    const char *command; /* "build" or "bake": also what buildx is called with */
    const char *buildx;  /* its path */
    const char *project;
    const struct profile *profile;
    bool archs[3]; /* by enum arch */
    bool quiet;
    const char *const *arguments; /* passed to buildx after the command */
    size_t argument_count;
};

/* Returns the exit code: buildx's own, or one of Leat's. */
int build_session_run(const struct build_request *request);

#endif
