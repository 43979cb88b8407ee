/* A server that misbehaves as a test tells it to, on TCP and on the test's own loop. */
#ifndef TESTS_STORE_FAKE_H
#define TESTS_STORE_FAKE_H

#include "net/loop.h"

#include <event2/bufferevent.h>
#include <event2/listener.h>

#define FAKE_CLIENTS_MAX 16

struct fake {
    struct loop *loop;
    struct evconnlistener *listener;
    struct bufferevent *clients[FAKE_CLIENTS_MAX];
    int accepted;
    int64_t accepted_ms[FAKE_CLIENTS_MAX];
    const char *greeting; /* the answer to PING; NULL: hang up, "": none */
    const char *answer;   /* to anything else; NULL: hang up, "": none */
    bool hang_up_after_answer;
    char *url; /* redis://127.0.0.1:<port> */
    unsigned port;
};

struct fake *fake_new(struct loop *loop, const char *address);
void fake_send(struct fake *fake, const char *text); /* to the newest client, unasked */
void fake_hang_up(struct fake *fake);
void fake_free(struct fake *fake);

#endif
