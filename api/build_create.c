/* POST /v1/projects/{project}/builds: a builder for each architecture, asked for in the log. */
#include "api/bodies.h"
#include "api/call.h"
#include "api/json.h"
#include "api/publish.h"
#include "api/routes.h"
#include "api/view.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "pki/build_id.h"

#include <stdlib.h>

struct creation {
    struct call *call;
    struct body_create body;
    char project[PROJECT_NAME_SIZE];
    char build[BUILD_ID_SIZE];
    int64_t now_ms;
};

static void reply_created(struct creation *creation)
{
    json_t *archs = json_array();

    for (size_t i = 0; i < creation->body.arch_count; i++)
        json_array_append_new(archs, json_string(arch_name(creation->body.archs[i])));
    call_reply_json(creation->call, 201,
                    json_pack("{s:s, s:s, s:s, s:o, s:o}", "id", creation->build, "project",
                              creation->project, "command", creation->body.command, "architectures",
                              archs, "created_at", json_time((uint64_t)creation->now_ms)));
}

/* --- taking back what was taken of a request that failed --- */

static void taken_back(void *arg, enum publish_result result, const struct error *err)
{
    /* If this fails too, the builder lapses by itself: nobody polls for it. */
    (void)arg, (void)result, (void)err;
}

static void add_release(struct publish_group *group, const struct creation *creation,
                        enum arch arch)
{
    struct builder_released message = {.arch = arch,
                                       .outcome = BUILD_OUTCOME_CANCELLED,
                                       .reason = "the request could not be taken whole",
                                       .released_at_ms = (uint64_t)clock_wall_ms()};
    _cleanup_buf_ struct buf value = BUF_INIT(RECORD_VALUE_MAX);

    text_copy(message.organisation, sizeof(message.organisation), ORGANISATION);
    text_copy(message.project, sizeof(message.project), creation->project);
    text_copy(message.build, sizeof(message.build), creation->build);
    builder_released_encode(&message, &value);
    publish_add(group, &(struct publish_event){.topic = "builder-requests",
                                               .arch = arch,
                                               .project = creation->project,
                                               .type = TYPE_BUILDER_RELEASED,
                                               .value = buf_slice(&value),
                                               .traceparent = call_traceparent(creation->call)});
}

static void take_back(const struct creation *creation)
{
    struct publish_group *group = publish_start(creation->call->api->publisher, taken_back, NULL);

    for (size_t i = 0; i < creation->body.arch_count; i++)
        add_release(group, creation, creation->body.archs[i]);
    publish_seal(group);
}

/* --- the request --- */

static void appended(void *arg, enum publish_result result, const struct error *err)
{
    struct creation *creation = arg;

    if (result == PUBLISH_DONE) {
        view_note_asked(creation->call->api->view, creation->build, creation->project,
                        creation->body.archs, creation->body.arch_count);
        reply_created(creation);
    } else if (result == PUBLISH_REFUSED) {
        call_problem(creation->call, PROBLEM_LOG_UNAVAILABLE, "%s", err->message);
    } else {
        call_problem(creation->call, PROBLEM_LOG_OUTCOME_UNKNOWN, "%s", err->message);
        take_back(creation);
    }
    call_unref(creation->call);
    free(creation);
}

static void add_request(struct publish_group *group, const struct creation *creation,
                        enum arch arch)
{
    struct builder_requested message = {.arch = arch,
                                        .requested_at_ms = (uint64_t)creation->now_ms};
    _cleanup_buf_ struct buf value = BUF_INIT(RECORD_VALUE_MAX);

    text_copy(message.organisation, sizeof(message.organisation), ORGANISATION);
    text_copy(message.project, sizeof(message.project), creation->project);
    text_copy(message.build, sizeof(message.build), creation->build);
    text_copy(message.command, sizeof(message.command), creation->body.command);
    text_copy(message.principal, sizeof(message.principal), creation->call->principal);
    text_copy(message.client, sizeof(message.client), creation->body.client);
    builder_requested_encode(&message, &value);
    publish_add(group, &(struct publish_event){.topic = "builder-requests",
                                               .arch = arch,
                                               .project = creation->project,
                                               .type = TYPE_BUILDER_REQUESTED,
                                               .value = buf_slice(&value),
                                               .traceparent = call_traceparent(creation->call)});
}

static void append(struct creation *creation)
{
    struct api *api = creation->call->api;
    struct publish_group *group = publish_start(api->publisher, appended, creation);

    for (size_t i = 0; i < creation->body.arch_count; i++)
        add_request(group, creation, creation->body.archs[i]);
    publish_seal(group);
}

void handle_create_build(struct call *call)
{
    const char *project = call->parameters.values[0];
    struct slice key = slice_of(call->api->secrets->build_id_key, PKI_HASH_SIZE);
    struct body_create body;
    struct error err;

    if (!text_is_name(project)) {
        call_problem(call, PROBLEM_INVALID_PROJECT, "%s", project);
        return;
    }
    if (body_create_parse(call_body(call), &body, &err) < 0) {
        call_problem(call, PROBLEM_BAD_JSON, "%s", err.message);
        return;
    }
    if (!call->api->topics_ready) {
        call_problem(call, PROBLEM_LOG_UNAVAILABLE, "the log's topics are not there yet");
        return;
    }
    struct creation *creation = xcalloc(1, sizeof(*creation));
    creation->call = call_ref(call);
    creation->body = body;
    creation->now_ms = clock_wall_ms();
    text_copy(creation->project, sizeof(creation->project), project);
    build_id_issue(creation->build, key, creation->now_ms);
    append(creation);
}
