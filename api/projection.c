#include "api/projection.h"

#include "base/text.h"
#include "fleet/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *projection_position_format(const struct projection_position *position,
                                       char out[static PROJECTION_POSITION_SIZE])
{
    snprintf(out, PROJECTION_POSITION_SIZE, "%" PRId64 ":%" PRIu64 ":%" PRIu64 ":%" PRId64,
             position->next, position->chain.epoch, position->chain.seq, position->target);
    return out;
}

static bool parse_number(char **text, uint64_t max, uint64_t *ret)
{
    const char *part = strsep(text, ":");
    char *end;

    /* Numbers up to UINT64_MAX, which text_parse_int() cannot hold. */
    if (part == NULL || part[0] < '0' || part[0] > '9' || strlen(part) > 20)
        return false;
    *ret = strtoull(part, &end, 10);
    return *end == '\0' && *ret <= max;
}

bool projection_position_parse(struct slice text, struct projection_position *ret)
{
    char copy[PROJECTION_POSITION_SIZE], *rest = copy;
    uint64_t next, epoch, seq, target;

    if (text.len == 0 || text.len >= sizeof(copy))
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    if (!parse_number(&rest, INT64_MAX, &next) || !parse_number(&rest, UINT64_MAX, &epoch) ||
        !parse_number(&rest, UINT64_MAX, &seq) || !parse_number(&rest, INT64_MAX, &target) ||
        rest != NULL)
        return false;
    *ret = (struct projection_position){
        .next = (int64_t)next, .target = (int64_t)target, .chain = {.epoch = epoch, .seq = seq}};
    return true;
}

static void add_change(struct projection *projection, const struct fleet_change *change)
{
    /* Builders first: where a machine's record wakes the builds that have a place on it, the places
     * are those after this change. */
    for (size_t i = 0; i < change->builders_count; i++)
        view_batch_add_builder(&projection->batch, &change->builders[i]);
    for (size_t i = 0; i < change->machines_count; i++)
        view_batch_add_machine(&projection->batch, &change->machines[i]);
}

int projection_add(struct projection *projection, const struct record *record, struct error *err)
{
    struct fleet_record decoded;

    if (fleet_record_decode(&decoded, record, err) < 0)
        return -1;
    if (fleet_record_counts(&projection->position.chain, &decoded)) {
        projection->counted++;
        add_change(projection, &decoded.change);
    } else {
        projection->skipped++;
    }
    projection->position.next = record->offset + 1;
    fleet_record_clear(&decoded);
    return 0;
}
