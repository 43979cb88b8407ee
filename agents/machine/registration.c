#include "machine/registration.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "pki/pki.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAUSE_MIN_MS 50
#define PAUSE_MAX_MS 5000

struct registration {
    const struct machine_config *config;
    struct http_client *client;
    struct http_call *call;
    struct timer *again;
    registration_fn *done;
    void *arg;
    char *body; /* the request: the same key at each attempt */
    char path[96];
    int64_t pause_ms;
};

static void clear_text(char **text)
{
    if (*text != NULL) {
        explicit_bzero(*text, strlen(*text));
        free(*text);
    }
}

static int write_run_file(const struct machine_config *config, const char *name, const char *text,
                          struct error *err)
{
    char path[4200];
    snprintf(path, sizeof(path), "%s/%s", config->run_folder, name);
    return file_write_atomic(path, slice_text(text), 0600, err);
}

static int read_token(const struct machine_config *config, struct buf *token, struct error *err)
{
    if (file_read(config->token_file, 256, token, err) < 0)
        return error_prefix(err, "registration token");
    token->len = strcspn(buf_text(token), "\r\n");
    if (token->len == 0)
        return error_set(err, ERROR_INVALID, "registration token: %s is empty",
                         config->token_file);
    return 0;
}

static int make_request(struct registration *registration, struct error *err)
{
    _cleanup_key_ struct pki_key *key = pki_key_generate();
    _cleanup_(clear_text) char *key_pem = pki_key_to_pem(key);
    _cleanup_free_ char *csr = pki_csr_create(key, registration->config->id);
    struct buf token = BUF_INIT(257);
    int result = -1;

    if (write_run_file(registration->config, "key.pem", key_pem, err) == 0 &&
        read_token(registration->config, &token, err) == 0) {
        json_t *body = json_pack("{s:s, s:s, s:s}", "token", buf_text(&token), "csr", csr,
                                 "agent_version", LEAT_VERSION);
        registration->body = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
        json_decref(body);
        result = registration->body != NULL
                     ? 0
                     : error_set(err, ERROR_INVALID, "the registration token is not text");
    }
    if (token.data != NULL)
        explicit_bzero(token.data, token.len);
    buf_free(&token);
    return result;
}

static void attempt(void *arg);

static void attempt_later(struct registration *registration, const char *why)
{
    log_info("not registered yet: %s; again in %lld ms", why, (long long)registration->pause_ms);
    timer_set(registration->again, registration->pause_ms);
    registration->pause_ms *= 2;
    if (registration->pause_ms > PAUSE_MAX_MS)
        registration->pause_ms = PAUSE_MAX_MS;
}

static int take_file(struct registration *registration, const json_t *answer, const char *member,
                     const char *file, struct error *err)
{
    const char *text = json_string_value(json_object_get(answer, member));
    if (text == NULL)
        return error_set(err, ERROR_CORRUPT, "the API's answer to register lacks %s", member);
    return write_run_file(registration->config, file, text, err);
}

static int take_answer(struct registration *registration, const json_t *json,
                       struct registration_answer *ret, struct error *err)
{
    ret->machine_token = json_string_value(json_object_get(json, "machine_token"));
    ret->server_name = json_string_value(json_object_get(json, "server_name"));
    if (ret->machine_token == NULL || ret->server_name == NULL)
        return error_set(err, ERROR_CORRUPT,
                         "the API's answer to register lacks machine_token or server_name");
    if (take_file(registration, json, "server_certificate", "server.pem", err) < 0 ||
        take_file(registration, json, "server_ca", "server-ca.pem", err) < 0 ||
        take_file(registration, json, "client_ca", "client-ca.pem", err) < 0 ||
        take_file(registration, json, "client_certificate", "client.pem", err) < 0)
        return -1;
    unlink(registration->config->token_file);
    return 0;
}

static void registered(struct registration *registration, struct slice body)
{
    struct registration_answer answer;
    struct error err;
    json_t *json = json_loadb((const char *)body.data, body.len, JSON_REJECT_DUPLICATES, NULL);

    if (take_answer(registration, json, &answer, &err) == 0)
        registration->done(registration->arg, &answer, NULL);
    else
        registration->done(registration->arg, NULL, &err);
    json_decref(json);
}

static void refused(struct registration *registration, const struct http_response *response)
{
    struct error err;
    error_set(&err, ERROR_DENIED, "the API refused to register this machine (%d): %.*s",
              response->status, (int)(response->body.len > 200 ? 200 : response->body.len),
              (const char *)response->body.data);
    registration->done(registration->arg, NULL, &err);
}

static void answered(void *arg, const struct http_response *response, const struct error *err)
{
    struct registration *registration = arg;
    char why[64];

    registration->call = NULL;
    if (err != NULL) {
        attempt_later(registration, err->message);
    } else if (response->status == 200) {
        registered(registration, response->body);
    } else if (response->status == 401 || response->status == 409 || response->status == 410 ||
               response->status == 400 || response->status == 422) {
        refused(registration, response);
    } else {
        snprintf(why, sizeof(why), "the API answered %d", response->status);
        attempt_later(registration, why);
    }
}

static void attempt(void *arg)
{
    struct registration *registration = arg;
    struct error err;
    struct http_call_options options = {.method = "POST", .path = registration->path,
                                        .body = slice_text(registration->body), .done = answered,
                                        .arg = registration};

    registration->call = http_client_call(registration->client, &options, &err);
    if (registration->call == NULL)
        attempt_later(registration, err.message);
}

struct registration *registration_start(struct loop *loop, struct http_client *client,
                                        const struct machine_config *config, registration_fn *done,
                                        void *arg, struct error *err)
{
    struct registration *registration = xcalloc(1, sizeof(*registration));

    registration->config = config;
    registration->client = client;
    registration->done = done;
    registration->arg = arg;
    registration->pause_ms = PAUSE_MIN_MS;
    snprintf(registration->path, sizeof(registration->path), "/v1/machines/%s/register",
             config->id);
    if (make_request(registration, err) < 0) {
        registration_free(registration);
        return NULL;
    }
    registration->again = timer_new(loop, attempt, registration);
    attempt(registration);
    return registration;
}

void registration_free(struct registration *registration)
{
    if (registration == NULL)
        return;
    if (registration->call != NULL)
        http_call_cancel(registration->call);
    timer_free(registration->again);
    clear_text(&registration->body);
    free(registration);
}
