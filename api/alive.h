/* Signs of life of builds, gathered into one record for each architecture every 5 s.
 *
 * A build is alive while one of its polls waits, and when it was heard from since the last record.
 * Nothing is decided here: the owner of the partition alone lets a build lapse.
 *
 * The owner counts time only while records come. So they come, empty if need be, for as long as a
 * build may lapse: until it has ended, or ALIVE_QUIET_MS after it was last heard from. Else a
 * client that is killed while it is the only one would hold its place until the far longer
 * silence_timeout.
 */
#ifndef API_ALIVE_H
#define API_ALIVE_H

#include "api/publish.h"
#include "api/view.h"
#include "net/loop.h"

struct alive;
/* `view` tells which of the silent builds have ended; NULL: none is asked. */
struct alive *alive_new(struct loop *loop, struct publisher *publisher, struct view *view);
void alive_free(struct alive *alive); /* after store_close() */

/* Heard from now. */
void alive_touch(struct alive *alive, const char *build, enum arch arch);
/* Alive until as many releases; a hold counts as a touch too. */
void alive_hold(struct alive *alive, const char *build, enum arch arch);
void alive_release(struct alive *alive, const char *build, enum arch arch);
/* It has ended: nobody waits for it to lapse. */
void alive_forget(struct alive *alive, const char *build);

#define ALIVE_INTERVAL_MS 5000
#define ALIVE_BATCH_MAX   4096 /* schemas/messages/builds_alive.json */
/* Longer than any lease_timeout (agents/cloud/config.c). */
#define ALIVE_QUIET_MS (65 * 60 * 1000)
/* How often the view is asked whether a silent build has ended. */
#define ALIVE_LOOK_MS 30000

/* Takes the builds of one architecture that are alive, at most ALIVE_BATCH_MAX; *ret_more says
 * that there are others. Used by the timer; here for the tests. */
size_t alive_take(struct alive *alive, enum arch arch, char (*out)[41], bool *ret_more);
/* One interval has passed. Returns whether a record is due for the architecture in the next. */
bool alive_age(struct alive *alive, enum arch arch);

#endif
