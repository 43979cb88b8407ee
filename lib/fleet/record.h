/* A record of `fleet`, decoded as far as it concerns the chain. */
#ifndef FLEET_RECORD_H
#define FLEET_RECORD_H

#include "base/error.h"
#include "fleet/chain.h"
#include "schemas/messages.h"
#include "wire/record.h"

enum fleet_record_type {
    FLEET_RECORD_FOREIGN, /* of another writer or kind: skip and count it */
    FLEET_RECORD_TOOK_OVER,
    FLEET_RECORD_CHANGE,
};

struct fleet_record {
    enum fleet_record_type type;
    struct envelope envelope; /* empty when foreign */
    struct took_over took_over;
    struct fleet_change change;
};

/* A record whose ce_type is none of the chain's is foreign. One that says it belongs to the chain
 * and cannot be decoded is ERROR_CORRUPT: whoever goes on past it guesses. *ret is empty then;
 * otherwise the caller ends with fleet_record_clear(). */
int fleet_record_decode(struct fleet_record *ret, const struct record *record, struct error *err);
void fleet_record_clear(struct fleet_record *record);

/* chain_admit() for a decoded record; foreign ones never count. */
bool fleet_record_counts(struct chain *chain, const struct fleet_record *record);

#endif
