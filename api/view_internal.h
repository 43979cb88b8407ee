/* What the files of the view share. */
#ifndef API_VIEW_INTERNAL_H
#define API_VIEW_INTERNAL_H

#include "api/keys.h"
#include "api/view.h"

struct view {
    struct store *store;
    char *prefix;
    loop_fn *missing;
    void *missing_arg;
    struct store_script *write, *build, *machine, *builds, *machines;
    char positions[ARCH_COUNT][KEY_SIZE]; /* of the organisation's partition */
    char key_prefix[KEY_SIZE];
};

/* A question under way; freed by whoever takes its answer. */
struct view_call {
    struct view *view;
    union {
        view_build_fn *build;
        view_machine_fn *machine;
        view_builds_fn *builds;
        view_machines_fn *machines;
        view_position_fn *position;
        view_write_fn *write;
    } done;
    void *arg;
    char id[41];
};

/* Runs a script that reads: `keys` after the two positions; ARGV is the prefix and `argument`
 * unless that is NULL. `call` is taken over. */
int view_eval(struct view *view, struct store_script *script, const char *const *keys,
              size_t key_count, const char *argument, store_reply_fn *answered,
              struct view_call *call, struct error *err);

/* The first two elements of an answer; tells view->missing when one is not there. */
struct view_state view_take_state(struct view *view, const struct store_reply *reply);
/* From `first` on: builder and machine of each architecture. */
int view_take_builders(const struct store_reply *reply, size_t first, struct view_build *build,
                       struct error *err);
int view_take_machine(const struct store_reply *bytes, struct view_machine *ret, struct error *err);

#endif
