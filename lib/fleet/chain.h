/* Which records of `fleet` count. The one place that says so: owners, projectors, the simulator and
 * tools all ask here.
 *
 *   A take-over counts when its epoch is the last counted epoch + 1: of two, the first in the log.
 *   A change counts when its epoch is the current one and its seq is the last counted seq + 1.
 *
 * Everything else is void, is skipped, and changes nothing. So whoever was deposed without knowing
 * can append what it likes, and no clock has to be trusted.
 */
#ifndef FLEET_CHAIN_H
#define FLEET_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

/* What counted so far. Zeros: nothing. */
struct chain {
    uint64_t epoch;
    uint64_t seq; /* of the last change in this epoch; 0 right after its take-over */
};

enum chain_link_kind { CHAIN_TAKE_OVER, CHAIN_CHANGE };

struct chain_link {
    enum chain_link_kind kind;
    uint64_t epoch;
    uint64_t seq; /* not used by a take-over */
};

/* Whether the next record in the log counts. If so *chain is the chain after it, else it stays. */
bool chain_admit(struct chain *chain, const struct chain_link *link);

#endif
