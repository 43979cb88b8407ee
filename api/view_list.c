/* Lists of builds and machines. */
#include "api/view_internal.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- builds: [id, builder, machine, builder, machine] each --- */

static int take_build(const struct store_reply *entry, struct view_build *ret, struct error *err)
{
    struct slice id = slice_of(NULL, 0);

    if (store_reply_count(entry) > 0)
        id = store_reply_string(store_reply_at(entry, 0));
    if (id.len >= sizeof(ret->id))
        return error_set(err, ERROR_CORRUPT, "the view: an id is too long");
    if (id.len > 0)
        memcpy(ret->id, id.data, id.len);
    return view_take_builders(entry, 1, ret, err);
}

static struct view_build *take_builds(struct view *view, const struct store_reply *reply,
                                      size_t *ret_count, struct error *err)
{
    struct view_state state = view_take_state(view, reply);
    const struct store_reply *list = store_reply_at(reply, ARCH_COUNT);
    size_t count = list != NULL ? store_reply_count(list) : 0;
    struct view_build *builds = xcalloc(count + 1, sizeof(*builds));

    for (size_t i = 0; i < count; i++) {
        builds[i].state = state;
        if (take_build(store_reply_at(list, i), &builds[i], err) < 0) {
            free(builds);
            return NULL;
        }
    }
    *ret_count = count;
    return builds;
}

static void builds_read(void *arg, const struct store_reply *reply, const struct error *err)
{
    struct view_call *call = arg;
    struct view_build *builds = NULL;
    struct error problem;
    size_t count = 0;

    if (err == NULL) {
        builds = take_builds(call->view, reply, &count, &problem);
        err = builds == NULL ? &problem : NULL;
    }
    call->done.builds(call->arg, builds, count, err);
    free(builds);
    free(call);
}

int view_list_builds(struct view *view, const char *project, int64_t limit, view_builds_fn *done,
                     void *arg, struct error *err)
{
    struct view_call *call = xcalloc(1, sizeof(*call));
    char index[KEY_SIZE], limit_text[24];
    const char *keys[] = {key_of(index, view->prefix, "builds", project)};

    snprintf(limit_text, sizeof(limit_text), "%lld", (long long)limit);
    call->done.builds = done;
    call->arg = arg;
    return view_eval(view, view->builds, keys, array_size(keys), limit_text, builds_read, call,
                     err);
}

/* --- machines: [machine, number of builds] each --- */

static struct view_machine *take_machines(struct view *view, const struct store_reply *reply,
                                          size_t *ret_count, struct error *err)
{
    struct view_state state = view_take_state(view, reply);
    const struct store_reply *list = store_reply_at(reply, ARCH_COUNT);
    size_t count = list != NULL ? store_reply_count(list) : 0;
    struct view_machine *machines = xcalloc(count + 1, sizeof(*machines));

    for (size_t i = 0; i < count; i++) {
        const struct store_reply *entry = store_reply_at(list, i);
        const struct store_reply *builds = store_reply_at(entry, 1);
        machines[i].state = state;
        machines[i].build_count = builds != NULL ? (size_t)store_reply_integer(builds) : 0;
        if (view_take_machine(store_reply_at(entry, 0), &machines[i], err) < 0) {
            free(machines);
            return NULL;
        }
    }
    *ret_count = count;
    return machines;
}

static void machines_read(void *arg, const struct store_reply *reply, const struct error *err)
{
    struct view_call *call = arg;
    struct view_machine *machines = NULL;
    struct error problem;
    size_t count = 0;

    if (err == NULL) {
        machines = take_machines(call->view, reply, &count, &problem);
        err = machines == NULL ? &problem : NULL;
    }
    call->done.machines(call->arg, machines, count, err);
    free(machines);
    free(call);
}

int view_list_machines(struct view *view, bool with_gone, view_machines_fn *done, void *arg,
                       struct error *err)
{
    struct view_call *call = xcalloc(1, sizeof(*call));
    char live[KEY_SIZE], gone[KEY_SIZE];
    const char *keys[] = {key_of(live, view->prefix, "machines", NULL),
                          with_gone ? key_of(gone, view->prefix, "gone", NULL) : ""};

    call->done.machines = done;
    call->arg = arg;
    return view_eval(view, view->machines, keys, array_size(keys), NULL, machines_read, call, err);
}
