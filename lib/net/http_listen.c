#include "net/http_internal.h"

#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG   512
#define REOPEN_MS 1000

/* libevent takes no port 0, which means any. */
static int parse_address(const char *text, struct sockaddr_storage *ret, int *ret_len,
                         struct error *err)
{
    bool any_port = text_ends_with(text, ":0");
    _cleanup_free_ char *named =
        any_port ? xasprintf("%.*s1", (int)strlen(text) - 1, text) : xstrdup(text);

    memset(ret, 0, sizeof(*ret));
    *ret_len = (int)sizeof(*ret);
    if (evutil_parse_sockaddr_port(named, (struct sockaddr *)ret, ret_len) < 0)
        return error_set(err, ERROR_INVALID, "%s is not address:port", text);
    if (any_port && ret->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)ret)->sin6_port = 0;
    else if (any_port)
        ((struct sockaddr_in *)ret)->sin_port = 0;
    return 0;
}

static int open_listener(const char *text, struct error *err)
{
    struct sockaddr_storage address;
    int len, yes = 1;

    if (parse_address(text, &address, &len, err) < 0)
        return -1;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_errno(err, errno, "socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &yes, sizeof(yes));
    /* Connections inherit it: an answer is two small writes, and must not wait for an ACK between.
     */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (bind(fd, (struct sockaddr *)&address, (socklen_t)len) < 0 || listen(fd, BACKLOG) < 0) {
        error_errno(err, errno, "listening on %s", text);
        close(fd);
        return -1;
    }
    return fd;
}

static void enable_listeners(struct http_server *server, bool enable)
{
    for (size_t i = 0; i < server->listener_count; i++) {
        if (enable)
            evconnlistener_enable(server->listeners[i]);
        else
            evconnlistener_disable(server->listeners[i]);
    }
    server->paused = !enable;
}

/* The servers of this thread's loop: evhttp takes a listener's argument for itself. */
static _Thread_local LIST_HEAD(, http_server) servers = LIST_HEAD_INITIALIZER(servers);

static struct http_server *server_of(const struct evhttp *http)
{
    struct http_server *server;

    LIST_FOREACH(server, &servers, link) {
        if (server->http == http)
            break;
    }
    return server;
}

/* Said once: until a connection was taken again, the next attempt says nothing new. */
static void accept_failed(struct evconnlistener *listener, void *arg)
{
    int reason = errno;
    struct http_server *server = server_of(arg);

    if (server == NULL || server->paused)
        return;
    if (!server->said_paused)
        log_warn("no new connections for now: %s", strerror(reason));
    server->said_paused = true;
    server->stats.paused++;
    enable_listeners(server, false);
    timer_set(server->reopen, REOPEN_MS);
}

static void reopen(void *arg)
{
    enable_listeners(arg, true);
}

int http_listen_add(struct http_server *server, const char *text, struct error *err)
{
    if (server->listener_count == HTTP_LISTEN_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d addresses to listen on", HTTP_LISTEN_MAX);
    int fd = open_listener(text, err);
    if (fd < 0)
        return -1;
    if (server->reopen == NULL) {
        server->reopen = timer_new(server->loop, reopen, server);
        LIST_INSERT_HEAD(&servers, server, link);
    }
    struct evconnlistener *listener = evconnlistener_new(
        loop_base(server->loop), NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    server->bound[server->listener_count] = evhttp_bind_listener(server->http, listener);
    evconnlistener_set_error_cb(listener, accept_failed);
    server->listeners[server->listener_count++] = listener;
    return 0;
}

void http_listen_soon(struct http_server *server)
{
    if (server->paused)
        timer_set(server->reopen, 0);
}

void http_listen_close(struct http_server *server)
{
    for (size_t i = 0; i < server->listener_count; i++)
        evhttp_del_accept_socket(server->http, server->bound[i]);
    server->listener_count = 0;
    server->paused = false;
    if (server->reopen != NULL)
        LIST_REMOVE(server, link);
    timer_free(take_pointer(server->reopen));
}

uint16_t http_server_port(const struct http_server *server, size_t listen_index)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);
    evutil_socket_t fd = evconnlistener_get_fd(server->listeners[listen_index]);

    if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
        return 0;
    if (address.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return ntohs(((struct sockaddr_in *)&address)->sin_port);
}
