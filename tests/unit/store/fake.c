/* A server that misbehaves as a test tells it to. */
#include "testing.h"

#include "base/memory.h"
#include "fake.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void drop(struct fake *fake, struct bufferevent *client)
{
    for (int i = 0; i < FAKE_CLIENTS_MAX; i++)
        if (fake->clients[i] == client)
            fake->clients[i] = NULL;
    bufferevent_free(client);
}

static void on_readable(struct bufferevent *client, void *arg)
{
    struct fake *fake = arg;
    char text[4096];
    size_t len = bufferevent_read(client, text, sizeof(text) - 1);
    text[len] = '\0';
    const char *answer = strstr(text, "PING\r\n") != NULL ? fake->greeting : fake->answer;
    if (answer == NULL)
        drop(fake, client);
    else if (answer[0] != '\0')
        bufferevent_write(client, answer, strlen(answer));
}

static void on_written(struct bufferevent *client, void *arg)
{
    struct fake *fake = arg;
    if (fake->hang_up_after_answer)
        drop(fake, client);
}

static void on_event(struct bufferevent *client, short events, void *arg)
{
    (void)events;
    drop(arg, client);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
                      int len, void *arg)
{
    (void)listener, (void)from, (void)len;
    struct fake *fake = arg;
    assert_true(fake->accepted < FAKE_CLIENTS_MAX);
    struct bufferevent *client =
        bufferevent_socket_new(loop_base(fake->loop), fd, BEV_OPT_CLOSE_ON_FREE);
    fake->accepted_ms[fake->accepted] = loop_now_ms(fake->loop);
    fake->clients[fake->accepted++] = client;
    bufferevent_setcb(client, on_readable, on_written, on_event, fake);
    bufferevent_enable(client, EV_READ | EV_WRITE);
    loop_stop(fake->loop);
}

struct fake *fake_new(struct loop *loop, const char *address)
{
    struct fake *fake = xcalloc(1, sizeof(*fake));
    struct sockaddr_storage at;
    int len = sizeof(at);
    _cleanup_free_ char *some_port = xasprintf("%s:1", address);
    assert_int_equal(evutil_parse_sockaddr_port(some_port, (struct sockaddr *)&at, &len), 0);
    ((struct sockaddr_in *)&at)->sin_port = 0; /* any; at the same place in IPv6 */
    fake->loop = loop;
    fake->greeting = "+PONG\r\n";
    fake->answer = "+OK\r\n";
    fake->listener = evconnlistener_new_bind(loop_base(loop), on_accept, fake,
                                             LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 8,
                                             (struct sockaddr *)&at, len);
    assert_non_null(fake->listener);
    socklen_t got = sizeof(at);
    getsockname(evconnlistener_get_fd(fake->listener), (struct sockaddr *)&at, &got);
    fake->port = ntohs(((struct sockaddr_in *)&at)->sin_port);
    fake->url = xasprintf("redis://%s:%u", address, fake->port);
    return fake;
}

static struct bufferevent *newest(struct fake *fake)
{
    struct bufferevent *client = fake->clients[fake->accepted - 1];
    assert_non_null(client);
    return client;
}

void fake_send(struct fake *fake, const char *text)
{
    bufferevent_write(newest(fake), text, strlen(text));
}

void fake_hang_up(struct fake *fake)
{
    drop(fake, newest(fake));
}

void fake_free(struct fake *fake)
{
    for (int i = 0; i < FAKE_CLIENTS_MAX; i++)
        if (fake->clients[i] != NULL)
            bufferevent_free(fake->clients[i]);
    evconnlistener_free(fake->listener);
    free(fake->url);
    free(fake);
}
