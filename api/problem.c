#include "api/problem.h"

#include "base/memory.h"
#include "base/text.h"

#define TYPE_BASE "https://leat.dev/problems/"

static const struct problem_info problems[PROBLEM_COUNT] = {
    [PROBLEM_BAD_JSON] =
        {"bad-json", 400, "The body is not the JSON that is expected",
         "`detail` says what is wrong: malformed JSON, a repeated or unknown member, or a value of "
         "the wrong type or size. A newer client may be talking to an older API.",
         false},
    [PROBLEM_INVALID_REQUEST] = {"invalid-request", 400, "A parameter of the request is not valid",
                                 "`detail` names the parameter and what would be valid.", false},
    [PROBLEM_INVALID_PROJECT] =
        {"invalid-project", 400, "Not a project name",
         "A project name has 1 to 63 of a-z, 0-9 and '-', and does not start or end with '-'.",
         false},
    [PROBLEM_INVALID_CSR] =
        {"invalid-csr", 400, "The certificate request is not usable",
         "Send one PEM block with an Ed25519, P-256, P-384 or RSA (2048 to 4096 bits) key, signed "
         "by that key, of at most 16 KiB.",
         false},
    [PROBLEM_INVALID_EVENT] =
        {"invalid-event", 400, "The event is not understood",
         "The machine-agent and the API do not agree on the schema: run the same version of both.",
         false},
    [PROBLEM_BAD_TOKEN] =
        {"bad-token", 401, "The token is missing or wrong",
         "Clients: `LEAT_TOKEN` or the profile must hold a token of this installation. Machines: a "
         "token is good for one machine only.",
         false},
    [PROBLEM_BAD_REGISTRATION_TOKEN] =
        {"bad-registration-token", 401, "The registration token is wrong",
         "A machine is launched with a token of its own; it fits no other machine.", false},
    [PROBLEM_NOT_ALLOWED] = {"not-allowed", 403, "Not allowed for this caller",
                             "A machine speaks for itself, its project and its architecture only.",
                             false},
    [PROBLEM_ROUTE_NOT_FOUND] =
        {"route-not-found", 404, "No such route",
         "The path is not one of docs/http-api.md; a newer client may be talking to an older API.",
         false},
    [PROBLEM_BUILD_NOT_FOUND] =
        {"build-not-found", 404, "Build not found",
         "This installation never issued that id. Look for typing errors, and whether `LEAT_API` "
         "names the installation that the build was created at.",
         false},
    [PROBLEM_BUILDER_NOT_FOUND] =
        {"builder-not-found", 404, "The build has no builder of this architecture",
         "Ask for one of the architectures that the build was created with.", false},
    [PROBLEM_METHOD_NOT_ALLOWED] = {"method-not-allowed", 405, "Wrong method for this route",
                                    "The header `Allow` names the right one.", false},
    [PROBLEM_MACHINE_ALREADY_REGISTERED] =
        {"machine-already-registered", 409, "The machine is registered with another key",
         "The first key with the right token is bound for good. If the machine did not register "
         "itself, its token was stolen: stop the machine.",
         false},
    [PROBLEM_BUILD_ENDED] = {"build-ended", 410, "The build has ended",
                             "`detail` says why. Start the build again.", false},
    [PROBLEM_MACHINE_ENDED] = {"machine-ended", 410, "The machine is stopping or gone",
                               "Nothing: the next build launches another one.", false},
    [PROBLEM_UNSUPPORTED_MEDIA_TYPE] =
        {"unsupported-media-type", 415, "Wrong content type",
         "Bodies are `application/json`, events of machines `application/msgpack`.", false},
    [PROBLEM_INTERNAL] = {"internal", 500, "A defect of Leat",
                          "Look into the API's log, and report what it says.", false},
    [PROBLEM_NOT_READY] = {"not-ready", 503, "The API is not ready",
                           "`detail` says what it waits for: the log, Redis, or the view.", true},
    [PROBLEM_LOG_UNAVAILABLE] =
        {"log-unavailable", 503, "The log takes nothing now",
         "The request was not taken: repeat it. Look after the brokers, or the disk of the local "
         "log.",
         true},
    [PROBLEM_LOG_OUTCOME_UNKNOWN] =
        {"log-outcome-unknown", 503, "The log has not answered in time",
         "The request may have been taken or not. A build that was created this way lapses by "
         "itself, so creating another one is safe.",
         true},
    [PROBLEM_VIEW_UNAVAILABLE] =
        {"view-unavailable", 503, "Redis cannot be read now",
         "Nothing is lost: Redis is rebuilt from the log. See that redis-server runs; repeat the "
         "request.",
         true},
    [PROBLEM_VIEW_BEHIND] = {"view-behind", 503, "The view has not come to this build yet",
                             "Repeat the request. If it stays so, no cloud-agent decides for the "
                             "build's partition, or the view is being rebuilt.",
                             true},
    [PROBLEM_TOO_MANY_WAITERS] = {"too-many-waiters", 503, "Too many long polls at once",
                                  "Raise `[api] max_waiters`, or run another replica.", true},
    [PROBLEM_TOO_MANY_READERS] = {"too-many-readers", 503, "Too many readers of events at once",
                                  "End some `leat events`, or read from Kafka directly.", true},
};

const struct problem_info *problem_info(enum problem problem)
{
    return &problems[problem];
}

void problem_write(struct buf *out, enum problem problem, const char *detail)
{
    const struct problem_info *info = &problems[problem];

    buf_printf(out, "{\"type\":\"" TYPE_BASE "%s\",\"title\":", info->code);
    text_json_string(out, slice_text(info->title));
    buf_printf(out, ",\"status\":%d,\"code\":\"%s\"", info->status, info->code);
    if (detail != NULL && detail[0] != '\0') {
        buf_puts(out, ",\"detail\":");
        text_json_string(out, slice_text(detail));
    }
    buf_puts(out, "}");
}

void problem_print_reference(struct buf *out)
{
    buf_puts(out, "| code | status | what it means | what to do |\n|---|---|---|---|\n");
    for (size_t i = 0; i < PROBLEM_COUNT; i++) {
        const struct problem_info *info = &problems[i];
        buf_printf(out, "| `%s` | %d | %s%s | %s |\n", info->code, info->status, info->title,
                   info->retriable ? " (repeat it)" : "", info->advice);
    }
}
