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
/* libcurl takes a header of 100 KB; a longer one it calls "out of memory". */
#define HEADERS_MAX ((size_t)64 << 10)

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
    LIST_HEAD(http_calls, http_call) calls, cancelled; /* cancelled while libcurl calls us */
    bool inside;                                       /* libcurl calls us */
    bool busy, freed; /* callbacks run; the client goes when they have returned */
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
    size_t header_bytes;
    bool headers_whole; /* libcurl is content with a connection that ends before their end */
    bool too_large;
    bool waiting;   /* libcurl takes no new call from inside its callbacks */
    bool cancelled; /* or answered: no callback any more */
    char failure[CURL_ERROR_SIZE];
};

/* --- the end of a call --- */

/* Off its list and, outside of libcurl's callbacks only, for ever. */
static void free_call(struct http_call *call)
{
    LIST_REMOVE(call, link);
    curl_easy_cleanup(call->easy); /* off the multi handle too */
    curl_slist_free_all(call->headers);
    buf_free(&call->body);
    buf_free(&call->response);
    free(call);
}

static void cancel(struct http_call *call)
{
    struct http_client *client = call->client;

    call->cancelled = true;
    if (!client->inside) {
        curl_multi_remove_handle(client->multi, call->easy);
        free_call(call);
        return;
    }
    LIST_REMOVE(call, link);
    LIST_INSERT_HEAD(&client->cancelled, call, link);
}

static void explain(const struct http_call *call, CURLcode code, struct error *err)
{
    const char *text = call->failure[0] != '\0' ? call->failure : curl_easy_strerror(code);

    if (call->too_large)
        error_set(err, ERROR_LIMIT, "the answer is larger than %zu bytes",
                  call->client->max_response);
    else if (call->header_bytes > HEADERS_MAX || code == CURLE_OUT_OF_MEMORY)
        error_set(err, ERROR_LIMIT, "the headers of the answer are too large");
    else if (code == CURLE_OPERATION_TIMEDOUT)
        error_set(err, ERROR_TIMEOUT, "%s", text);
    else if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
             code == CURLE_SSL_ISSUER_ERROR)
        error_set(err, ERROR_DENIED, "%s", text);
    else if (code == CURLE_URL_MALFORMAT)
        error_set(err, ERROR_INVALID, "%s", text);
    else if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY)
        error_set(err, ERROR_CORRUPT, "the answer is not HTTP: %s", text);
    else
        error_set(err, ERROR_UNAVAILABLE, "%s", text);
}

/* The callback may free the client: the call is on no list of it by then. */
static void finish_call(struct http_call *call, CURLcode code)
{
    struct http_calls ended = LIST_HEAD_INITIALIZER(ended);
    struct http_response response = {0};
    struct error err;
    long status = 0;
    char *type = NULL;

    curl_multi_remove_handle(call->client->multi, call->easy);
    LIST_REMOVE(call, link);
    LIST_INSERT_HEAD(&ended, call, link);
    call->cancelled = true;
    if (code == CURLE_OK && !call->headers_whole)
        code = CURLE_PARTIAL_FILE;
    if (code != CURLE_OK) {
        explain(call, code, &err);
        call->done(call->arg, NULL, &err);
    } else {
        curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(call->easy, CURLINFO_CONTENT_TYPE, &type);
        response.status = (int)status;
        response.content_type = type != NULL ? type : "";
        response.body = buf_slice(&call->response);
        call->done(call->arg, &response, NULL);
    }
    free_call(call);
}

static void collect_finished(struct http_client *client)
{
    CURLMsg *message;
    int left;

    while (!client->freed && (message = curl_multi_info_read(client->multi, &left)) != NULL) {
        struct http_call *call;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
        finish_call(call, code);
    }
}

/* --- libcurl and the loop --- */

static void begin_call(struct http_call *call)
{
    struct http_client *client = call->client;

    call->waiting = client->inside;
    if (client->inside)
        return;
    CURLMcode code = curl_multi_add_handle(client->multi, call->easy);
    if (code != CURLM_OK) {
        log_error("libcurl takes no call: %s", curl_multi_strerror(code));
        abort();
    }
}

/* What our callbacks asked for while they ran inside libcurl. */
static void catch_up(struct http_client *client)
{
    struct http_call *call;

    while ((call = LIST_FIRST(&client->cancelled)) != NULL)
        cancel(call);
    LIST_FOREACH(call, &client->calls, link)
    {
        if (call->waiting)
            begin_call(call);
    }
}

static void destroy(struct http_client *client);

static void act(struct http_client *client, curl_socket_t fd, int what)
{
    int running;

    client->busy = client->inside = true;
    curl_multi_socket_action(client->multi, fd, what, &running);
    client->inside = false;
    catch_up(client);
    collect_finished(client);
    client->busy = false;
    if (client->freed)
        destroy(client);
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

    if (call->cancelled)
        return 0;
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

static size_t take_header(char *data, size_t size, size_t count, void *arg)
{
    struct http_call *call = arg;

    call->header_bytes += size * count;
    if (data[0] == '\r' || data[0] == '\n')
        call->headers_whole = true;
    else if (size * count >= 5 && memcmp(data, "HTTP/", 5) == 0)
        call->headers_whole = false; /* after 100 Continue */
    return call->header_bytes > HEADERS_MAX ? 0 : size * count;
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
            xasprintf("Content-Type: %s",
                      options->content_type != NULL ? options->content_type : "application/json");
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
    if (text_equal(method, "HEAD")) {
        curl_easy_setopt(call->easy, CURLOPT_NOBODY, 1L); /* or it waits for a body */
        return;
    }
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
    int64_t timeout = options->timeout_ms == 0  ? TIMEOUT_DEFAULT_MS
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
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, client->user_agent);
    set_method(call, options);
    set_headers(call, options);
    set_trust(call);
    set_limits(call, options);
    begin_call(call);
    return call;
}

void http_call_cancel(struct http_call *call)
{
    if (call != NULL && !call->cancelled)
        cancel(call);
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
    LIST_INIT(&client->cancelled);
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

static void destroy(struct http_client *client)
{
    curl_multi_cleanup(client->multi);
    timer_free(client->timer);
    http_client_set_bearer(client, NULL);
    free(client->base_url);
    free(client->ca_pem);
    free(client->user_agent);
    free(client);
}

void http_client_free(struct http_client *client)
{
    if (client == NULL)
        return;
    while (!LIST_EMPTY(&client->calls))
        cancel(LIST_FIRST(&client->calls));
    client->freed = true;
    if (!client->busy)
        destroy(client);
}
