#include "net/http_client.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define TIMEOUT_DEFAULT_MS   30000
#define CONNECT_TIMEOUT_MS   10000
#define RESPONSE_MAX_DEFAULT ((size_t)8 << 20)

/* A descriptor that libcurl wants watched. */
struct socket_watch {
    struct http_client *client;
    struct watch *watch;
    curl_socket_t fd;
    int what;
};

struct http_client {
    struct loop *loop;
    CURLM *multi;
    struct timer *timer;
    char *base_url, *ca_pem, *bearer, *user_agent;
    size_t max_response;
    LIST_HEAD(, http_call) calls;
};

struct http_call {
    LIST_ENTRY(http_call) link;
    struct http_client *client;
    CURL *easy;
    struct curl_slist *headers;
    struct buf body, response;
    http_data_fn *data;
    http_response_fn *done;
    void *arg;
    bool too_large;
    char failure[CURL_ERROR_SIZE];
};

/* --- the end of a call --- */

static void free_call(struct http_call *call)
{
    LIST_REMOVE(call, link);
    curl_multi_remove_handle(call->client->multi, call->easy);
    curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    buf_free(&call->body);
    buf_free(&call->response);
    free(call);
}

static void explain(const struct http_call *call, CURLcode code, struct error *err)
{
    const char *text = call->failure[0] != '\0' ? call->failure : curl_easy_strerror(code);

    if (call->too_large)
        error_set(err, ERROR_LIMIT, "the answer is larger than %zu bytes",
                  call->client->max_response);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        error_set(err, ERROR_TIMEOUT, "%s", text);
    else if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
             code == CURLE_SSL_ISSUER_ERROR)
        error_set(err, ERROR_DENIED, "%s", text);
    else if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT)
        error_set(err, ERROR_INVALID, "%s", text);
    else
        error_set(err, ERROR_UNAVAILABLE, "%s", text);
}

static void finish_call(struct http_call *call, CURLcode code)
{
    struct http_response response = {0};
    struct error err;
    long status = 0;
    char *type = NULL;

    if (code != CURLE_OK) {
        explain(call, code, &err);
        call->done(call->arg, NULL, &err);
        free_call(call);
        return;
    }
    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(call->easy, CURLINFO_CONTENT_TYPE, &type);
    response.status = (int)status;
    response.content_type = type != NULL ? type : "";
    response.body = buf_slice(&call->response);
    call->done(call->arg, &response, NULL);
    free_call(call);
}

/* A callback may free the client: nothing of it is touched after the last one. */
static void collect_finished(struct http_client *client)
{
    int left;
    CURLMsg *message = curl_multi_info_read(client->multi, &left);

    while (message != NULL) {
        struct http_call *call;
        CURLcode code = message->data.result;
        bool last = left == 0;
        bool ended = message->msg == CURLMSG_DONE;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
        if (ended)
            finish_call(call, code);
        if (last)
            return;
        message = curl_multi_info_read(client->multi, &left);
    }
}

/* --- libcurl and the loop --- */

static void act(struct http_client *client, curl_socket_t fd, int what)
{
    int running;
    curl_multi_socket_action(client->multi, fd, what, &running);
    collect_finished(client);
}

static void timer_fired(void *arg)
{
    act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void socket_ready(void *arg)
{
    struct socket_watch *socket = arg;
    act(socket->client, socket->fd, socket->what);
}

static int set_timer(CURLM *multi, long delay_ms, void *arg)
{
    struct http_client *client = arg;
    if (delay_ms < 0)
        timer_clear(client->timer);
    else
        timer_set(client->timer, delay_ms);
    return 0;
}

static void forget_socket(struct http_client *client, struct socket_watch *socket)
{
    curl_multi_assign(client->multi, socket->fd, NULL);
    watch_free(socket->watch);
    free(socket);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    struct http_client *client = arg;
    struct socket_watch *socket = socket_arg;

    if (what == CURL_POLL_REMOVE) {
        if (socket != NULL)
            forget_socket(client, socket);
        return 0;
    }
    if (socket == NULL) {
        socket = xcalloc(1, sizeof(*socket));
        socket->client = client;
        socket->fd = fd;
        curl_multi_assign(client->multi, fd, socket);
    }
    watch_free(socket->watch);
    unsigned watch_for = ((what & CURL_POLL_IN) != 0 ? WATCH_READ : 0) |
                         ((what & CURL_POLL_OUT) != 0 ? WATCH_WRITE : 0);
    /* libcurl finds out itself which of the two it is. */
    socket->what = 0;
    socket->watch = watch_new(client->loop, fd, watch_for, socket_ready, socket);
    return 0;
}

/* --- a call --- */

static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
    struct http_call *call = arg;
    size_t len = size * count;
    long status = 0;

    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    if (call->data != NULL && status / 100 == 2) {
        call->data(call->arg, slice_of(data, len));
        return len;
    }
    buf_append(&call->response, data, len);
    if (call->response.overflow) {
        call->too_large = true;
        return 0;
    }
    return len;
}

static void add_header(struct http_call *call, const char *header)
{
    struct curl_slist *more = curl_slist_append(call->headers, header);
    if (more == NULL) {
        log_error("out of memory for a header");
        abort();
    }
    call->headers = more;
}

static void set_headers(struct http_call *call, const struct http_call_options *options)
{
    const struct http_client *client = call->client;

    add_header(call, "Expect:");
    if (client->bearer != NULL) {
        _cleanup_free_ char *header = xasprintf("Authorization: Bearer %s", client->bearer);
        add_header(call, header);
    }
    if (options->body.len > 0) {
        _cleanup_free_ char *header =
            xasprintf("Content-Type: %s", options->content_type != NULL ? options->content_type
                                                                        : "application/json");
        add_header(call, header);
    }
    for (size_t i = 0; options->headers != NULL && options->headers[i] != NULL; i++)
        add_header(call, options->headers[i]);
    curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
}

static void set_method(struct http_call *call, const struct http_call_options *options)
{
    const char *method = options->method;

    if (method == NULL)
        method = options->body.len > 0 ? "POST" : "GET";
    if (text_equal(method, "GET"))
        return;
    buf_append_slice(&call->body, options->body);
    curl_easy_setopt(call->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
    curl_easy_setopt(call->easy, CURLOPT_POSTFIELDS, buf_text(&call->body));
    curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, method);
}

static void set_trust(struct http_call *call)
{
    const char *ca = call->client->ca_pem;
    struct curl_blob blob = {.data = (void *)(uintptr_t)ca, .len = ca != NULL ? strlen(ca) : 0};

    curl_easy_setopt(call->easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    if (ca == NULL)
        return;
    curl_easy_setopt(call->easy, CURLOPT_CAINFO_BLOB, &blob);
    curl_easy_setopt(call->easy, CURLOPT_CAPATH, NULL);
}

static void set_limits(struct http_call *call, const struct http_call_options *options)
{
    int64_t timeout = options->timeout_ms == 0   ? TIMEOUT_DEFAULT_MS
                      : options->timeout_ms < 0 ? 0
                                                : options->timeout_ms;
    curl_easy_setopt(call->easy, CURLOPT_TIMEOUT_MS, (long)timeout);
    curl_easy_setopt(call->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(call->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(call->easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(call->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(call->easy, CURLOPT_NOPROXY, "*");
}

struct http_call *http_client_call(struct http_client *client,
                                   const struct http_call_options *options, struct error *err)
{
    CURL *easy = curl_easy_init();

    if (options->path[0] != '/' || easy == NULL) {
        curl_easy_cleanup(easy);
        error_set(err, ERROR_INVALID, "%s is not a path", options->path);
        return NULL;
    }
    struct http_call *call = xcalloc(1, sizeof(*call));
    _cleanup_free_ char *url = xasprintf("%s%s", client->base_url, options->path);
    call->client = client;
    call->easy = easy;
    call->body = BUF_INIT(options->body.len + 1);
    call->response = BUF_INIT(client->max_response);
    call->data = options->data;
    call->done = options->done;
    call->arg = options->arg;
    LIST_INSERT_HEAD(&client->calls, call, link);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->failure);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, client->user_agent);
    set_method(call, options);
    set_headers(call, options);
    set_trust(call);
    set_limits(call, options);
    curl_multi_add_handle(client->multi, easy);
    return call;
}

void http_call_cancel(struct http_call *call)
{
    if (call != NULL)
        free_call(call);
}

/* --- the client --- */

struct http_client *http_client_new(struct loop *loop, const struct http_client_options *options,
                                    struct error *err)
{
    if (!text_starts_with(options->base_url, "https://") &&
        !text_starts_with(options->base_url, "http://")) {
        error_set(err, ERROR_INVALID, "%s is not an http or https address", options->base_url);
        return NULL;
    }
    struct http_client *client = xcalloc(1, sizeof(*client));
    client->loop = loop;
    client->multi = curl_multi_init();
    client->timer = timer_new(loop, timer_fired, client);
    client->base_url = xstrdup(options->base_url);
    client->ca_pem = options->ca_pem != NULL ? xstrdup(options->ca_pem) : NULL;
    client->user_agent = xstrdup(options->user_agent != NULL ? options->user_agent : "leat");
    client->max_response =
        options->max_response_bytes > 0 ? options->max_response_bytes : RESPONSE_MAX_DEFAULT;
    LIST_INIT(&client->calls);
    http_client_set_bearer(client, options->bearer_token);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    return client;
}

void http_client_set_bearer(struct http_client *client, const char *token)
{
    if (client->bearer != NULL)
        explicit_bzero(client->bearer, strlen(client->bearer));
    free(client->bearer);
    client->bearer = token != NULL ? xstrdup(token) : NULL;
}

void http_client_free(struct http_client *client)
{
    if (client == NULL)
        return;
    while (!LIST_EMPTY(&client->calls))
        free_call(LIST_FIRST(&client->calls));
    curl_multi_cleanup(client->multi);
    timer_free(client->timer);
    http_client_set_bearer(client, NULL);
    free(client->base_url);
    free(client->ca_pem);
    free(client->user_agent);
    free(client);
}
