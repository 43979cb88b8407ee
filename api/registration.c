/* POST /v1/machines/{machine}/register: the machine's token and key, and what it gets for them.
 *
 * The API binds nothing: it appends what it was shown, and waits until the fold has bound a key.
 * The machine is told apart from others by the key that is bound then.
 */
#include "api/auth.h"
#include "api/bodies.h"
#include "api/call.h"
#include "api/json.h"
#include "api/poll.h"
#include "api/publish.h"
#include "api/routes.h"
#include "api/view.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "pki/authority.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIND_WAIT_MS   10000
#define RETRY_AFTER_MS 500
#define DOMAIN         ".leat"

struct registration {
    char machine[41];
    char *csr;
    char agent_version[33];
    uint8_t token_hash[PKI_HASH_SIZE];
    uint8_t key[PKI_HASH_SIZE];
    bool published; /* the log was told of the key */
};

static void free_registration(void *state)
{
    struct registration *registration = state;

    free(registration->csr);
    free(registration);
}

/* --- answers --- */

static void reply_wait(struct poll *poll)
{
    call_reply_json(poll_call(poll), 202,
                    json_pack("{s:s, s:i}", "state", "wait", "retry_after_ms", RETRY_AFTER_MS));
    poll_end(poll);
}

static char *issue_server(const struct api *api, const struct registration *registration,
                          const struct machine *machine, const struct authority *authority,
                          struct error *err)
{
    char wildcard[72], name[64];
    const char *dns[] = {wildcard, name, "localhost", NULL};
    const char *addresses[] = {machine->address, NULL};
    struct pki_names names = {.common_name = name, .dns = dns};

    snprintf(name, sizeof(name), "%s" DOMAIN, registration->machine);
    snprintf(wildcard, sizeof(wildcard), "*.%s", name);
    if (machine->address[0] != '\0')
        names.addresses = addresses;
    return pki_issue(authority->key, authority->name, registration->csr, &names, PKI_USE_SERVER,
                     clock_wall_ms(), api->config->machine_certificate_lifetime_ms, err);
}

static char *issue_client(const struct api *api, const struct registration *registration,
                          const struct machine *machine, const struct authority *authority,
                          struct error *err)
{
    char uri[192];
    struct pki_names names = {.uri = uri};

    snprintf(uri, sizeof(uri), "spiffe://leat/project/%s/machine/%s", machine->project,
             registration->machine);
    return pki_issue(authority->key, authority->name, registration->csr, &names, PKI_USE_CLIENT,
                     clock_wall_ms(), api->config->machine_certificate_lifetime_ms, err);
}

static char *make_token(const struct api *api, const struct registration *registration,
                        const struct machine *machine)
{
    struct machine_identity identity = {.arch = machine->arch};

    text_copy(identity.machine, sizeof(identity.machine), registration->machine);
    text_copy(identity.project, sizeof(identity.project), machine->project);
    memcpy(identity.key, registration->key, sizeof(identity.key));
    return machine_token_make(slice_of(api->secrets->machine_token_key, PKI_HASH_SIZE), &identity);
}

static void reply_with(struct call *call, const struct registration *registration,
                       const struct machine *machine, const struct authority *server_ca,
                       const struct authority *client_ca)
{
    struct error err;
    char name[64];
    _cleanup_free_ char *server = issue_server(call->api, registration, machine, server_ca, &err);
    _cleanup_free_ char *client =
        server != NULL ? issue_client(call->api, registration, machine, client_ca, &err) : NULL;
    _cleanup_free_ char *token = make_token(call->api, registration, machine);

    if (client == NULL) {
        call_problem(call, PROBLEM_INVALID_CSR, "%s", err.message);
        return;
    }
    snprintf(name, sizeof(name), "%s" DOMAIN, registration->machine);
    call_reply_json(call, 200,
                    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "machine_token", token,
                              "server_name", name, "server_certificate", server, "server_ca",
                              server_ca->certificate_pem, "client_ca", client_ca->certificate_pem,
                              "client_certificate", client, "project", machine->project, "arch",
                              arch_name(machine->arch)));
}

static void reply_bound(struct poll *poll, const struct machine *machine)
{
    const struct registration *registration = poll_state(poll);
    struct call *call = poll_call(poll);
    struct authority server, client;

    authority_derive(&server, AUTHORITY_MACHINE_SERVER, call->api->secrets->master,
                     registration->machine);
    authority_derive(&client, AUTHORITY_MACHINE_CLIENT, call->api->secrets->master,
                     registration->machine);
    reply_with(call, registration, machine, &server, &client);
    authority_clear(&server);
    authority_clear(&client);
    poll_end(poll);
}

/* --- telling the log --- */

static void appended(void *arg, enum publish_result result, const struct error *err)
{
    struct call *call = arg;

    /* When it is in the log, or may be, the poll waits for the fold. */
    if (result == PUBLISH_REFUSED) {
        loop_fn *gone = call->gone;
        void *gone_arg = call->gone_arg;
        call_problem(call, PROBLEM_LOG_UNAVAILABLE, "%s", err->message);
        if (gone != NULL)
            gone(gone_arg); /* ends the poll */
    }
    call_unref(call);
}

static void publish(struct poll *poll, const struct machine *machine)
{
    struct registration *registration = poll_state(poll);
    struct call *call = poll_call(poll);
    struct machine_registered message = {
        .arch = machine->arch, .key.len = PKI_HASH_SIZE, .at_ms = (uint64_t)clock_wall_ms()};
    _cleanup_buf_ struct buf value = BUF_INIT(RECORD_VALUE_MAX);

    text_copy(message.machine, sizeof(message.machine), registration->machine);
    text_copy(message.project, sizeof(message.project), machine->project);
    text_copy(message.agent_version, sizeof(message.agent_version), registration->agent_version);
    memcpy(message.key.data, registration->key, sizeof(registration->key));
    machine_registered_encode(&message, &value);
    registration->published = true;
    struct publish_group *group = publish_start(call->api->publisher, appended, call_ref(call));
    publish_add(group, &(struct publish_event){.topic = "machine-events",
                                               .arch = machine->arch,
                                               .project = machine->project,
                                               .type = TYPE_MACHINE_REGISTERED,
                                               .value = buf_slice(&value),
                                               .traceparent = call_traceparent(call)});
    publish_seal(group);
}

/* --- reading --- */

static bool has_token(const struct registration *registration, const struct machine *machine)
{
    return machine->token_hash.len == PKI_HASH_SIZE &&
           pki_equal(machine->token_hash.data, registration->token_hash, PKI_HASH_SIZE);
}

static void refuse(struct poll *poll, enum problem problem, const char *detail)
{
    call_problem(poll_call(poll), problem, "machine %s: %s", poll_call(poll)->parameters.values[0],
                 detail);
    poll_end(poll);
}

/* The machine has the right token and is not ending. */
static void go_on(struct poll *poll, const struct machine *machine)
{
    struct registration *registration = poll_state(poll);

    if (machine->key.len == PKI_HASH_SIZE &&
        pki_equal(machine->key.data, registration->key, PKI_HASH_SIZE)) {
        reply_bound(poll, machine);
    } else if (machine->key.len > 0) {
        refuse(poll, PROBLEM_MACHINE_ALREADY_REGISTERED, "another key was first");
    } else if (poll_is_expired(poll)) {
        reply_wait(poll);
    } else if (!registration->published) {
        publish(poll, machine); /* may end the poll */
    } else {
        poll_wait(poll);
    }
}

static void machine_read(void *arg, const struct view_machine *entry, const struct error *err)
{
    struct poll *poll = arg;

    if (!poll_take(poll, err))
        return;
    /* Nobody may wait here without the machine's token. */
    if (!entry->present)
        reply_wait(poll);
    else if (!has_token(poll_state(poll), &entry->machine))
        refuse(poll, PROBLEM_BAD_REGISTRATION_TOKEN,
               "the registration token is not the one it was "
               "launched with");
    else if (entry->machine.state >= MACHINE_STATE_STOPPING)
        refuse(poll, PROBLEM_MACHINE_ENDED, machine_state_name(entry->machine.state));
    else if (!entry->state.complete[ARCH_INDEX(entry->machine.arch)])
        reply_wait(poll);
    else
        go_on(poll, &entry->machine);
}

static int read_machine(struct poll *poll, struct error *err)
{
    const struct registration *registration = poll_state(poll);

    return view_read_machine(poll_call(poll)->api->view, registration->machine, machine_read, poll,
                             err);
}

/* --- the request --- */

static struct registration *take_body(struct call *call)
{
    struct body_register *body = xcalloc(1, sizeof(*body));
    struct registration *registration = xcalloc(1, sizeof(*registration));
    struct error err;

    if (body_register_parse(call_body(call), body, &err) < 0) {
        call_problem(call, PROBLEM_BAD_JSON, "%s", err.message);
    } else if (pki_csr_check(body->csr, registration->key, &err) < 0) {
        call_problem(call, PROBLEM_INVALID_CSR, "%s", err.message);
    } else {
        registration->csr = xstrdup(body->csr);
        text_copy(registration->agent_version, sizeof(registration->agent_version),
                  body->agent_version);
        pki_sha256(registration->token_hash, slice_text(body->token));
    }
    explicit_bzero(body, sizeof(*body));
    free(body);
    if (registration->csr == NULL) {
        free(registration);
        return NULL;
    }
    return registration;
}

void handle_register(struct call *call)
{
    static const struct poll_operations operations = {
        .read = read_machine, .expire = reply_wait, .free = free_registration};
    struct registration *registration = take_body(call);

    if (registration == NULL)
        return;
    if (!text_copy(registration->machine, sizeof(registration->machine),
                   call->parameters.values[0])) {
        call_problem(call, PROBLEM_INVALID_REQUEST, "a machine id has at most 40 characters");
        free_registration(registration);
        return;
    }
    poll_start(call, registration->machine, BIND_WAIT_MS, &operations, registration);
}
