/* POST /v1/builds/{build}/connections/{arch}: a place on a machine, as soon as there is one. */
#include "api/bodies.h"
#include "api/builds.h"
#include "api/call.h"
#include "api/connection_state.h"
#include "api/json.h"
#include "api/alive.h"
#include "api/poll.h"
#include "api/routes.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "pki/authority.h"

#include <stdio.h>
#include <stdlib.h>

struct connection {
    struct alive *alive;
    char build[41];
    enum arch arch;
    char *csr;
    char after[VERSION_SIZE];
    bool has_after;
    struct connection_state state; /* as it was read last */
};

static void free_connection(void *state)
{
    struct connection *connection = state;

    alive_release(connection->alive, connection->build, connection->arch);
    free(connection->csr);
    free(connection);
}

/* --- answers --- */

static void reply_pending(struct call *call, const struct connection_state *state)
{
    json_t *body =
        json_pack("{s:s, s:s, s:s, s:s, s:b}", "state", "pending", "version", state->version,
                  "phase", state->phase, "reason", state->reason, "emulated", state->emulated);

    if (body != NULL && state->machine[0] != '\0')
        json_object_set_new(body, "machine", json_string(state->machine));
    call_reply_json(call, 200, body);
}

static void reply_ended(struct call *call, const struct connection_state *state)
{
    call_reply_json(call, 200,
                    json_pack("{s:s, s:s, s:s, s:s}", "state", "ended", "version", state->version,
                              "outcome", build_outcome_name(state->outcome), "reason",
                              state->reason));
}

/* The certificate of one build on one machine; owned by the caller. */
static char *sign(struct call *call, const struct connection *connection, int64_t now_ms,
                  struct error *err)
{
    const struct connection_state *state = &connection->state;
    struct authority authority;
    char uri[192];
    struct pki_names names = {.uri = uri};

    snprintf(uri, sizeof(uri), "spiffe://leat/project/%s/build/%s", state->project,
             connection->build);
    authority_derive(&authority, AUTHORITY_MACHINE_CLIENT, call->api->secrets->master,
                     state->machine);
    char *certificate =
        pki_issue(authority.key, authority.name, connection->csr, &names, PKI_USE_CLIENT, now_ms,
                  call->api->config->certificate_lifetime_ms, err);
    authority_clear(&authority);
    return certificate;
}

static void reply_ready(struct call *call, const struct connection *connection)
{
    const struct connection_state *state = &connection->state;
    int64_t now_ms = clock_wall_ms();
    int64_t expires_ms = now_ms + call->api->config->certificate_lifetime_ms;
    struct authority server;
    struct error err;
    _cleanup_free_ char *certificate = sign(call, connection, now_ms, &err);

    if (certificate == NULL) {
        call_problem(call, PROBLEM_INVALID_CSR, "%s", err.message);
        return;
    }
    authority_derive(&server, AUTHORITY_MACHINE_SERVER, call->api->secrets->master, state->machine);
    call_reply_json(call, 200,
                    json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:o}", "state", "ready",
                              "version", state->version, "machine", state->machine, "emulated",
                              state->emulated, "endpoint", state->endpoint, "server_name",
                              state->server_name, "ca", server.certificate_pem, "certificate",
                              certificate, "expires_at", json_time((uint64_t)expires_ms)));
    authority_clear(&server);
}

static void reply(struct poll *poll)
{
    const struct connection *connection = poll_state(poll);

    switch (connection->state.kind) {
    case CONNECTION_PENDING:
        reply_pending(poll_call(poll), &connection->state);
        break;
    case CONNECTION_READY:
        reply_ready(poll_call(poll), connection);
        break;
    case CONNECTION_ENDED:
        reply_ended(poll_call(poll), &connection->state);
        break;
    }
    poll_end(poll);
}

/* --- reading --- */

/* That the view does not have what it had is no news: it will have it again. */
static bool is_news(const struct connection *connection)
{
    const struct connection_state *state = &connection->state;

    return !connection->has_after || (!text_equal(connection->after, state->version) &&
                                      !text_equal(state->phase, "accepted"));
}

static void build_read(void *arg, const struct view_build *build, const struct error *err)
{
    struct poll *poll = arg;
    struct connection *connection;

    if (!poll_take(poll, err))
        return;
    connection = poll_state(poll);
    size_t index = ARCH_INDEX(connection->arch);
    if (!build->builders[index].present && build->asked && !build->asked_archs[index]) {
        call_problem(poll_call(poll), PROBLEM_BUILDER_NOT_FOUND, "build %s asked for no %s builder",
                     connection->build, arch_name(connection->arch));
        poll_end(poll);
        return;
    }
    connection_state_from_view(build, connection->arch, &connection->state);
    if (is_news(connection) || poll_is_expired(poll))
        reply(poll);
    else
        poll_wait(poll);
}

static int read_build(struct poll *poll, struct error *err)
{
    struct connection *connection = poll_state(poll);

    return view_read_build(poll_call(poll)->api->view, connection->build, build_read, poll, err);
}

/* --- the request --- */

static bool take_parameters(struct call *call, enum arch *ret_arch, int64_t *ret_wait_ms)
{
    const char *arch = call->parameters.values[1];
    struct error err;

    if (!build_id_is_ours(call))
        return false;
    if (!arch_from_name(arch, ret_arch)) {
        call_problem(call, PROBLEM_INVALID_REQUEST, "the architecture must be amd64 or arm64");
        return false;
    }
    if (parse_wait(call_query(call, "wait"), 0, ret_wait_ms, &err) < 0) {
        call_problem(call, PROBLEM_INVALID_REQUEST, "%s", err.message);
        return false;
    }
    return true;
}

static char *take_csr(struct call *call)
{
    struct body_connection *body = xcalloc(1, sizeof(*body));
    uint8_t fingerprint[PKI_HASH_SIZE];
    struct error err;
    char *csr = NULL;

    if (body_connection_parse(call_body(call), body, &err) < 0)
        call_problem(call, PROBLEM_BAD_JSON, "%s", err.message);
    else if (pki_csr_check(body->csr, fingerprint, &err) < 0)
        call_problem(call, PROBLEM_INVALID_CSR, "%s", err.message);
    else
        csr = xstrdup(body->csr);
    free(body);
    return csr;
}

void handle_connection(struct call *call)
{
    static const struct poll_operations operations = {
        .read = read_build, .expire = reply, .free = free_connection};
    const char *after = call_query(call, "after");
    enum arch arch;
    int64_t wait_ms;

    if (!take_parameters(call, &arch, &wait_ms))
        return;
    char *csr = take_csr(call);
    if (csr == NULL)
        return;
    struct connection *connection = xcalloc(1, sizeof(*connection));
    connection->alive = call->api->alive;
    connection->arch = arch;
    connection->csr = csr;
    connection->has_after = after != NULL && after[0] != '\0';
    text_copy(connection->build, sizeof(connection->build), call->parameters.values[0]);
    text_copy(connection->after, sizeof(connection->after), after != NULL ? after : "");
    alive_hold(connection->alive, connection->build, arch);
    poll_start(call, connection->build, wait_ms, &operations, connection);
}
