/* Ownership of partitions by locks: a member owns a partition while it has the lock on the
 * partition's byte of PATH-locks. These are open file description locks (fcntl(2)): each group has
 * a description of its own, close-on-exec, so the kernel frees the bytes when the process ends,
 * however it ends. First come owns: a member that joins takes what is free and waits for the rest.
 *
 * Who waits is woken by inotify when another member leaves or dies. The event of a death comes
 * shortly before the locks are free, hence a second look soon after; and one every second in case
 * an event does not come at all.
 */
#include "bus/local.h"

#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define RETRY_MS           1000
#define RETRY_SOON_MS      20
#define POSITIONS_DELAY_MS 5000

static struct local_group *group_of(struct bus_group *group)
{
    return (struct local_group *)(void *)group;
}

static int set_lock(int fd, int64_t byte, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    return fcntl(fd, F_OFD_SETLK, &lock);
}

int local_lock_byte(int fd, int64_t byte, bool *ret_locked)
{
    int result = set_lock(fd, byte, F_WRLCK);
    *ret_locked = result == 0;
    return result < 0 && errno != EAGAIN && errno != EACCES ? -1 : 0;
}

/* Byte 0 is LOCAL_OPENER_BYTE; group ids start at 1. */
static int64_t lock_byte(const struct local_group *group, int32_t partition)
{
    return group->id * BUS_PARTITIONS_MAX + partition;
}

static int find_id(struct local *local, struct local_group *group, struct error *err)
{
    sqlite3_stmt *statement = LOCAL_BIND(local, LOCAL_GROUP, group->topic->id);
    sqlite3_bind_text(statement, 2, group->base.name, -1, SQLITE_TRANSIENT);
    return local_query(local, statement, &group->id, err);
}

static int add_id(struct local *local, struct local_group *group, struct error *err)
{
    if (local_begin(local, err) < 0)
        return -1;
    int found = find_id(local, group, err);
    if (found == 0) {
        sqlite3_stmt *statement = LOCAL_BIND(local, LOCAL_GROUP_ADD, group->topic->id);
        sqlite3_bind_text(statement, 2, group->base.name, -1, SQLITE_TRANSIENT);
        found = local_query(local, statement, NULL, err);
    }
    if (found < 0 || local_commit(local, err) < 0) {
        local_rollback(local);
        return -1;
    }
    return find_id(local, group, err);
}

static int ensure_id(struct local *local, struct local_group *group, struct error *err)
{
    if (group->id >= 0)
        return 0;
    int found = find_id(local, group, err);
    if (found == 0)
        found = add_id(local, group, err);
    return found < 0 ? -1 : 0;
}

/* Takes what is free; `*ret_waiting` tells whether something is not. */
static int take_free(struct local_group *group, bool *ret_waiting, struct error *err)
{
    struct bus_group *base = &group->base;
    *ret_waiting = false;
    for (int32_t i = 0; i < group->topic->partition_count && !base->closed; i++) {
        if (group->owned[i])
            continue;
        if (local_lock_byte(group->fd, lock_byte(group, i), &group->owned[i]) < 0)
            return error_errno(err, errno, "cannot lock a partition of %s", base->topic);
        if (group->owned[i])
            base->callbacks.assigned(base->arg, i);
        else
            *ret_waiting = true;
    }
    return 0;
}

static void schedule(struct local_group *group)
{
    timer_set(group->retry, group->again_soon ? RETRY_SOON_MS : RETRY_MS);
    group->again_soon = false;
}

static void try_group(void *arg)
{
    struct local_group *group = arg;
    struct bus *bus = group->base.bus;
    struct local *local = local_of(bus);
    struct error err = ERROR_INIT;
    bool waiting = true;
    if (bus->failed)
        return;
    bus_enter(bus);
    if (ensure_id(local, group, &err) < 0)
        group->again_soon = true;
    else
        take_free(group, &waiting, &err);
    local_check_fatal(local, &err);
    if (!group->base.closed && waiting)
        schedule(group);
    bus_leave(bus);
}

void local_group_wake_all(struct local *local)
{
    struct bus_group *base;
    TAILQ_FOREACH(base, &local->base.groups, link)
    {
        struct local_group *group = group_of(base);
        if (!timer_is_set(group->retry))
            continue; /* it has everything */
        group->again_soon = true;
        timer_set(group->retry, 0);
    }
}

int local_group_open(struct bus_group *base, struct error *err)
{
    struct local *local = local_of(base->bus);
    struct local_group *group = group_of(base);
    group->topic = local_find_topic(local, base->topic, 0, err);
    if (group->topic == NULL)
        return -1;
    group->fd = open(local->locks.path, O_RDWR | O_CLOEXEC);
    if (group->fd < 0)
        return error_errno(err, errno, "cannot open %s", local->locks.path);
    size_t count = (size_t)group->topic->partition_count;
    group->id = -1;
    group->owned = xcalloc(count, sizeof(*group->owned));
    group->positions = xcalloc(count, sizeof(*group->positions));
    for (size_t i = 0; i < count; i++)
        group->positions[i] = -1;
    group->retry = timer_new(local->base.loop, try_group, group);
    timer_set(group->retry, 0);
    return 0;
}

void local_group_commit(struct bus_group *base, int32_t partition, int64_t next)
{
    struct local *local = local_of(base->bus);
    struct local_group *group = group_of(base);
    if (partition < 0 || partition >= group->topic->partition_count || next < 0)
        return;
    group->positions[partition] = next;
    if (!timer_is_set(local->positions_timer))
        timer_set(local->positions_timer, POSITIONS_DELAY_MS);
}

static int write_group_positions(struct local *local, struct local_group *group, struct error *err)
{
    for (int32_t i = 0; i < group->topic->partition_count; i++) {
        if (group->positions[i] < 0)
            continue;
        sqlite3_stmt *statement =
            LOCAL_BIND(local, LOCAL_POSITION_SET, group->id, i, group->positions[i]);
        if (local_query(local, statement, NULL, err) < 0)
            return -1;
        group->positions[i] = -1;
    }
    return 0;
}

int local_write_positions(struct local *local, struct error *err)
{
    struct bus_group *base;
    if (!local->positions_due)
        return 0;
    TAILQ_FOREACH(base, &local->base.groups, link)
    if (group_of(base)->id >= 0 && write_group_positions(local, group_of(base), err) < 0)
        return -1;
    return 0;
}

static void revoke_all(struct local_group *group)
{
    struct bus_group *base = &group->base;
    for (int32_t i = 0; i < group->topic->partition_count; i++) {
        if (!group->owned[i])
            continue;
        base->callbacks.revoked(base->arg, i, false);
        set_lock(group->fd, lock_byte(group, i), F_UNLCK);
    }
}

/* The locks are given back before the others are woken. */
void local_group_leave(struct bus_group *base)
{
    struct local_group *group = group_of(base);
    revoke_all(group);
    timer_free(group->retry);
    if (pwrite(group->fd, "", 1, LOCAL_OPENER_BYTE) != 1)
        log_warn("cannot write to %s", local_of(base->bus)->locks.path);
    close(group->fd);
    free(group->owned);
    free(group->positions);
}
