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
    bool touched;   /* since the last record */
    unsigned quiet; /* intervals without a touch */
};

struct alive {
    struct publisher *publisher;
    struct view *view;
    struct timer *timer;
    struct id_table tables[ARCH_COUNT]; /* by architecture */
};

static struct id_table *table_of(struct alive *alive, enum arch arch)
{
    return &alive->tables[(size_t)arch - 1];
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
    live->quiet = 0;
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

static void remove_build(struct id_table *table, struct live_build *live)
{
    id_table_remove(table, &live->node);
    free(live);
}

void alive_forget(struct alive *alive, const char *build)
{
    for (size_t i = 0; i < ARCH_COUNT; i++) {
        struct live_build *live = find(alive, build, (enum arch)(i + 1));
        if (live != NULL && live->holds == 0)
            remove_build(&alive->tables[i], live);
    }
}

/* --- records --- */

struct take {
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
}

size_t alive_take(struct alive *alive, enum arch arch, char (*out)[41], bool *ret_more)
{
    struct take take = {.out = out};

    id_table_each(table_of(alive, arch), take_one, &take);
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

static void silent_build_read(void *arg, const struct view_build *build, const struct error *err)
{
    if (err != NULL)
        return;
    for (size_t i = 0; i < ARCH_COUNT; i++) {
        if (view_build_may_be_live(build, i))
            return;
    }
    alive_forget(arg, build->id);
}

struct age {
    struct alive *alive;
    struct id_table *table;
};

static void age_one(void *arg, struct id_node *node)
{
    const struct age *age = arg;
    struct live_build *live = container_of(node, struct live_build, node);

    live->touched = live->holds > 0;
    live->quiet = live->touched ? 0 : live->quiet + 1;
    if (live->quiet > ALIVE_QUIET_MS / ALIVE_INTERVAL_MS)
        remove_build(age->table, live);
    else if (age->alive->view != NULL && live->quiet > 0 &&
             live->quiet % (ALIVE_LOOK_MS / ALIVE_INTERVAL_MS) == 0)
        view_read_build(age->alive->view, node->id, silent_build_read, age->alive, NULL);
}

bool alive_age(struct alive *alive, enum arch arch)
{
    struct age age = {.alive = alive, .table = table_of(alive, arch)};

    id_table_each(age.table, age_one, &age);
    return age.table->count > 0;
}

static void publish_alive(struct alive *alive, enum arch arch)
{
    char(*builds)[41] = xcalloc(ALIVE_BATCH_MAX, sizeof(*builds));
    bool more = true;

    while (more) {
        size_t count = alive_take(alive, arch, builds, &more);
        publish_batch(alive, arch, builds, count);
    }
    free(builds);
}

static void tick(void *arg)
{
    struct alive *alive = arg;
    bool is_due = false;

    for (size_t i = 0; i < ARCH_COUNT; i++) {
        if (alive->tables[i].count == 0)
            continue;
        publish_alive(alive, (enum arch)(i + 1));
        is_due |= alive_age(alive, (enum arch)(i + 1));
    }
    if (is_due)
        timer_set(alive->timer, ALIVE_INTERVAL_MS);
}

/* --- life --- */

struct alive *alive_new(struct loop *loop, struct publisher *publisher, struct view *view)
{
    struct alive *alive = xcalloc(1, sizeof(*alive));

    alive->publisher = publisher;
    alive->view = view;
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
