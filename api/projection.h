/* From records of `fleet` to changes of the view. Pure.
 *
 * A position is what the view of one partition holds: everything before `next`, and the chain as it
 * is there (lib/fleet/chain.h). Until `next` has come to `target` the view is behind on purpose: it
 * is being built again, and what it says may have been true long ago.
 */
#ifndef API_PROJECTION_H
#define API_PROJECTION_H

#include "api/view_batch.h"
#include "base/error.h"
#include "fleet/chain.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stdint.h>

struct projection_position {
    int64_t next;   /* offset */
    int64_t target; /* offset */
    struct chain chain;
};

#define PROJECTION_POSITION_SIZE 96
/* Returns `out`. */
const char *projection_position_format(const struct projection_position *position,
                                       char out[static PROJECTION_POSITION_SIZE]);
bool projection_position_parse(struct slice text, struct projection_position *ret);

struct projection {
    struct projection_position position; /* after everything that was added */
    struct view_batch batch;             /* what of it is not written yet */
    uint64_t counted, skipped;           /* records, since the start */
};

/* Adds one record. ERROR_CORRUPT when it belongs to the chain and cannot be understood: nothing
 * after it may be shown then. A record that does not count changes the position alone. */
int projection_add(struct projection *projection, const struct record *record, struct error *err);

#endif
