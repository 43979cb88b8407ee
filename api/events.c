/* GET /v1/events: what happens, as it comes. */
#include "api/bodies.h"
#include "api/call.h"
#include "api/events_reply.h"
#include "api/routes.h"
#include "base/memory.h"
#include "base/text.h"

#define READERS_MAX 32

static const struct {
    const char *name;
    const char *topics[2];
} choices[] = {
    {"fleet", {"fleet.amd64", "fleet.arm64"}},
    {"machine-events", {"machine-events.amd64", "machine-events.arm64"}},
    {"builder-requests", {"builder-requests.amd64", "builder-requests.arm64"}},
    {"dead-letters", {"dead-letters", NULL}},
};

static int add_topics(struct events_request *request, const char *name, bool chosen[],
                      struct error *err)
{
    for (size_t i = 0; i < array_size(choices); i++) {
        if (!text_equal(choices[i].name, name))
            continue;
        for (size_t j = 0; j < 2 && choices[i].topics[j] != NULL && !chosen[i]; j++)
            request->topics[request->topic_count++] = choices[i].topics[j];
        chosen[i] = true;
        return 0;
    }
    return error_set(err, ERROR_INVALID,
                     "topics: there is no %.60s, but fleet, machine-events, "
                     "builder-requests and dead-letters",
                     name);
}

static int take_topics(const char *text, struct events_request *request, struct error *err)
{
    bool chosen[array_size(choices)] = {false};
    struct text_list names;
    int result = 0;

    text_list_split(&names, text != NULL ? text : "");
    for (size_t i = 0; i < names.count && result == 0; i++)
        result = add_topics(request, names.items[i], chosen, err);
    for (size_t i = 0; i < array_size(choices) && names.count == 0; i++)
        result = add_topics(request, choices[i].name, chosen, err);
    text_list_clear(&names);
    return result;
}

static int take_request(struct call *call, struct events_request *request, struct error *err)
{
    const char *from = call_query(call, "from");

    if (from != NULL && !text_equal(from, "now") && !text_equal(from, "start"))
        return error_set(err, ERROR_INVALID, "from must be now or start");
    request->from_start = text_equal(from, "start");
    if (parse_flag("follow", call_query(call, "follow"), true, &request->follow, err) < 0)
        return -1;
    return take_topics(call_query(call, "topics"), request, err);
}

void handle_events(struct call *call)
{
    struct events_request request = {0};
    struct error err;

    if (take_request(call, &request, &err) < 0)
        call_problem(call, PROBLEM_INVALID_REQUEST, "%s", err.message);
    else if (call->api->event_readers >= READERS_MAX)
        call_problem(call, PROBLEM_TOO_MANY_READERS, "%d read already", READERS_MAX);
    else if (!call->api->topics_ready)
        call_problem(call, PROBLEM_LOG_UNAVAILABLE, "the log's topics are not there yet");
    else if (events_reply_start(call, &request, &err) < 0)
        call_problem(call, PROBLEM_LOG_UNAVAILABLE, "%s", err.message);
}
