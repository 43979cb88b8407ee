/* The programs that Leat runs: its own daemons, BuildKit, buildx, runc, redis-server. */
#ifndef CLI_TOOLS_H
#define CLI_TOOLS_H

#include "base/error.h"

/* One of Leat's own programs: beside this one, else in PATH. NULL with ERROR_MISSING. */
char *tool_find_own(const char *name, struct error *err);

/* A third-party program: the environment variable `variable` when set (which must then name a
 * program), <prefix>/lib/leat/NAME, PATH and the sbin folders, and for buildkitd and buildx the
 * tools folder that ops/builders/install fills. Owned by the caller; NULL with ERROR_MISSING that
 * says how to get it. */
char *tool_find(const char *name, const char *variable, struct error *err);

/* Home folder of the person: of the one who called sudo, when that is so. Owned by the caller;
 * NULL when there is none. */
char *tool_home(void);

#endif
