/* Groups, as far as they are the same for every backend. */
#include "bus/backend.h"

#include "base/memory.h"

#include <stdlib.h>

struct bus_group *bus_join(struct bus *bus, const char *group, const char *topic,
                           const struct bus_group_callbacks *callbacks, void *arg,
                           struct error *err)
{
    struct bus_group *joined = xcalloc(1, bus->ops->group_size);
    joined->bus = bus;
    joined->callbacks = *callbacks;
    joined->arg = arg;
    if (bus_name(bus, group, joined->name, err) < 0 ||
        bus_name(bus, topic, joined->topic, err) < 0 || bus->ops->group_open(joined, err) < 0) {
        free(joined);
        return NULL;
    }
    TAILQ_INSERT_TAIL(&bus->groups, joined, link);
    return joined;
}

void bus_group_commit(struct bus_group *group, int32_t partition, int64_t next)
{
    if (!group->closed)
        group->bus->ops->group_commit(group, partition, next);
}

void bus_group_leave(struct bus_group *group)
{
    if (group == NULL || group->closed)
        return;
    struct bus *bus = group->bus;
    bus_enter(bus);
    group->closed = true;
    TAILQ_REMOVE(&bus->groups, group, link);
    bus->ops->group_leave(group);
    TAILQ_INSERT_TAIL(&bus->retired_groups, group, link);
    bus_leave(bus);
}

void bus_group_free_retired(struct bus *bus)
{
    struct bus_group *group;
    while ((group = TAILQ_FIRST(&bus->retired_groups)) != NULL) {
        TAILQ_REMOVE(&bus->retired_groups, group, link);
        free(group);
    }
}

void bus_group_leave_all(struct bus *bus)
{
    struct bus_group *group;
    while ((group = TAILQ_FIRST(&bus->groups)) != NULL)
        bus_group_leave(group);
}
