#include "cli/builder_connection.h"

#include "base/memory.h"
#include "base/text.h"
#include "pki/pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_WAIT_S       50
#define POLL_LIMIT_MS     (POLL_WAIT_S * 1000 + 20000)
#define PAUSE_MIN_MS      200
#define PAUSE_MAX_MS      3000
#define API_LOST_LIMIT_MS 60000 /* how long the API may be away while we wait */

struct builder_connection {
    struct loop *loop;
    struct api *api;
    struct api_call *call;
    struct timer *again;
    loop_fn *changed;
    void *arg;
    struct builder_view view;
    json_t *answer; /* what the view's strings point into */
    char *csr, *key_pem;
    int64_t pause_ms, lost_since_ms; /* 0: the API answers */
    char path[128];
    char *version;
    char reason[400];
};

static void poll_connection(void *arg);

static const char *member(const struct builder_connection *connection, const char *name)
{
    const char *text = json_string_value(json_object_get(connection->answer, name));
    return text != NULL ? text : "";
}

static void set_reason(struct builder_connection *connection, const char *reason)
{
    snprintf(connection->reason, sizeof(connection->reason), "%s", reason);
    connection->view.reason = connection->reason;
}

static void fail(struct builder_connection *connection, enum error_code code, const char *reason)
{
    connection->view.phase = BUILDER_FAILED;
    connection->view.failure = code;
    set_reason(connection, reason);
    connection->changed(connection->arg);
}

static void take_ready(struct builder_connection *connection)
{
    struct builder_view *view = &connection->view;

    view->endpoint = member(connection, "endpoint");
    view->server_name = member(connection, "server_name");
    view->ca_pem = member(connection, "ca");
    view->certificate_pem = member(connection, "certificate");
    view->key_pem = connection->key_pem;
    if (!text_starts_with(view->endpoint, "tcp://") || view->server_name[0] == '\0' ||
        view->ca_pem[0] == '\0' || view->certificate_pem[0] == '\0') {
        fail(connection, ERROR_CORRUPT, "the API's answer lacks a part of the connection");
        return;
    }
    view->phase = BUILDER_READY;
    connection->changed(connection->arg);
}

static void take_pending(struct builder_connection *connection)
{
    free(connection->version);
    connection->version = xstrdup(member(connection, "version"));
    if (!text_equal(connection->reason, member(connection, "reason"))) {
        set_reason(connection, member(connection, "reason"));
        connection->changed(connection->arg);
    }
    timer_set(connection->again, 0);
}

static void take_answer(struct builder_connection *connection, json_t *body)
{
    json_decref(connection->answer);
    connection->answer = json_incref(body);
    connection->lost_since_ms = 0;
    connection->pause_ms = PAUSE_MIN_MS;
    connection->view.machine = member(connection, "machine");
    connection->view.emulated = json_is_true(json_object_get(body, "emulated"));
    const char *state = member(connection, "state");
    if (text_equal(state, "ready"))
        take_ready(connection);
    else if (text_equal(state, "pending"))
        take_pending(connection);
    else if (text_equal(state, "ended"))
        fail(connection, ERROR_UNAVAILABLE, member(connection, "reason"));
    else
        fail(connection, ERROR_CORRUPT, "the API's answer has a state that is not known");
}

static void poll_later(struct builder_connection *connection, const struct error *err)
{
    int64_t now = loop_now_ms(connection->loop);
    char text[400];

    if (connection->lost_since_ms == 0)
        connection->lost_since_ms = now;
    if (now - connection->lost_since_ms > API_LOST_LIMIT_MS) {
        fail(connection, ERROR_UNAVAILABLE, err->message);
        return;
    }
    snprintf(text, sizeof(text), "%s; trying again", err->message);
    if (!text_equal(text, connection->reason)) {
        set_reason(connection, text);
        connection->changed(connection->arg);
    }
    timer_set(connection->again, connection->pause_ms);
    connection->pause_ms *= 2;
    if (connection->pause_ms > PAUSE_MAX_MS)
        connection->pause_ms = PAUSE_MAX_MS;
}

static void answered(void *arg, const struct api_result *result)
{
    struct builder_connection *connection = arg;

    connection->call = NULL;
    if (result->err == NULL)
        take_answer(connection, result->body);
    else if (result->err->retriable)
        poll_later(connection, result->err);
    else
        fail(connection, result->err->code, result->err->message);
}

static void poll_connection(void *arg)
{
    struct builder_connection *connection = arg;
    _cleanup_free_ char *after = api_escape(connection->version != NULL ? connection->version : "");
    _cleanup_free_ char *path = xasprintf("%s?wait=%ds%s%s", connection->path, POLL_WAIT_S,
                                          after[0] != '\0' ? "&after=" : "", after);

    connection->call =
        api_call(connection->api, "POST", path, json_pack("{s:s}", "csr", connection->csr), NULL,
                 POLL_LIMIT_MS, answered, connection);
}

struct builder_connection *builder_connection_start(struct loop *loop, struct api *api,
                                                    const char *build, enum arch arch,
                                                    loop_fn *changed, void *arg)
{
    struct builder_connection *connection = xcalloc(1, sizeof(*connection));
    _cleanup_key_ struct pki_key *key = pki_key_generate();

    connection->loop = loop;
    connection->api = api;
    connection->changed = changed;
    connection->arg = arg;
    connection->pause_ms = PAUSE_MIN_MS;
    connection->key_pem = pki_key_to_pem(key);
    connection->csr = pki_csr_create(key, build);
    connection->view = (struct builder_view){.arch = arch, .machine = ""};
    set_reason(connection, "asking for a builder");
    snprintf(connection->path, sizeof(connection->path), "/v1/builds/%s/connections/%s", build,
             arch_name(arch));
    connection->again = timer_new(loop, poll_connection, connection);
    poll_connection(connection);
    return connection;
}

struct builder_view builder_connection_view(const struct builder_connection *connection)
{
    return connection->view;
}

void builder_connection_free(struct builder_connection *connection)
{
    if (connection == NULL)
        return;
    api_call_cancel(connection->call);
    timer_free(connection->again);
    explicit_bzero(connection->key_pem, strlen(connection->key_pem));
    free(connection->key_pem);
    free(connection->csr);
    free(connection->version);
    json_decref(connection->answer);
    free(connection);
}
