#include "fleet/chain.h"

/* No number follows the largest one, so nothing ever counts after it instead of starting again. */
static bool follows(uint64_t number, uint64_t last)
{
    return last != UINT64_MAX && number == last + 1;
}

bool chain_admit(struct chain *chain, const struct chain_link *link)
{
    if (link->kind == CHAIN_TAKE_OVER) {
        if (!follows(link->epoch, chain->epoch))
            return false;
        *chain = (struct chain){.epoch = link->epoch};
        return true;
    }
    /* Epoch 0 is that of nobody: a change before the first take-over is void. */
    if (link->epoch == 0 || link->epoch != chain->epoch || !follows(link->seq, chain->seq))
        return false;
    chain->seq = link->seq;
    return true;
}
