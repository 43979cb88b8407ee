/* A loop with a store on it. */
#include "testing.h"

#include "base/memory.h"
#include "world.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 16

static void on_guard(void *arg)
{
    struct world *world = arg;
    world->stuck = true;
    loop_stop(world->loop);
}

static void on_connected(void *arg)
{
    struct world *world = arg;
    world->connected++;
    if (world->close_when_connected)
        store_close(take_pointer(world->store));
    loop_stop(world->loop);
}

static void on_disconnected(void *arg, const struct error *err)
{
    struct world *world = arg;
    world->disconnected++;
    world->lost = *err;
    if (world->close_when_lost)
        store_close(take_pointer(world->store));
    loop_stop(world->loop);
}

struct world *world_new(void)
{
    struct world *world = xcalloc(1, sizeof(*world));
    signal(SIGPIPE, SIG_IGN); /* as every program of Leat does */
    world->loop = loop_new();
    world->guard = timer_new(world->loop, on_guard, world);
    return world;
}

void world_open(struct world *world, const char *url, const char *password_file,
                int64_t reply_timeout_ms)
{
    struct error err = ERROR_INIT;
    const struct store_options options = {.url = url,
                                          .password_file = password_file,
                                          .connected = on_connected,
                                          .disconnected = on_disconnected,
                                          .reply_timeout_ms = reply_timeout_ms,
                                          .arg = world};
    world->store = store_open(world->loop, &options, &err);
    if (world->store == NULL)
        fail_msg("%s", err.message);
    assert_false(store_is_connected(world->store));
}

void world_free(struct world *world)
{
    store_close(world->store);
    timer_free(world->guard);
    loop_free(world->loop);
    free(world);
}

static void print_reply(struct buf *out, const struct store_reply *reply)
{
    struct slice text = store_reply_string(reply);
    switch (store_reply_type(reply)) {
    case STORE_NIL:
        buf_puts(out, "nil");
        break;
    case STORE_STATUS:
        buf_append_slice(out, text);
        break;
    case STORE_ERROR:
        buf_printf(out, "error(%.*s)", (int)text.len, (const char *)text.data);
        break;
    case STORE_STRING:
        buf_printf(out, "\"%.*s\"", (int)(text.len < 100 ? text.len : 100),
                   text.len > 0 ? (const char *)text.data : "");
        break;
    case STORE_INTEGER:
        buf_printf(out, "%lld", (long long)store_reply_integer(reply));
        break;
    case STORE_ARRAY:
        buf_puts(out, "[");
        for (size_t i = 0; i < store_reply_count(reply); i++) {
            if (i > 0)
                buf_puts(out, " ");
            print_reply(out, store_reply_at(reply, i));
        }
        buf_puts(out, "]");
        break;
    }
}

void answer_done(void *arg, const struct store_reply *reply, const struct error *err)
{
    struct answer *answer = arg;
    answer->calls++;
    assert_true((reply == NULL) == (err != NULL));
    if (err != NULL) {
        answer->err = *err;
    } else {
        _cleanup_buf_ struct buf text = BUF_INIT(1 << 20);
        print_reply(&text, reply);
        answer->type = store_reply_type(reply);
        answer->len = store_reply_string(reply).len;
        snprintf(answer->text, sizeof(answer->text), "%.255s", buf_text(&text));
    }
    if (answer->close_store && answer->world->store != NULL)
        store_close(take_pointer(answer->world->store));
    loop_stop(answer->world->loop);
}

static void command(struct world *world, struct answer *answer, va_list args)
{
    struct slice words[WORDS_MAX];
    size_t count = 0;
    struct error err = ERROR_INIT;
    for (const char *word; (word = va_arg(args, const char *)) != NULL;) {
        assert_true(count < WORDS_MAX);
        words[count++] = slice_text(word);
    }
    answer->world = world;
    if (store_command(world->store, words, count, answer_done, answer, &err) < 0)
        fail_msg("%s", err.message);
}

void world_command(struct world *world, struct answer *answer, ...)
{
    va_list args;
    va_start(args, answer);
    command(world, answer, args);
    va_end(args);
}

void world_expect(struct world *world, struct answer *answer, const char *text)
{
    WORLD_WAIT(world, answer->calls > 0);
    assert_int_equal(answer->calls, 1);
    assert_string_equal(answer->err.message, "");
    assert_string_equal(answer->text, text);
}

void world_command_expect(struct world *world, const char *expected, ...)
{
    struct answer answer = {0};
    va_list args;
    va_start(args, expected);
    command(world, &answer, args);
    va_end(args);
    world_expect(world, &answer, expected);
}
