/* GET /v1/builds and GET /v1/builds/{build}. */
#include "api/builds.h"

#include "api/json.h"
#include "api/routes.h"
#include "base/memory.h"
#include "base/text.h"
#include "pki/build_id.h"

#include <stdlib.h>

#define LIMIT_DEFAULT 20
#define LIMIT_MAX     200

int64_t build_issued_ms(const struct api *api, const char *build)
{
    struct slice key = slice_of(api->secrets->build_id_key, sizeof(api->secrets->build_id_key));
    int64_t issued_ms = 0;

    return build_id_verify(build, key, &issued_ms) ? issued_ms : 0;
}

bool build_id_is_ours(struct call *call)
{
    if (build_issued_ms(call->api, call->parameters.values[0]) != 0)
        return true;
    call_problem(call, PROBLEM_BUILD_NOT_FOUND, "no build %s was issued by this installation",
                 call->parameters.values[0]);
    return false;
}

/* --- as JSON --- */

static json_t *outcome_to_json(enum build_outcome outcome)
{
    return outcome != 0 ? json_string(build_outcome_name(outcome)) : json_null();
}

static json_t *builder_to_json(const struct view_builder *entry)
{
    const struct builder *builder = &entry->builder;

    return json_pack(
        "{s:s, s:s, s:s, s:b, s:o, s:s, s:o, s:o, s:o}", "arch", arch_name(builder->arch), "state",
        builder_state_name(builder->state), "machine", builder->machine, "emulated",
        entry->has_machine && entry->machine.emulated, "outcome", outcome_to_json(builder->outcome),
        "reason", builder->reason, "requested_at", json_time(builder->requested_at_ms), "placed_at",
        json_time(builder->placed_at_ms), "ended_at", json_time(builder->ended_at_ms));
}

/* The state of the builder that is furthest from its end, and the worst of the outcomes. */
static const struct builder *summarize(const struct view_build *build,
                                       enum builder_state *ret_state,
                                       enum build_outcome *ret_outcome)
{
    const struct builder *first = NULL;

    *ret_state = BUILDER_STATE_ENDED;
    *ret_outcome = 0;
    for (size_t i = 0; i < ARCH_COUNT; i++) {
        const struct builder *builder = &build->builders[i].builder;
        if (!build->builders[i].present)
            continue;
        if (first == NULL)
            first = builder;
        if (builder->state < *ret_state)
            *ret_state = builder->state;
        if (builder->outcome > *ret_outcome)
            *ret_outcome = builder->outcome;
    }
    if (*ret_state != BUILDER_STATE_ENDED)
        *ret_outcome = 0;
    return first;
}

json_t *build_to_json(const struct view_build *build, int64_t issued_ms)
{
    enum builder_state state;
    enum build_outcome outcome;
    const struct builder *first = summarize(build, &state, &outcome);
    uint64_t created_ms = first != NULL ? first->requested_at_ms : (uint64_t)issued_ms;
    json_t *builders = json_array();

    for (size_t i = 0; i < ARCH_COUNT; i++) {
        if (build->builders[i].present)
            json_array_append_new(builders, builder_to_json(&build->builders[i]));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:o}", "id", build->id, "project",
                     first != NULL ? first->project : build->asked_project, "command",
                     first != NULL ? first->command : "", "state",
                     first != NULL ? builder_state_name(state) : "accepted", "outcome",
                     outcome_to_json(outcome), "created_at", json_time(created_ms), "principal",
                     first != NULL ? first->principal : "", "builders", builders);
}

/* --- the list --- */

static void builds_read(void *arg, const struct view_build *builds, size_t count,
                        const struct error *err)
{
    struct call *call = arg;

    if (err != NULL) {
        call_problem(call, PROBLEM_VIEW_UNAVAILABLE, "%s", err->message);
    } else {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++)
            json_array_append_new(list, build_to_json(&builds[i], 0));
        call_reply_json(call, 200, json_pack("{s:o}", "builds", list));
    }
    call_unref(call);
}

void handle_list_builds(struct call *call)
{
    const char *project = call_query(call, "project"), *limit_text = call_query(call, "limit");
    int64_t limit = LIMIT_DEFAULT;
    struct error err;

    if (limit_text != NULL && text_parse_int(limit_text, 1, LIMIT_MAX, &limit, NULL) < 0) {
        call_problem(call, PROBLEM_INVALID_REQUEST, "limit must be a number from 1 to %d",
                     LIMIT_MAX);
    } else if (project != NULL && !text_is_name(project)) {
        call_problem(call, PROBLEM_INVALID_PROJECT, "project: %.100s", project);
    } else if (view_list_builds(call->api->view, project, limit, builds_read, call_ref(call),
                                &err) < 0) {
        call_problem(call, PROBLEM_VIEW_UNAVAILABLE, "%s", err.message);
        call_unref(call);
    }
}

/* --- one --- */

static void build_read(void *arg, const struct view_build *build, const struct error *err)
{
    struct call *call = arg;

    if (err != NULL)
        call_problem(call, PROBLEM_VIEW_UNAVAILABLE, "%s", err->message);
    else
        call_reply_json(call, 200, build_to_json(build, build_issued_ms(call->api, build->id)));
    call_unref(call);
}

void handle_get_build(struct call *call)
{
    struct error err;

    if (!build_id_is_ours(call))
        return;
    if (view_read_build(call->api->view, call->parameters.values[0], build_read, call_ref(call),
                        &err) < 0) {
        call_problem(call, PROBLEM_VIEW_UNAVAILABLE, "%s", err.message);
        call_unref(call);
    }
}
