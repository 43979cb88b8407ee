/* POST /v1/builds/{build}/keep-alive, /finish and /cancel. */
#include "api/bodies.h"
#include "api/builds.h"
#include "api/call.h"
#include "api/alive.h"
#include "api/publish.h"
#include "api/routes.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>

/* --- keep-alive --- */

/* A build needs all of its builders: one that ended ends its use of the others. */
static const struct builder *ended_builder(const struct view_build *build)
{
    for (size_t i = 0; i < ARCH_COUNT; i++) {
        const struct view_builder *entry = &build->builders[i];
        if (entry->present && build->state.complete[i] &&
            entry->builder.state == BUILDER_STATE_ENDED)
            return &entry->builder;
    }
    return NULL;
}

static void touch_all(struct call *call, const struct view_build *build)
{
    for (size_t i = 0; i < ARCH_COUNT; i++) {
        if (build == NULL || view_build_may_be_live(build, i))
            alive_touch(call->api->alive, call->parameters.values[0], (enum arch)(i + 1));
    }
}

static void keep_alive_read(void *arg, const struct view_build *build, const struct error *err)
{
    struct call *call = arg;
    const struct builder *ended = err == NULL ? ended_builder(build) : NULL;

    if (ended != NULL) {
        alive_forget(call->api->alive, call->parameters.values[0]);
        call_problem(call, PROBLEM_BUILD_ENDED, "the %s builder %s%s%s", arch_name(ended->arch),
                     build_outcome_name(ended->outcome), ended->reason[0] != '\0' ? ": " : "",
                     ended->reason);
    } else {
        touch_all(call, build);
        call_reply_empty(call, 204);
    }
    call_unref(call);
}

void handle_keep_alive(struct call *call)
{
    if (!build_id_is_ours(call))
        return;
    if (view_read_build(call->api->view, call->parameters.values[0], keep_alive_read,
                        call_ref(call), NULL) == 0)
        return;
    /* Redis is away: no reason to let a build lapse. */
    touch_all(call, NULL);
    call_reply_empty(call, 204);
    call_unref(call);
}

/* --- finish and cancel --- */

struct ending {
    struct call *call;
    struct builder_released message; /* but for its architecture and project */
};

static void free_ending(struct ending *ending)
{
    call_unref(ending->call);
    free(ending);
}

static void appended(void *arg, enum publish_result result, const struct error *err)
{
    struct ending *ending = arg;

    if (result == PUBLISH_DONE) {
        alive_forget(ending->call->api->alive, ending->message.build);
        call_reply_empty(ending->call, 204);
    } else if (result == PUBLISH_REFUSED) {
        call_problem(ending->call, PROBLEM_LOG_UNAVAILABLE, "%s", err->message);
    } else {
        call_problem(ending->call, PROBLEM_LOG_OUTCOME_UNKNOWN, "%s", err->message);
    }
    free_ending(ending);
}

static void add_release(struct publish_group *group, struct ending *ending, enum arch arch)
{
    _cleanup_buf_ struct buf value = BUF_INIT(RECORD_VALUE_MAX);

    ending->message.arch = arch;
    builder_released_encode(&ending->message, &value);
    publish_add(group, &(struct publish_event){.topic = "builder-requests",
                                               .arch = arch,
                                               .project = ending->message.project,
                                               .type = TYPE_BUILDER_RELEASED,
                                               .value = buf_slice(&value),
                                               .traceparent = call_traceparent(ending->call)});
}

static void release(struct ending *ending, const bool archs[static ARCH_COUNT])
{
    struct publish_group *group = publish_start(ending->call->api->publisher, appended, ending);

    for (size_t i = 0; i < ARCH_COUNT; i++) {
        if (archs[i])
            add_release(group, ending, (enum arch)(i + 1));
    }
    publish_seal(group);
}

enum release_plan plan_release(const struct view_build *build, int64_t issued_ms, int64_t now_ms,
                               bool ret_archs[static ARCH_COUNT], char ret_project[static 64])
{
    bool is_old = now_ms - issued_ms > ASKED_MEMORY_MS, any = false;

    text_copy(ret_project, 64, build->asked_project);
    for (size_t i = 0; i < ARCH_COUNT; i++) {
        const struct view_builder *entry = &build->builders[i];
        if (entry->present)
            text_copy(ret_project, 64, entry->builder.project);
        /* What was asked for is forgotten only when any builder would be in the view. */
        ret_archs[i] =
            view_build_may_be_live(build, i) && (entry->present || build->asked || !is_old);
        any |= ret_archs[i];
    }
    if (!any)
        return RELEASE_NOTHING;
    return ret_project[0] != '\0' ? RELEASE_THESE : RELEASE_LATER;
}

static void build_read(void *arg, const struct view_build *build, const struct error *err)
{
    struct ending *ending = arg;
    bool archs[ARCH_COUNT];

    if (err != NULL) {
        call_problem(ending->call, PROBLEM_VIEW_UNAVAILABLE, "%s", err->message);
        free_ending(ending);
        return;
    }
    int64_t issued_ms = build_issued_ms(ending->call->api, build->id);
    switch (plan_release(build, issued_ms, clock_wall_ms(), archs, ending->message.project)) {
    case RELEASE_THESE:
        release(ending, archs);
        return;
    case RELEASE_NOTHING:
        call_reply_empty(ending->call, 204);
        alive_forget(ending->call->api->alive, ending->message.build);
        break;
    case RELEASE_LATER:
        call_problem(ending->call, PROBLEM_VIEW_BEHIND, "nothing is known of build %s yet",
                     build->id);
        break;
    }
    free_ending(ending);
}

static void end_build(struct call *call, enum build_outcome outcome, int64_t exit_code,
                      const char *reason)
{
    struct ending *ending = xcalloc(1, sizeof(*ending));
    struct error err;

    ending->call = call_ref(call);
    ending->message.outcome = outcome;
    ending->message.exit_code = (uint64_t)exit_code;
    ending->message.released_at_ms = (uint64_t)clock_wall_ms();
    text_copy(ending->message.organisation, sizeof(ending->message.organisation), ORGANISATION);
    text_copy(ending->message.build, sizeof(ending->message.build), call->parameters.values[0]);
    text_copy(ending->message.reason, sizeof(ending->message.reason), reason);
    if (view_read_build(call->api->view, ending->message.build, build_read, ending, &err) < 0) {
        call_problem(call, PROBLEM_VIEW_UNAVAILABLE, "%s", err.message);
        free_ending(ending);
    }
}

void handle_finish(struct call *call)
{
    struct body_finish body;
    struct error err;

    if (!build_id_is_ours(call))
        return;
    if (body_finish_parse(call_body(call), &body, &err) < 0)
        call_problem(call, PROBLEM_BAD_JSON, "%s", err.message);
    else
        end_build(call, body.outcome, body.exit_code, "");
}

void handle_cancel(struct call *call)
{
    struct body_cancel body;
    struct error err;

    if (!build_id_is_ours(call))
        return;
    if (body_cancel_parse(call_body(call), &body, &err) < 0)
        call_problem(call, PROBLEM_BAD_JSON, "%s", err.message);
    else
        end_build(call, BUILD_OUTCOME_CANCELLED, 0,
                  body.reason[0] != '\0' ? body.reason : "cancelled by the client");
}
