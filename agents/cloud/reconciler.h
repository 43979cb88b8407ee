/* What must be asked of the provider so that what exists becomes what the fleet says. Pure.
 *
 * It follows from the confirmed fleet and the provider's list, never from a message just handled:
 *   launching and not listed    launch it (again)
 *   ready, draining, not listed it vanished
 *   stopping and listed         stop it; stopping and not listed: it is gone
 *   gone, or unknown to every partition, and listed: an orphan, stopped on its second sighting past
 *                               a grace time; unknown ones only by an agent that owns them all
 * A call is made once at a time for a machine; a failed one again after a pause that doubles.
 */
#ifndef CLOUD_RECONCILER_H
#define CLOUD_RECONCILER_H

#include "cloud/provider.h"
#include "fleet/fleet.h"

#include <stdbool.h>

#define RECONCILER_GRACE_MS     30000
#define RECONCILER_PAUSE_MIN_MS 500
#define RECONCILER_PAUSE_MAX_MS 60000

enum reconciler_action { RECONCILER_NOTHING, RECONCILER_LAUNCH, RECONCILER_STOP, RECONCILER_GONE };

struct reconciler; /* remembers calls under way, failures and sightings; can be lost at any time */

struct reconciler *reconciler_new(void);
void reconciler_free(struct reconciler *reconciler);

/* For a machine of a confirmed fleet that is not gone. LAUNCH and STOP are then under way until
 * reconciler_answered(). */
enum reconciler_action reconciler_look(struct reconciler *reconciler, const struct machine *machine,
                                       bool listed, int64_t now_ms);
/* For a listed machine that no confirmed fleet has, or has as gone. */
enum reconciler_action reconciler_look_at_orphan(struct reconciler *reconciler, const char *machine,
                                                 int64_t now_ms);
/* `again_ms`: the provider's own wish; 0: none. */
void reconciler_answered(struct reconciler *reconciler, const char *machine, bool failed,
                         int64_t again_ms, int64_t now_ms);
void reconciler_forget(struct reconciler *reconciler, const char *machine);
/* When something that waits is due; 0: nothing waits. */
int64_t reconciler_deadline(const struct reconciler *reconciler);

#endif
