#include "cli/api.h"

#include "base/memory.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct api {
    struct loop *loop;
    struct http_client *http;
    char *url;
    char *from;
};

struct api_call {
    struct api *api;
    struct http_call *http;
    api_fn *done;
    void *arg;
    struct error failure; /* of a call that could not even be started */
};

struct api *api_open(struct loop *loop, const struct profile *profile, struct error *err)
{
    struct http_client_options options = {.base_url = profile->api_url,
                                          .ca_pem = profile->ca_pem,
                                          .bearer_token = profile->token,
                                          .user_agent = "leat/" LEAT_VERSION};
    struct http_client *http = http_client_new(loop, &options, err);
    if (http == NULL)
        return NULL;
    struct api *api = xcalloc(1, sizeof(*api));
    api->loop = loop;
    api->http = http;
    api->url = xstrdup(profile->api_url);
    api->from = xstrdup(profile->from);
    return api;
}

void api_close(struct api *api)
{
    if (api == NULL)
        return;
    http_client_free(api->http);
    free(api->url);
    free(api->from);
    free(api);
}

struct http_client *api_http(struct api *api)
{
    return api->http;
}

static enum error_code code_of_status(int status)
{
    switch (status) {
    case 401:
    case 403:
        return ERROR_DENIED;
    case 404:
        return ERROR_NOT_FOUND;
    case 409:
    case 410:
        return ERROR_CONFLICT;
    default:
        return status >= 500 || status == 429 ? ERROR_UNAVAILABLE : ERROR_INVALID;
    }
}

void api_problem(const struct http_response *response, char code[static 64], struct error *err)
{
    json_t *json = json_loadb((const char *)response->body.data, response->body.len,
                              JSON_REJECT_DUPLICATES, NULL);
    const char *name = json_string_value(json_object_get(json, "code"));
    const char *title = json_string_value(json_object_get(json, "title"));
    const char *detail = json_string_value(json_object_get(json, "detail"));

    code[0] = '\0';
    if (name != NULL)
        text_copy(code, 64, name);
    if (title == NULL)
        error_set(err, code_of_status(response->status), "the API answered %d", response->status);
    else
        error_set(err, code_of_status(response->status), "%s%s%s (%s)", title,
                  detail != NULL ? ": " : "", detail != NULL ? detail : "", code);
    json_decref(json);
}

void api_advise(const struct api *api, struct error *err)
{
    if (err->code == ERROR_UNAVAILABLE)
        error_prefix(err, "the API at %s cannot be reached (is it running? `leat status`)",
                     api->url);
    else if (err->code == ERROR_DENIED)
        error_prefix(err, "the API at %s is not the one that %s is for", api->url, api->from);
}

static void answered(void *arg, const struct http_response *response, const struct error *err)
{
    struct api_call *call = arg;
    struct api_result result = {0};
    struct error problem;

    if (err != NULL) {
        problem = *err;
        api_advise(call->api, &problem);
        result.err = &problem;
    } else if (response->status / 100 != 2) {
        result.status = response->status;
        api_problem(response, result.code, &problem);
        result.err = &problem;
    } else {
        result.status = response->status;
        result.body = json_loadb((const char *)response->body.data, response->body.len,
                                 JSON_REJECT_DUPLICATES, NULL);
        if (result.body == NULL && response->body.len > 0) {
            error_set(&problem, ERROR_CORRUPT, "the answer of %s is not JSON", call->api->url);
            result.err = &problem;
        }
    }
    call->done(call->arg, &result);
    json_decref(result.body);
    free(call);
}

static void not_started(void *arg)
{
    struct api_call *call = arg;
    if (call->done != NULL)
        call->done(call->arg, &(struct api_result){.err = &call->failure});
    free(call);
}

struct api_call *api_call(struct api *api, const char *method, const char *path, json_t *body,
                          const char *const *headers, int64_t timeout_ms, api_fn *done, void *arg)
{
    struct api_call *call = xcalloc(1, sizeof(*call));
    _cleanup_free_ char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    struct http_call_options options = {.method = method,
                                        .path = path,
                                        .headers = headers,
                                        .timeout_ms = timeout_ms,
                                        .done = answered,
                                        .arg = call};

    json_decref(body);
    if (text != NULL)
        options.body = slice_text(text);
    call->api = api;
    call->done = done;
    call->arg = arg;
    call->http = http_client_call(api->http, &options, &call->failure);
    if (call->http == NULL)
        loop_defer(api->loop, not_started, call);
    return call;
}

void api_call_cancel(struct api_call *call)
{
    if (call == NULL)
        return;
    if (call->http == NULL) {
        call->done = NULL;
        return;
    }
    http_call_cancel(call->http);
    free(call);
}

struct waited {
    struct loop *loop;
    json_t *body;
    struct error *err;
    int result;
};

static void wait_ended(void *arg, const struct api_result *result)
{
    struct waited *waited = arg;
    if (result->err != NULL) {
        waited->result = -1;
        if (waited->err != NULL)
            *waited->err = *result->err;
    } else {
        waited->body = json_incref(result->body);
    }
    loop_stop(waited->loop);
}

int api_get(struct loop *loop, struct api *api, const char *path, json_t **ret_body,
            struct error *err)
{
    struct waited waited = {.loop = loop, .err = err};

    api_call(api, "GET", path, NULL, NULL, 0, wait_ended, &waited);
    loop_run(loop);
    *ret_body = waited.body;
    return waited.result;
}

char *api_escape(const char *text)
{
    struct buf out = BUF_INIT(65536);
    for (const char *p = text; *p != '\0'; p++) {
        if (isalnum((unsigned char)*p) || strchr("-._~", *p) != NULL)
            buf_putc(&out, *p);
        else
            buf_printf(&out, "%%%02X", (unsigned)(unsigned char)*p);
    }
    return buf_take_text(&out);
}
