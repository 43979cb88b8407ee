/* The API as commands use it: one request at a time, or several on the loop. */
#ifndef CLI_API_H
#define CLI_API_H

#include "base/error.h"
#include "cli/profile.h"
#include "net/http_client.h"
#include "net/loop.h"

#include <jansson.h>

struct api;

struct api *api_open(struct loop *loop, const struct profile *profile, struct error *err);
void api_close(struct api *api);
struct http_client *api_http(struct api *api);

/* An answer of 2xx: `body` is its JSON (NULL for 204). Anything else is an error: of the transport,
 * or the problem that the API reports; `status` is then its HTTP status and `code` its stable code
 * ("" when there was no answer). */
struct api_result {
    int status;
    char code[64];
    json_t *body;
    const struct error *err;
};
typedef void api_fn(void *arg, const struct api_result *result);

/* `body` is taken over (may be NULL). `headers` as in http_client.h, may be NULL. `done` is called
 * once from the loop, unless the returned call is cancelled first. */
struct api_call;
struct api_call *api_call(struct api *api, const char *method, const char *path, json_t *body,
                          const char *const *headers, int64_t timeout_ms, api_fn *done, void *arg);
void api_call_cancel(struct api_call *call);

/* Runs the loop until the answer is there. *ret_body is owned by the caller (may be NULL). */
int api_get(struct loop *loop, struct api *api, const char *path, json_t **ret_body,
            struct error *err);

/* Makes an error of an answer that is not 2xx; fills `code` when it is a problem. */
void api_problem(const struct http_response *response, char code[static 64], struct error *err);

/* Says in front of a transport's error which API it is about, and what to do. */
void api_advise(const struct api *api, struct error *err);

/* `text` as it may stand in a query or a path segment; owned by the caller. */
char *api_escape(const char *text);

#endif
