/* Who waits for a change of which build or machine, and how they are woken.
 *
 * A waiter reads first and is added then, or the other way round: it is woken for each change after
 * it was added, whenever messages may have been missed (after each reconnect), and every 30 s
 * besides. One subscription and one timer serve all waiters; the timer runs only while there are
 * some.
 */
#ifndef API_WAITING_H
#define API_WAITING_H

#include "api/id_table.h"
#include "daemon/metrics.h"
#include "net/loop.h"
#include "store/store.h"

struct waiting;
/* `missing` is called when somebody says that a part of the view is missing. */
struct waiting *waiting_new(struct loop *loop, size_t max, struct metrics *metrics,
                            loop_fn *missing, void *arg);
int waiting_subscribe(struct waiting *waiting, struct store *store, const char *channel,
                      struct error *err);
void waiting_free(struct waiting *waiting); /* after store_close() */

struct waiter {
    struct id_node node;
    loop_fn *wake; /* may remove waiters, its own and others of other ids */
    void *arg;
};
/* false when there are too many. */
bool waiting_add(struct waiting *waiting, struct waiter *waiter, const char *id, loop_fn *wake,
                 void *arg);
void waiting_remove(struct waiting *waiting, struct waiter *waiter);

/* The text of one message: ids separated by blanks. Pure but for the waiters it wakes. */
void waiting_message(struct waiting *waiting, struct slice text);
void waiting_wake_all(struct waiting *waiting);

#endif
