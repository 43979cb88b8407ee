/* Reading one build or one machine. */
#include "api/view_internal.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* --- a build --- */

static void take_arch_names(char *names, struct view_build *build)
{
    enum arch arch;
    char *name;

    while ((name = strsep(&names, ",")) != NULL) {
        if (arch_from_name(name, &arch))
            build->asked_archs[ARCH_INDEX(arch)] = true;
    }
}

static void take_asked(const struct store_reply *reply, struct view_build *build)
{
    struct slice bytes = reply != NULL ? store_reply_string(reply) : slice_of(NULL, 0);
    if (bytes.len == 0)
        return;
    _cleanup_free_ char *text = xstrndup((const char *)bytes.data, bytes.len);
    char *names = text;
    const char *project = strsep(&names, " ");
    if (names == NULL || !text_copy(build->asked_project, sizeof(build->asked_project), project))
        return;
    build->asked = true;
    take_arch_names(names, build);
}

static int take_builder(const struct store_reply *builder, const struct store_reply *machine,
                        struct view_builder *ret, struct error *err)
{
    if (builder == NULL || store_reply_type(builder) != STORE_STRING)
        return 0;
    if (builder_decode(&ret->builder, store_reply_string(builder), err) < 0)
        return error_prefix(err, "the view");
    ret->present = true;
    if (machine == NULL || store_reply_type(machine) != STORE_STRING)
        return 0;
    if (machine_decode(&ret->machine, store_reply_string(machine), err) < 0)
        return error_prefix(err, "the view");
    ret->has_machine = true;
    return 0;
}

int view_take_builders(const struct store_reply *reply, size_t first, struct view_build *build,
                       struct error *err)
{
    for (size_t i = 0; i < ARCH_COUNT; i++) {
        if (take_builder(store_reply_at(reply, first + 2 * i),
                         store_reply_at(reply, first + 2 * i + 1), &build->builders[i], err) < 0)
            return -1;
    }
    return 0;
}

static void build_read(void *arg, const struct store_reply *reply, const struct error *err)
{
    struct view_call *call = arg;
    struct view_build *build = xcalloc(1, sizeof(*build));
    struct error problem;

    if (err == NULL) {
        text_copy(build->id, sizeof(build->id), call->id);
        build->state = view_take_state(call->view, reply);
        take_asked(store_reply_at(reply, ARCH_COUNT), build);
        if (view_take_builders(reply, ARCH_COUNT + 1, build, &problem) < 0)
            err = &problem;
    }
    call->done.build(call->arg, err == NULL ? build : NULL, err);
    free(build);
    free(call);
}

int view_read_build(struct view *view, const char *build, view_build_fn *done, void *arg,
                    struct error *err)
{
    struct view_call *call = xcalloc(1, sizeof(*call));
    char build_key[KEY_SIZE], asked_key[KEY_SIZE];
    const char *keys[] = {key_of(build_key, view->prefix, "build", build),
                          key_of(asked_key, view->prefix, "asked", build)};

    call->done.build = done;
    call->arg = arg;
    text_copy(call->id, sizeof(call->id), build);
    return view_eval(view, view->build, keys, array_size(keys), NULL, build_read, call, err);
}

/* --- a machine --- */

static int compare_ids(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void take_places(const struct store_reply *list, struct view_machine *ret)
{
    size_t count = list != NULL ? store_reply_count(list) : 0;

    ret->builds = xcalloc(count + 1, sizeof(*ret->builds));
    for (size_t i = 0; i < count; i++) {
        struct slice id = store_reply_string(store_reply_at(list, i));
        if (id.len > 0 && id.len < sizeof(*ret->builds))
            memcpy(ret->builds[ret->build_count++], id.data, id.len);
    }
    qsort(ret->builds, ret->build_count, sizeof(*ret->builds), compare_ids);
}

int view_take_machine(const struct store_reply *bytes, struct view_machine *ret, struct error *err)
{
    if (bytes == NULL || store_reply_type(bytes) != STORE_STRING)
        return 0;
    if (machine_decode(&ret->machine, store_reply_string(bytes), err) < 0)
        return error_prefix(err, "the view");
    ret->present = true;
    return 0;
}

static void machine_read(void *arg, const struct store_reply *reply, const struct error *err)
{
    struct view_call *call = arg;
    struct view_machine machine = {0};
    struct error problem;

    if (err == NULL) {
        machine.state = view_take_state(call->view, reply);
        take_places(store_reply_at(reply, ARCH_COUNT + 1), &machine);
        if (view_take_machine(store_reply_at(reply, ARCH_COUNT), &machine, &problem) < 0)
            err = &problem;
    }
    call->done.machine(call->arg, err == NULL ? &machine : NULL, err);
    free(machine.builds);
    free(call);
}

int view_read_machine(struct view *view, const char *machine, view_machine_fn *done, void *arg,
                      struct error *err)
{
    struct view_call *call = xcalloc(1, sizeof(*call));
    char machine_key[KEY_SIZE], places_key[KEY_SIZE];
    const char *keys[] = {key_of(machine_key, view->prefix, "machine", machine),
                          key_of(places_key, view->prefix, "places", machine)};

    call->done.machine = done;
    call->arg = arg;
    return view_eval(view, view->machine, keys, array_size(keys), NULL, machine_read, call, err);
}

bool view_build_may_be_live(const struct view_build *build, size_t arch_index)
{
    const struct view_builder *entry = &build->builders[arch_index];

    if (entry->present)
        return entry->builder.state != BUILDER_STATE_ENDED;
    return !build->asked || build->asked_archs[arch_index];
}
