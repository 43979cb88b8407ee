/* POST /v1/machines/{machine}/events: an event of a machine on its way into the log.
 *
 * The bytes go through as they came, once they are known to be an event of this machine that the
 * owner of its partition will understand. CloudEvents HTTP binding 1.0, binary mode.
 */
#include "api/call.h"
#include "api/publish.h"
#include "api/routes.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>

/* What every event of a machine says. */
struct event_subject {
    char machine[41];
    char project[64];
    enum arch arch;
};

#define SUBJECT_OF(kind)                                                                           \
    static int subject_of_##kind(struct slice value, struct event_subject *ret, struct error *err) \
    {                                                                                              \
        struct kind event;                                                                         \
        if (kind##_decode(&event, value, err) < 0)                                                 \
            return -1;                                                                             \
        text_copy(ret->machine, sizeof(ret->machine), event.machine);                              \
        text_copy(ret->project, sizeof(ret->project), event.project);                              \
        ret->arch = event.arch;                                                                    \
        kind##_clear(&event);                                                                      \
        return 0;                                                                                  \
    }
SUBJECT_OF(machine_ready)
SUBJECT_OF(machine_load)
SUBJECT_OF(machine_draining)
SUBJECT_OF(machine_failed)
SUBJECT_OF(machine_stopped)

/* machine_registered is missing: only the API says that, once it has seen the token. */
static const struct {
    const char *type;
    int (*subject)(struct slice value, struct event_subject *ret, struct error *err);
} kinds[] = {
    {TYPE_MACHINE_READY, subject_of_machine_ready},
    {TYPE_MACHINE_LOAD, subject_of_machine_load},
    {TYPE_MACHINE_DRAINING, subject_of_machine_draining},
    {TYPE_MACHINE_FAILED, subject_of_machine_failed},
    {TYPE_MACHINE_STOPPED, subject_of_machine_stopped},
};

static int take_subject(const char *type, struct slice value, struct event_subject *ret,
                        struct error *err)
{
    for (size_t i = 0; i < array_size(kinds); i++) {
        if (text_equal(type, kinds[i].type))
            return kinds[i].subject(value, ret, err);
    }
    return error_set(err, ERROR_INVALID, "%s is not an event that machines send", type);
}

/* "ce-id" in HTTP is "ce_id" in the log. */
static int take_envelope(const struct call *call, struct envelope *ret, struct error *err)
{
    static const char *const names[][2] = {
        {"ce-id", "ce_id"},     {"ce-source", "ce_source"},
        {"ce-type", "ce_type"}, {"ce-specversion", "ce_specversion"},
        {"ce-time", "ce_time"}, {"traceparent", "traceparent"}};
    struct record record = {0};

    for (size_t i = 0; i < array_size(names); i++) {
        const char *value = http_request_header(call->request, names[i][0]);
        if (value != NULL)
            record.headers[record.header_count++] =
                (struct record_header){.name = names[i][1], .value = slice_text(value)};
    }
    return envelope_from_headers(ret, &record, err);
}

static bool is_callers(const struct call *call, const struct event_subject *subject)
{
    return text_equal(subject->machine, call->machine.machine) &&
           text_equal(subject->project, call->machine.project) &&
           subject->arch == call->machine.arch;
}

static void appended(void *arg, enum publish_result result, const struct error *err)
{
    struct call *call = arg;

    if (result == PUBLISH_DONE)
        call_reply_empty(call, 204);
    else if (result == PUBLISH_REFUSED)
        call_problem(call, PROBLEM_LOG_UNAVAILABLE, "%s", err->message);
    else
        call_problem(call, PROBLEM_LOG_OUTCOME_UNKNOWN, "%s", err->message);
    call_unref(call);
}

void handle_machine_event(struct call *call)
{
    struct envelope envelope;
    struct event_subject subject;
    struct error err;

    if (take_envelope(call, &envelope, &err) < 0 ||
        take_subject(envelope.type, call_body(call), &subject, &err) < 0) {
        call_problem(call, PROBLEM_INVALID_EVENT, "%s", err.message);
        return;
    }
    if (!is_callers(call, &subject)) {
        call_problem(call, PROBLEM_NOT_ALLOWED, "the event is not about machine %s",
                     call->machine.machine);
        return;
    }
    struct publish_group *group = publish_start(call->api->publisher, appended, call_ref(call));
    publish_add(group, &(struct publish_event){.topic = "machine-events",
                                               .arch = subject.arch,
                                               .project = subject.project,
                                               .type = envelope.type,
                                               .value = call_body(call),
                                               .envelope = &envelope});
    publish_seal(group);
}
