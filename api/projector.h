/* Keeps the view in Redis up to date with the `fleet` topics.
 *
 * All replicas share one group for each architecture; whoever has a partition reads it and writes
 * its changes, its position and its chain in one atomic script, forward only: a write names the
 * position that it goes on from, and when another is there it changes nothing, and the partition is
 * taken up again from what is there. An empty Redis is filled from the log's start in the same way.
 * Caught up and idle it does nothing.
 *
 * A record of the chain that cannot be understood stops its partition until the program is started
 * again: guessing would show something that never was.
 */
#ifndef API_PROJECTOR_H
#define API_PROJECTOR_H

#include "api/view.h"
#include "bus/bus.h"
#include "daemon/metrics.h"

struct projector;
struct projector_options {
    struct loop *loop;
    struct bus *bus;
    struct store *store;
    struct view *view;
    struct metrics *metrics;
    int32_t partitions;
};
/* The topics exist. */
struct projector *projector_start(const struct projector_options *options, struct error *err);
/* After bus_close() and store_close(): nothing is answered any more. */
void projector_free(struct projector *projector);

/* The connection to Redis is new: what is there may have changed. */
void projector_store_connected(struct projector *projector);
/* A part of the view is missing: look after the partitions that are ours. */
void projector_check(struct projector *projector);
/* Every partition that is ours is caught up; otherwise appends why not. */
bool projector_is_ready(const struct projector *projector, struct buf *why);

#endif
