#include "api/alive.h"

#include "api/api.h"
#include "api/id_table.h"
#include "api/bodies.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct live_build {
    struct id_node node;
    unsigned holds;
    bool touched; /* since the last record */
};

struct alive {
    struct publisher *publisher;
    struct timer *timer;
    struct id_table tables[ARCH_COUNT]; /* by architecture */
};

static struct id_table *table_of(struct alive *alive, enum arch arch)
{
    return &alive->tables[(size_t)arch - 1];
}

static bool is_empty(const struct alive *alive)
{
    for (size_t i = 0; i < ARCH_COUNT; i++) {
        if (alive->tables[i].count > 0)
            return false;
    }
    return true;
}

/* --- who is alive --- */

static struct live_build *find(struct alive *alive, const char *build, enum arch arch)
{
    struct id_node *node = id_table_find(table_of(alive, arch), slice_text(build));

    return node != NULL ? container_of(node, struct live_build, node) : NULL;
}

static struct live_build *touch(struct alive *alive, const char *build, enum arch arch)
{
    struct live_build *live = find(alive, build, arch);

    if (live == NULL) {
        live = xcalloc(1, sizeof(*live));
        id_table_add(table_of(alive, arch), &live->node, build);
    }
    live->touched = true;
    if (!timer_is_set(alive->timer))
        timer_set(alive->timer, ALIVE_INTERVAL_MS);
    return live;
}

void alive_touch(struct alive *alive, const char *build, enum arch arch)
{
    touch(alive, build, arch);
}

void alive_hold(struct alive *alive, const char *build, enum arch arch)
{
    touch(alive, build, arch)->holds++;
}

void alive_release(struct alive *alive, const char *build, enum arch arch)
{
    struct live_build *live = find(alive, build, arch);

    if (live != NULL && live->holds > 0)
        live->holds--;
}

/* --- records --- */

struct take {
    struct id_table *table;
    char (*out)[41];
    size_t count;
    bool more;
};

static void take_one(void *arg, struct id_node *node)
{
    struct take *take = arg;
    struct live_build *live = container_of(node, struct live_build, node);

    if (!live->touched)
        return;
    if (take->count == ALIVE_BATCH_MAX) {
        take->more = true;
        return;
    }
    memcpy(take->out[take->count++], node->id, sizeof(node->id));
    live->touched = false;
    if (live->holds == 0) {
        id_table_remove(take->table, node);
        free(live);
    }
}

size_t alive_take(struct alive *alive, enum arch arch, char (*out)[41], bool *ret_more)
{
    struct take take = {.table = table_of(alive, arch), .out = out};

    id_table_each(take.table, take_one, &take);
    *ret_more = take.more;
    return take.count;
}

static void append_failed(void *arg, enum publish_result result, const struct error *err)
{
    /* The publisher has logged it. The next record says the same, and while none comes the owner's
     * clock stands still. */
    (void)arg, (void)result, (void)err;
}

static void publish_batch(struct alive *alive, enum arch arch, char (*builds)[41], size_t count)
{
    struct builds_alive message = {
        .builds = builds, .builds_count = count, .at_ms = (uint64_t)clock_wall_ms()};
    _cleanup_buf_ struct buf value = BUF_INIT(RECORD_VALUE_MAX);
    struct publish_group *group = publish_start(alive->publisher, append_failed, NULL);

    builds_alive_encode(&message, &value);
    const struct publish_event event = {.topic = "builder-requests",
                                        .arch = arch,
                                        .project = "",
                                        .type = TYPE_BUILDS_ALIVE,
                                        .value = buf_slice(&value)};
    publish_add(group, &event);
    publish_seal(group);
}

static void touch_held(void *arg, struct id_node *node)
{
    struct live_build *live = container_of(node, struct live_build, node);

    (void)arg;
    live->touched = live->holds > 0;
}

static void tick(void *arg)
{
    struct alive *alive = arg;
    char(*builds)[41] = xcalloc(ALIVE_BATCH_MAX, sizeof(*builds));

    for (size_t i = 0; i < ARCH_COUNT; i++) {
        bool more = true;
        while (more) {
            size_t count = alive_take(alive, (enum arch)(i + 1), builds, &more);
            if (count > 0)
                publish_batch(alive, (enum arch)(i + 1), builds, count);
        }
        id_table_each(&alive->tables[i], touch_held, NULL);
    }
    free(builds);
    if (!is_empty(alive))
        timer_set(alive->timer, ALIVE_INTERVAL_MS);
}

/* --- life --- */

struct alive *alive_new(struct loop *loop, struct publisher *publisher)
{
    struct alive *alive = xcalloc(1, sizeof(*alive));

    alive->publisher = publisher;
    alive->timer = timer_new(loop, tick, alive);
    return alive;
}

static void free_one(void *arg, struct id_node *node)
{
    (void)arg;
    free(container_of(node, struct live_build, node));
}

void alive_free(struct alive *alive)
{
    if (alive == NULL)
        return;
    for (size_t i = 0; i < ARCH_COUNT; i++) {
        id_table_each(&alive->tables[i], free_one, NULL);
        id_table_clear(&alive->tables[i]);
    }
    timer_free(alive->timer);
    free(alive);
}
