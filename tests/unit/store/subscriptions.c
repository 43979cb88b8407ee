/* Subscriptions: messages, restarts of Redis, ends from callbacks. */
#include "testing.h"

#include "base/memory.h"
#include "redis.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
    struct redis *redis;
    struct world *world;
};

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    f->redis = redis_new(NULL);
    f->world = world_new();
    world_open(f->world, f->redis->url, NULL, 0);
    WORLD_WAIT(f->world, f->world->connected == 1);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    world_free(f->world);
    redis_free(f->redis);
    free(f);
    return 0;
}

struct listener {
    struct world *world;
    struct store_subscription *subscription;
    int subscribed, messages;
    char last[64];
    size_t last_len;
    bool end_at_message, end_when_subscribed, close_store;
};

static void on_message(void *arg, struct slice text)
{
    struct listener *listener = arg;
    listener->messages++;
    listener->last_len = text.len;
    memset(listener->last, 0, sizeof(listener->last));
    memcpy(listener->last, text.data, text.len < 63 ? text.len : 63);
    if (listener->end_at_message)
        store_unsubscribe(take_pointer(listener->subscription));
    if (listener->close_store)
        store_close(take_pointer(listener->world->store));
    loop_stop(listener->world->loop);
}

static void on_subscribed(void *arg)
{
    struct listener *listener = arg;
    listener->subscribed++;
    if (listener->end_when_subscribed)
        store_unsubscribe(take_pointer(listener->subscription));
    loop_stop(listener->world->loop);
}

static void listen_to(struct listener *listener, struct world *world, const char *channel)
{
    struct error err = ERROR_INIT;
    listener->world = world;
    listener->subscription =
        store_subscribe(world->store, channel, on_message, on_subscribed, listener, &err);
    if (listener->subscription == NULL)
        fail_msg("%s", err.message);
    assert_int_equal(listener->subscribed, 0); /* never from inside the call */
}

static void publish(struct world *world, const char *channel, const char *text, int receivers)
{
    char expected[8];
    snprintf(expected, sizeof(expected), "%d", receivers);
    world_command_expect(world, expected, "PUBLISH", channel, text, NULL);
}

static void messages_arrive(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    struct listener listener = {0};
    listen_to(&listener, w, "news");
    WORLD_WAIT(w, listener.subscribed == 1);
    publish(w, "other", "no", 0);
    publish(w, "news", "one", 1);
    publish(w, "news", "", 1);
    WORLD_WAIT(w, listener.messages == 2);
    assert_int_equal(listener.last_len, 0);
    publish(w, "news", "three", 1);
    WORLD_WAIT(w, listener.messages == 3);
    assert_string_equal(listener.last, "three");
    store_unsubscribe(listener.subscription);
}

static void messages_are_binary_safe(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    struct listener listener = {0};
    struct answer answer = {.world = w};
    const struct slice words[] = {slice_text("PUBLISH"), slice_text("odd \r\n name"),
                                  slice_of("a\0b\r\n", 5)};
    listen_to(&listener, w, "odd \r\n name");
    WORLD_WAIT(w, listener.subscribed == 1);
    assert_int_equal(store_command(w->store, words, 3, answer_done, &answer, NULL), 0);
    WORLD_WAIT(w, listener.messages == 1);
    assert_int_equal(listener.last_len, 5);
    assert_memory_equal(listener.last, "a\0b\r\n", 5);
    store_unsubscribe(listener.subscription);
}

static void several_channels(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    struct listener a = {0}, b = {0}, same = {0};
    listen_to(&a, w, "a");
    listen_to(&b, w, "b");
    listen_to(&same, w, "a");
    WORLD_WAIT(w, a.subscribed + b.subscribed + same.subscribed == 3);
    publish(w, "a", "x", 2);
    publish(w, "b", "y", 1);
    WORLD_WAIT(w, a.messages + b.messages + same.messages == 3);
    assert_string_equal(same.last, "x");
    assert_string_equal(b.last, "y");
    store_unsubscribe(a.subscription);
    store_unsubscribe(b.subscription);
    store_unsubscribe(same.subscription);
}

static void subscribed_again_after_restarts(void **state)
{
    struct fixture *f = *state;
    struct world *w = f->world;
    struct listener listener = {0};
    listen_to(&listener, w, "news");
    WORLD_WAIT(w, listener.subscribed == 1);
    for (int round = 1; round <= 3; round++) {
        redis_kill(f->redis);
        WORLD_WAIT(w, w->disconnected == round);
        redis_start(f->redis);
        WORLD_WAIT(w, listener.subscribed == round + 1 && w->connected == round + 1);
        publish(w, "news", "again", 1);
        WORLD_WAIT(w, listener.messages == round);
    }
    store_unsubscribe(listener.subscription);
}

static void subscribed_when_redis_comes(void **state)
{
    struct fixture *f = *state;
    struct world *w = f->world;
    struct listener listener = {0};
    redis_kill(f->redis);
    WORLD_WAIT(w, w->disconnected == 1);
    listen_to(&listener, w, "news");
    redis_start(f->redis);
    WORLD_WAIT(w, listener.subscribed == 1);
    store_unsubscribe(listener.subscription);
}

/* What CLIENT KILL or an idle timeout does to one connection only. */
static void subscribed_again_when_cut_off_alone(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    struct listener listener = {0};
    listen_to(&listener, w, "news");
    WORLD_WAIT(w, listener.subscribed == 1);
    world_command_expect(w, "1", "CLIENT", "KILL", "TYPE", "pubsub", NULL);
    WORLD_WAIT(w, listener.subscribed == 2);
    assert_int_equal(w->disconnected, 0);
    publish(w, "news", "back", 1);
    WORLD_WAIT(w, listener.messages == 1);
    store_unsubscribe(listener.subscription);
}

static void ended_from_its_own_callbacks(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    struct listener first = {.end_when_subscribed = true}, second = {.end_at_message = true};
    listen_to(&first, w, "news");
    WORLD_WAIT(w, first.subscribed == 1);
    listen_to(&second, w, "news");
    WORLD_WAIT(w, second.subscribed == 1);
    struct answer one = {0}, two = {0};
    world_command(w, &one, "PUBLISH", "news", "one", NULL);
    world_command(w, &two, "PUBLISH", "news", "two", NULL);
    WORLD_WAIT(w, second.messages == 1 && two.calls == 1);
    world_command_expect(w, "PONG", "PING", NULL);
    assert_int_equal(second.messages, 1);
    assert_int_equal(first.messages, 0);
}

static void store_closed_from_a_message(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    struct listener closing = {.close_store = true}, silent = {0};
    listen_to(&closing, w, "news");
    listen_to(&silent, w, "news");
    WORLD_WAIT(w, closing.subscribed + silent.subscribed == 2);
    struct answer answer = {0};
    world_command(w, &answer, "PUBLISH", "news", "x", NULL);
    WORLD_WAIT(w, closing.messages == 1);
    assert_null(w->store);
    store_unsubscribe(closing.subscription); /* still their owner's to free */
    store_unsubscribe(silent.subscription);
    store_unsubscribe(NULL);
}

static void store_closed_before_it_is_connected(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    struct listener listener = {0};
    listen_to(&listener, w, "news");
    store_close(take_pointer(w->store));
    store_unsubscribe(listener.subscription);
    assert_int_equal(listener.subscribed, 0);
}

static void bounds_of_names(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    struct listener listener = {0};
    struct error err = ERROR_INIT;
    char name[4098];
    memset(name, 'c', sizeof(name) - 1);
    name[4097] = '\0';
    assert_null(store_subscribe(w->store, name, on_message, on_subscribed, &listener, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    name[4096] = '\0';
    listen_to(&listener, w, name);
    WORLD_WAIT(w, listener.subscribed == 1);
    publish(w, name, "x", 1);
    WORLD_WAIT(w, listener.messages == 1);
    store_unsubscribe(listener.subscription);
}

/* An account that may not subscribe is told so, tries rarely, and works once it may. */
static void refused_until_allowed(void **state)
{
    struct world *w = ((struct fixture *)*state)->world;
    struct listener listener = {0};
    world_command_expect(w, "OK", "ACL", "SETUSER", "default", "resetchannels", NULL);
    listen_to(&listener, w, "news");
    struct answer log = {0};
    do { /* until Redis has refused it */
        log = (struct answer){0};
        world_command(w, &log, "ACL", "LOG", "1", NULL);
        WORLD_WAIT(w, log.calls == 1);
    } while (strstr(log.text, "channel") == NULL);
    assert_int_equal(listener.subscribed, 0);
    world_command_expect(w, "OK", "ACL", "SETUSER", "default", "allchannels", NULL);
    WORLD_WAIT(w, listener.subscribed == 1);
    store_unsubscribe(listener.subscription);
}

int main(void)
{
    redis_need();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(messages_arrive, setup, teardown),
        cmocka_unit_test_setup_teardown(messages_are_binary_safe, setup, teardown),
        cmocka_unit_test_setup_teardown(several_channels, setup, teardown),
        cmocka_unit_test_setup_teardown(subscribed_again_after_restarts, setup, teardown),
        cmocka_unit_test_setup_teardown(subscribed_when_redis_comes, setup, teardown),
        cmocka_unit_test_setup_teardown(subscribed_again_when_cut_off_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(ended_from_its_own_callbacks, setup, teardown),
        cmocka_unit_test_setup_teardown(store_closed_from_a_message, setup, teardown),
        cmocka_unit_test_setup_teardown(store_closed_before_it_is_connected, setup, teardown),
        cmocka_unit_test_setup_teardown(bounds_of_names, setup, teardown),
        cmocka_unit_test_setup_teardown(refused_until_allowed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
