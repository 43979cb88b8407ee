/* GET /v1/machines, and GET /v1/machines/{machine}/desired for the machine itself. */
#include "api/bodies.h"
#include "api/call.h"
#include "api/connection_state.h"
#include "api/json.h"
#include "api/poll.h"
#include "api/routes.h"
#include "api/view.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>

/* --- for people --- */

static json_t *machine_to_json(const struct view_machine *entry)
{
    const struct machine *machine = &entry->machine;

    return json_pack(
        "{s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:I, s:I, s:s, s:o, s:o, s:o, s:s}", "id",
        machine->machine, "project", machine->project, "arch", arch_name(machine->arch), "emulated",
        machine->emulated, "state", machine_state_name(machine->state), "reason", machine->reason,
        "address", machine->address, "port", (json_int_t)machine->port, "builds",
        (json_int_t)entry->build_count, "volume", machine->volume, "launched_at",
        json_time(machine->launched_at_ms), "ready_at", json_time(machine->ready_at_ms),
        "idle_since", json_time(machine->idle_since_ms), "buildkit_version",
        machine->buildkit_version);
}

static void machines_read(void *arg, const struct view_machine *machines, size_t count,
                          const struct error *err)
{
    struct call *call = arg;

    if (err != NULL) {
        call_problem(call, PROBLEM_VIEW_UNAVAILABLE, "%s", err->message);
    } else {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++) {
            if (machines[i].present)
                json_array_append_new(list, machine_to_json(&machines[i]));
        }
        call_reply_json(call, 200, json_pack("{s:o}", "machines", list));
    }
    call_unref(call);
}

void handle_list_machines(struct call *call)
{
    bool all;
    struct error err;

    if (parse_flag("all", call_query(call, "all"), false, &all, &err) < 0) {
        call_problem(call, PROBLEM_INVALID_REQUEST, "%s", err.message);
    } else if (view_list_machines(call->api->view, all, machines_read, call_ref(call), &err) < 0) {
        call_problem(call, PROBLEM_VIEW_UNAVAILABLE, "%s", err.message);
        call_unref(call);
    }
}

/* --- for the machine --- */

struct desired {
    bool has_after;
    bool waits; /* the view lacks the machine */
    char after[VERSION_SIZE], version[VERSION_SIZE];
    char *answer; /* as it was read last */
};

static void free_desired(void *state)
{
    struct desired *desired = state;

    free(desired->answer);
    free(desired);
}

/* What the view lacks, or may only have had long ago, is no reason to do anything. */
static const char *desired_state(const struct view_machine *entry)
{
    if (!entry->present || !entry->state.complete[ARCH_INDEX(entry->machine.arch)])
        return "wait";
    switch (entry->machine.state) {
    case MACHINE_STATE_LAUNCHING:
    case MACHINE_STATE_READY:
        return "run";
    case MACHINE_STATE_DRAINING:
        return "drain";
    case MACHINE_STATE_STOPPING:
    case MACHINE_STATE_GONE:
        break;
    }
    return "stop";
}

/* The version is that of the rest of the answer. */
static void make_answer(struct desired *desired, const struct view_machine *entry)
{
    const char *state = desired_state(entry);
    json_t *builds = json_array();

    desired->waits = text_equal(state, "wait");
    for (size_t i = 0; i < entry->build_count && !desired->waits; i++)
        json_array_append_new(builds, json_string(entry->builds[i]));
    json_t *body =
        json_pack("{s:s, s:s, s:o}", "state", state, "reason",
                  desired->waits ? "the machine is not in the view yet" : entry->machine.reason,
                  "builds", builds);
    char *text = json_dumps(body, JSON_COMPACT);
    version_of(slice_text(text), desired->version);
    free(text);
    json_object_set_new(body, "version", json_string(desired->version));
    free(desired->answer);
    desired->answer = json_dumps(body, JSON_COMPACT);
    json_decref(body);
}

static void reply_desired(struct poll *poll)
{
    const struct desired *desired = poll_state(poll);

    call_reply_text(poll_call(poll), 200, "application/json", slice_text(desired->answer));
    poll_end(poll);
}

/* That the view does not have what it had is no news: it will have it again. */
static bool is_news(const struct desired *desired)
{
    return !desired->has_after ||
           (!text_equal(desired->after, desired->version) && !desired->waits);
}

static void machine_read(void *arg, const struct view_machine *machine, const struct error *err)
{
    struct poll *poll = arg;
    struct desired *desired;

    if (!poll_take(poll, err))
        return;
    desired = poll_state(poll);
    make_answer(desired, machine);
    if (is_news(desired) || poll_is_expired(poll))
        reply_desired(poll);
    else
        poll_wait(poll);
}

static int read_machine(struct poll *poll, struct error *err)
{
    struct call *call = poll_call(poll);

    return view_read_machine(call->api->view, call->machine.machine, machine_read, poll, err);
}

void handle_desired(struct call *call)
{
    static const struct poll_operations operations = {
        .read = read_machine, .expire = reply_desired, .free = free_desired};
    const char *after = call_query(call, "after");
    int64_t wait_ms;
    struct error err;

    if (parse_wait(call_query(call, "wait"), 0, &wait_ms, &err) < 0) {
        call_problem(call, PROBLEM_INVALID_REQUEST, "%s", err.message);
        return;
    }
    struct desired *desired = xcalloc(1, sizeof(*desired));
    desired->has_after = after != NULL && after[0] != '\0';
    text_copy(desired->after, sizeof(desired->after), after != NULL ? after : "");
    poll_start(call, call->machine.machine, wait_ms, &operations, desired);
}
