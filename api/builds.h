/* What the routes of builds share. */
#ifndef API_BUILDS_H
#define API_BUILDS_H

#include "api/call.h"
#include "api/view.h"

/* The first parameter of the path is a build id of this installation; answers 404 otherwise. */
bool build_id_is_ours(struct call *call);
int64_t build_issued_ms(const struct api *api, const char *build); /* 0: it is not ours */

/* How a whole build stands; owned by the caller. `issued_ms` stands in for what is not known yet.
 */
json_t *build_to_json(const struct view_build *build, int64_t issued_ms);

/* What was asked for is remembered for so long. */
#define ASKED_MEMORY_MS ((int64_t)24 * 60 * 60 * 1000)

/* Which builders of a build are to be released, and for which project. Pure.
 *
 * A builder that the view lacks may be in the log all the same: it is released, unless it is known
 * that it was never asked for. A release of what never was changes nothing. */
enum release_plan {
    RELEASE_THESE,
    RELEASE_NOTHING, /* it has ended */
    RELEASE_LATER,   /* nothing is known of the build yet */
};
enum release_plan plan_release(const struct view_build *build, int64_t issued_ms, int64_t now_ms,
                               bool ret_archs[static ARCH_COUNT], char ret_project[static 64]);

#endif
