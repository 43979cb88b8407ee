/* The view in Redis: what the routes read, and what the projector writes.
 *
 * Reads are answered once, from the loop and never from inside the call; -1 means that there will
 * be no answer. What is handed to a callback lives during it. An entry that is not there says
 * nothing: the view may be behind the log, and `complete` is false as long as it is known to be.
 */
#ifndef API_VIEW_H
#define API_VIEW_H

#include "api/bodies.h"
#include "api/projection.h"
#include "api/view_batch.h"
#include "net/loop.h"
#include "store/store.h"

struct view;
/* `missing` is called when a read found that a part of the view is not there at all. */
struct view *view_new(struct store *store, const char *topic_prefix, int32_t partition,
                      loop_fn *missing, void *arg);
void view_free(struct view *view); /* after store_close() */

#define ARCH_INDEX(arch) ((size_t)(arch)-1)

/* For each architecture: the view has come to where the log's end was when a projector took over.
 */
struct view_state {
    bool complete[ARCH_COUNT];
};

struct view_builder {
    bool present, has_machine;
    struct builder builder;
    struct machine machine; /* that it is on, or was on last; forgotten after a while */
};
struct view_build {
    struct view_state state;
    char id[41];
    struct view_builder builders[ARCH_COUNT]; /* by ARCH_INDEX */
    /* What was asked for, as long as that is remembered. */
    bool asked, asked_archs[ARCH_COUNT];
    char asked_project[64];
};
/* False once its builder for this architecture has ended, and when none was asked for. */
bool view_build_may_be_live(const struct view_build *build, size_t arch_index);
typedef void view_build_fn(void *arg, const struct view_build *build, const struct error *err);
int view_read_build(struct view *view, const char *build, view_build_fn *done, void *arg,
                    struct error *err);

struct view_machine {
    struct view_state state;
    bool present;
    struct machine machine;
    char (*builds)[41]; /* that have a place on it, in order */
    size_t build_count;
};
typedef void view_machine_fn(void *arg, const struct view_machine *machine,
                             const struct error *err);
int view_read_machine(struct view *view, const char *machine, view_machine_fn *done, void *arg,
                      struct error *err);

typedef void view_builds_fn(void *arg, const struct view_build *builds, size_t count,
                            const struct error *err);
/* The newest; `project` NULL: of all. */
int view_list_builds(struct view *view, const char *project, int64_t limit, view_builds_fn *done,
                     void *arg, struct error *err);

/* `builds` is not filled, `build_count` is. */
typedef void view_machines_fn(void *arg, const struct view_machine *machines, size_t count,
                              const struct error *err);
int view_list_machines(struct view *view, bool with_gone, view_machines_fn *done, void *arg,
                       struct error *err);

/* Remembers for a day what was asked for, so that a build can be ended before the fleet has it.
 * Best effort. */
void view_note_asked(struct view *view, const char *build, const char *project,
                     const enum arch *archs, size_t arch_count);
/* Tells every projector that a part of the view is missing. Best effort. */
void view_tell_missing(struct view *view);

/* *position is NULL when there is none. */
typedef void view_position_fn(void *arg, const struct projection_position *position,
                              const struct error *err);
int view_read_position(struct view *view, enum arch arch, int32_t partition, view_position_fn *done,
                       void *arg, struct error *err);
enum view_write_result {
    VIEW_WRITTEN,
    VIEW_REFUSED, /* another position is there: nothing was changed */
    VIEW_FAILED,  /* err says why; the fate is unknown */
};
typedef void view_write_fn(void *arg, enum view_write_result result, const struct error *err);
/* `before` NULL: none is there. */
int view_write(struct view *view, enum arch arch, int32_t partition,
               const struct projection_position *before, const struct projection_position *after,
               const struct view_batch *batch, view_write_fn *done, void *arg, struct error *err);

#endif
