/* One connection to Redis that makes itself again. */
#include "store/connection.h"

#include "base/file.h"
#include "base/memory.h"
#include "store/address.h"
#include "store/resolve.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define RETRY_MIN_MS       50
#define RETRY_MAX_MS       5000
#define RETRY_DOUBLINGS    7 /* 50 ms * 2^7 is past the longest wait */
#define ATTEMPT_TIMEOUT_MS 5000
#define PASSWORD_MAX       1024

struct connection {
    struct loop *loop;
    struct connection_options options;
    struct store_address address;
    char *password_file;
    struct resolution *resolution; /* NULL unless a name is being looked up */
    struct bufferevent *stream;    /* NULL while it waits for the next attempt */
    struct resp_reader *reader;
    struct timer *timer; /* the next attempt, or the end of patience with this one */
    unsigned failures;   /* in a row */
    unsigned handshake;  /* replies of it that are still to come */
    bool ready;
    bool told_lost; /* nobody is told twice of one outage */
    bool closed;
};

/* Between the shortest wait and a bound that doubles: many clients of one server that came back do
 * not all return at once. */
static int64_t retry_delay(unsigned failures)
{
    uint32_t random = 0;
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
        random = (uint32_t)failures * 7919;
    unsigned doublings = failures < RETRY_DOUBLINGS ? failures : RETRY_DOUBLINGS;
    int64_t bound = (int64_t)RETRY_MIN_MS << doublings;
    if (bound > RETRY_MAX_MS)
        bound = RETRY_MAX_MS;
    return RETRY_MIN_MS + random % (bound - RETRY_MIN_MS + 1);
}

static void close_stream(struct connection *connection)
{
    resolution_cancel(take_pointer(connection->resolution));
    if (connection->stream != NULL)
        bufferevent_free(take_pointer(connection->stream));
    resp_reader_free(take_pointer(connection->reader));
    connection->ready = false;
    connection->handshake = 0;
}

static void attempt_failed(struct connection *connection, const struct error *err)
{
    bool tell = connection->ready || !connection->told_lost;
    close_stream(connection);
    connection->failures++;
    timer_set(connection->timer, retry_delay(connection->failures));
    connection->told_lost = true;
    if (tell)
        connection->options.lost(connection->options.arg, err);
}

static int read_password(const char *path, struct buf *out, struct error *err)
{
    if (file_read(path, PASSWORD_MAX, out, err) < 0)
        return error_prefix(err, "password of Redis");
    while (out->len > 0 && strchr("\r\n", out->data[out->len - 1]) != NULL)
        out->len--;
    return out->len > 0 ? 0 : error_set(err, ERROR_INVALID, "the password file %s is empty", path);
}

static void wipe(struct buf *secret)
{
    if (secret->data != NULL)
        explicit_bzero(secret->data, secret->cap);
    buf_free(secret);
}

static int send_password(struct connection *connection, struct error *err)
{
    struct buf password __attribute__((cleanup(wipe))) = BUF_INIT(PASSWORD_MAX + 1);
    struct buf command __attribute__((cleanup(wipe))) = BUF_INIT(2 * PASSWORD_MAX);
    if (read_password(connection->password_file, &password, err) < 0)
        return -1;
    resp_count(&command, 2);
    resp_text(&command, "AUTH");
    resp_word(&command, buf_slice(&password));
    bufferevent_write(connection->stream, command.data, command.len);
    connection->handshake++;
    return 0;
}

/* Without these a peer that vanished would never be noticed on an idle connection. */
static void tune_socket(struct connection *connection)
{
    int fd = bufferevent_getfd(connection->stream), on = 1, idle_s = 15, interval_s = 5, probes = 3;
    if (connection->address.socket.ss_family == AF_UNIX)
        return;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof(interval_s));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* PING tells a server that is still loading its data, or has too many clients, from a ready one. */
static void begin_handshake(struct connection *connection)
{
    static const char ping[] = "*1\r\n$4\r\nPING\r\n";
    struct error err = ERROR_INIT;
    tune_socket(connection);
    if (connection->password_file != NULL && send_password(connection, &err) < 0) {
        attempt_failed(connection, &err);
        return;
    }
    bufferevent_write(connection->stream, ping, sizeof(ping) - 1);
    connection->handshake++;
    bufferevent_enable(connection->stream, EV_READ | EV_WRITE);
}

static void handshake_reply(struct connection *connection, const struct store_reply *reply)
{
    struct error err = ERROR_INIT;
    if (resp_reply_is_error(reply, &err)) {
        attempt_failed(connection, &err);
        return;
    }
    if (--connection->handshake > 0)
        return;
    connection->ready = true;
    connection->told_lost = false;
    connection->failures = 0;
    timer_clear(connection->timer);
    connection->options.ready(connection->options.arg);
}

/* A callback may have closed or dropped the connection: then there is no stream any more. */
static void read_replies(struct connection *connection)
{
    while (connection->stream != NULL) {
        struct error err = ERROR_INIT;
        struct store_reply *reply = NULL;
        int got = resp_reader_next(connection->reader, &reply, &err);
        if (got < 0)
            connection_drop(connection, &err);
        if (got <= 0)
            return;
        if (connection->handshake > 0)
            handshake_reply(connection, reply);
        else
            connection->options.reply(connection->options.arg, reply);
        resp_reply_free(reply);
    }
}

static void on_readable(struct bufferevent *stream, void *arg)
{
    struct connection *connection = arg;
    struct evbuffer *input = bufferevent_get_input(stream);
    size_t len;
    while ((len = evbuffer_get_contiguous_space(input)) > 0) {
        resp_reader_feed(connection->reader,
                         slice_of(evbuffer_pullup(input, (ev_ssize_t)len), len));
        evbuffer_drain(input, len);
    }
    read_replies(connection);
}

static void on_event(struct bufferevent *stream, short events, void *arg)
{
    struct connection *connection = arg;
    int errnum = EVUTIL_SOCKET_ERROR();
    struct error err = ERROR_INIT;
    if ((events & BEV_EVENT_CONNECTED) != 0) {
        begin_handshake(connection);
        return;
    }
    if ((events & BEV_EVENT_EOF) != 0)
        error_set(&err, ERROR_UNAVAILABLE, "Redis at %s closed the connection",
                  connection->options.url);
    else
        error_set(&err, ERROR_UNAVAILABLE, "Redis at %s: %s", connection->options.url,
                  evutil_socket_error_to_string(errnum));
    attempt_failed(connection, &err);
}

static void connect_to(struct connection *connection, const struct sockaddr *address, socklen_t len)
{
    struct sockaddr_storage copy; /* libevent asks for one that it may write to */
    struct error err = ERROR_INIT;
    memcpy(&copy, address, len);
    if (bufferevent_socket_connect(connection->stream, (struct sockaddr *)&copy, (int)len) == 0)
        return;
    error_set(&err, ERROR_UNAVAILABLE, "Redis at %s: %s", connection->options.url, strerror(errno));
    attempt_failed(connection, &err);
}

/* The addresses of a name take turns. */
static void on_resolved(void *arg, const struct addrinfo *found, const char *failure)
{
    struct connection *connection = arg;
    struct error err = ERROR_INIT;
    connection->resolution = NULL;
    if (found == NULL) {
        error_set(&err, ERROR_UNAVAILABLE, "Redis at %s: %s", connection->options.url, failure);
        attempt_failed(connection, &err);
        return;
    }
    const struct addrinfo *at = found;
    for (unsigned i = 0; i < connection->failures; i++)
        at = at->ai_next != NULL ? at->ai_next : found;
    connect_to(connection, at->ai_addr, at->ai_addrlen);
}

static void start_attempt(struct connection *connection)
{
    const struct store_address *address = &connection->address;
    struct error err = ERROR_INIT;
    connection->reader = resp_reader_new();
    connection->stream =
        bufferevent_socket_new(loop_base(connection->loop), -1, BEV_OPT_CLOSE_ON_FREE);
    if (connection->stream == NULL)
        abort();                                     /* out of memory, as xmalloc() does */
    bufferevent_priority_set(connection->stream, 0); /* ahead of deferred calls, as all events */
    bufferevent_setcb(connection->stream, on_readable, NULL, on_event, connection);
    timer_set(connection->timer, ATTEMPT_TIMEOUT_MS);
    if (address->socket_len > 0) {
        connect_to(connection, (const struct sockaddr *)&address->socket, address->socket_len);
        return;
    }
    connection->resolution =
        resolve(connection->loop, address->host, address->port, on_resolved, connection, &err);
    if (connection->resolution == NULL)
        attempt_failed(connection, &err);
}

static void on_timer(void *arg)
{
    struct connection *connection = arg;
    struct error err = ERROR_INIT;
    if (connection->stream == NULL) {
        start_attempt(connection);
        return;
    }
    error_set(&err, ERROR_TIMEOUT, "Redis at %s does not answer", connection->options.url);
    attempt_failed(connection, &err);
}

static int check_password_file(const char *path, struct error *err)
{
    struct buf password __attribute__((cleanup(wipe))) = BUF_INIT(PASSWORD_MAX + 1);
    return read_password(path, &password, err);
}

struct connection *connection_open(struct loop *loop, const struct connection_options *options,
                                   struct error *err)
{
    const char *password_file = options->password_file;
    bool has_password = password_file != NULL && password_file[0] != '\0';
    struct store_address address;
    if (store_address_parse(options->url, &address, err) < 0 ||
        (has_password && check_password_file(password_file, err) < 0))
        return NULL;
    struct connection *connection = xcalloc(1, sizeof(*connection));
    connection->loop = loop;
    connection->options = *options;
    connection->options.url = xstrdup(options->url);
    connection->address = address;
    connection->password_file = has_password ? xstrdup(password_file) : NULL;
    connection->timer = timer_new(loop, on_timer, connection);
    timer_set(connection->timer, 0);
    return connection;
}

/* At the end of the loop's turn, when no function of this file is on the stack any more. */
static void destroy(void *arg)
{
    struct connection *connection = arg;
    free((void *)connection->options.url);
    free(connection->password_file);
    free(connection);
}

void connection_close(struct connection *connection)
{
    if (connection == NULL || connection->closed)
        return;
    connection->closed = true;
    close_stream(connection);
    timer_free(take_pointer(connection->timer));
    loop_defer(connection->loop, destroy, connection);
}

bool connection_is_ready(const struct connection *connection)
{
    return connection->ready;
}

void connection_send(struct connection *connection, struct slice bytes)
{
    bufferevent_write(connection->stream, bytes.data, bytes.len);
}

size_t connection_unsent(const struct connection *connection)
{
    return evbuffer_get_length(bufferevent_get_output(connection->stream));
}

void connection_drop(struct connection *connection, const struct error *err)
{
    connection->failures = RETRY_DOUBLINGS;
    attempt_failed(connection, err);
}
