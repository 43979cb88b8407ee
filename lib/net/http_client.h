/* An HTTP client on libcurl's multi interface, driven by the loop; connections are reused.
 *
 * The server is trusted by the CA given here and by nothing else. Each call is answered exactly
 * once, unless it is cancelled.
 */
#ifndef NET_HTTP_CLIENT_H
#define NET_HTTP_CLIENT_H

#include "base/buf.h"
#include "base/error.h"
#include "net/loop.h"

#include <stdint.h>

struct http_client;
struct http_call;

struct http_client_options {
    const char *base_url;      /* "https://127.0.0.1:8443", no trailing slash */
    const char *ca_pem;        /* NULL: the system's CAs */
    const char *bearer_token;  /* NULL: none */
    const char *user_agent;    /* "leat/0.1.0" */
    size_t max_response_bytes; /* 0: 8 MiB; more is ERROR_LIMIT */
};
struct http_client *http_client_new(struct loop *loop, const struct http_client_options *options,
                                    struct error *err);
/* Cancels what is under way. From any callback, as http_call_cancel() and http_client_call(). */
void http_client_free(struct http_client *client);
void http_client_set_bearer(struct http_client *client, const char *token);

struct http_response {
    int status;
    const char *content_type; /* "" when absent */
    struct slice body;        /* empty for a streamed response */
};

/* Exactly one of response and err is not NULL; both live until the callback returns. A failure to
 * connect or a connection that breaks is ERROR_UNAVAILABLE, a time-out ERROR_TIMEOUT, a certificate
 * that is not trusted ERROR_DENIED, what is not HTTP ERROR_CORRUPT, headers over 64 KiB ERROR_LIMIT. Any HTTP
 * status is a response, not an error. A call that found its kept connection closed before any byte
 * of the answer is sent once more on a new one. */
typedef void http_response_fn(void *arg, const struct http_response *response,
                              const struct error *err);
typedef void http_data_fn(void *arg, struct slice data);

struct http_call_options {
    const char *method; /* NULL: GET, or POST with a body */
    const char *path;   /* "/v1/builds?limit=10"; must be encoded already */
    const char *const *headers; /* "Name: value", NULL-terminated; NULL: none */
    const char *content_type;   /* of the body; NULL: application/json */
    struct slice body;
    int64_t timeout_ms; /* of the whole call; 0: 30 s; -1: none (streams) */
    http_data_fn *data; /* streams the body of a 2xx response; other bodies are collected */
    http_response_fn *done;
    void *arg;
};
/* NULL only for an unusable path or option. */
struct http_call *http_client_call(struct http_client *client,
                                   const struct http_call_options *options, struct error *err);
void http_call_cancel(struct http_call *call); /* no callback will run */

#endif
