#include "fleet/record.h"

static int decode_value(struct fleet_record *ret, struct slice value, struct error *err)
{
    switch (ret->type) {
    case FLEET_RECORD_TOOK_OVER:
        return took_over_decode(&ret->took_over, value, err);
    case FLEET_RECORD_CHANGE:
        return fleet_change_decode(&ret->change, value, err);
    case FLEET_RECORD_FOREIGN:
        break;
    }
    return 0;
}

/* What the record itself claims to be, whether or not the rest of its envelope is good. */
static enum fleet_record_type claimed_type(const struct record *record)
{
    const struct record_header *type = record_find_header(record, "ce_type");

    if (type == NULL)
        return FLEET_RECORD_FOREIGN;
    if (slice_equal(type->value, slice_text(TYPE_TOOK_OVER)))
        return FLEET_RECORD_TOOK_OVER;
    return slice_equal(type->value, slice_text(TYPE_FLEET_CHANGE)) ? FLEET_RECORD_CHANGE
                                                                   : FLEET_RECORD_FOREIGN;
}

int fleet_record_decode(struct fleet_record *ret, const struct record *record, struct error *err)
{
    *ret = (struct fleet_record){.type = claimed_type(record)};
    if (ret->type == FLEET_RECORD_FOREIGN)
        return 0;
    if (envelope_from_headers(&ret->envelope, record, err) < 0 ||
        decode_value(ret, record->value, err) < 0) {
        error_prefix(err, "%s/%d@%lld", record->topic, record->partition,
                     (long long)record->offset);
        *ret = (struct fleet_record){.type = FLEET_RECORD_FOREIGN};
        return -1;
    }
    return 0;
}

void fleet_record_clear(struct fleet_record *record)
{
    fleet_change_clear(&record->change);
    took_over_clear(&record->took_over);
}

bool fleet_record_counts(struct chain *chain, const struct fleet_record *record)
{
    struct chain_link link = {.kind = CHAIN_TAKE_OVER, .epoch = record->took_over.epoch};

    if (record->type == FLEET_RECORD_FOREIGN)
        return false;
    if (record->type == FLEET_RECORD_CHANGE)
        link = (struct chain_link){
            .kind = CHAIN_CHANGE, .epoch = record->change.epoch, .seq = record->change.seq};
    return chain_admit(chain, &link);
}
