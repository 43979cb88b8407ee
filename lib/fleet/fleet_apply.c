#include "fleet/fleet_index.h"

static void put_machines(struct fleet *fleet, const struct fleet_change *change, bool gone)
{
    for (size_t i = 0; i < change->machines_count; i++) {
        if ((change->machines[i].state == MACHINE_STATE_GONE) == gone)
            index_put_machine(fleet, &change->machines[i]);
    }
}

/* Builders come after the machines that they move to, and before those that they leave go. */
int fleet_apply(struct fleet *fleet, const struct fleet_change *change, struct error *err)
{
    if (fleet_check_change(fleet, change, err) < 0)
        return -1;
    put_machines(fleet, change, false);
    for (size_t i = 0; i < change->builders_count; i++)
        index_put_builder(fleet, &change->builders[i]);
    put_machines(fleet, change, true);
    for (size_t i = 0; i < change->volumes_count; i++)
        index_put_volume(fleet, &change->volumes[i]);
    fleet->decided_at_ms = change->decided_at_ms;
    fleet->request_position = change->request_position;
    fleet->event_position = change->event_position;
    return 0;
}
