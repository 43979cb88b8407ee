/* Signs of life of builds, gathered into one record for each architecture every 5 s.
 *
 * A build is alive while one of its polls waits, and when it was heard from since the last record.
 * Nothing is decided here: the owner of the partition alone lets a build lapse.
 */
#ifndef API_ALIVE_H
#define API_ALIVE_H

#include "api/publish.h"
#include "net/loop.h"

struct alive;
struct alive *alive_new(struct loop *loop, struct publisher *publisher);
void alive_free(struct alive *alive);

/* Heard from now. */
void alive_touch(struct alive *alive, const char *build, enum arch arch);
/* Alive until as many releases; a hold counts as a touch too. */
void alive_hold(struct alive *alive, const char *build, enum arch arch);
void alive_release(struct alive *alive, const char *build, enum arch arch);

#define ALIVE_INTERVAL_MS 5000
#define ALIVE_BATCH_MAX   4096 /* schemas/messages/builds_alive.json */

/* Takes the builds of one architecture that are alive, at most ALIVE_BATCH_MAX; *ret_more says
 * that there are others. Forgets those that nobody holds. Used by the timer; here for the tests. */
size_t alive_take(struct alive *alive, enum arch arch, char (*out)[41], bool *ret_more);

#endif
