/* AUTH: right, wrong, changed, missing. */
#include "testing.h"

#include "base/file.h"
#include "base/memory.h"
#include "redis.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
    struct redis *redis;
    struct world *world;
    char *password_file;
};

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    f->redis = redis_new("open sesame");
    f->world = world_new();
    f->password_file = xasprintf("%s/password", f->redis->folder);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    world_free(f->world);
    redis_free(f->redis);
    free(f->password_file);
    free(f);
    return 0;
}

static void write_password(const struct fixture *f, const char *text)
{
    assert_int_equal(file_write_atomic(f->password_file, slice_text(text), 0600, NULL), 0);
}

static void right_password(void **state)
{
    struct fixture *f = *state;
    write_password(f, "open sesame\n");
    world_open(f->world, f->redis->url, f->password_file, 0);
    WORLD_WAIT(f->world, f->world->connected == 1);
    world_command_expect(f->world, "OK", "SET", "k", "v", NULL);
}

static void on_nothing(void *arg, struct slice text)
{
    (void)text;
    loop_stop(((struct world *)arg)->loop);
}

static void on_subscribed(void *arg)
{
    struct world *world = arg;
    world->connected += 100;
    loop_stop(world->loop);
}

static void subscriptions_use_it_too(void **state)
{
    struct fixture *f = *state;
    write_password(f, "open sesame");
    world_open(f->world, f->redis->url, f->password_file, 0);
    struct store_subscription *subscription =
        store_subscribe(f->world->store, "news", on_nothing, on_subscribed, f->world, NULL);
    WORLD_WAIT(f->world, f->world->connected == 101);
    store_unsubscribe(subscription);
}

static void wrong_password_until_it_is_put_right(void **state)
{
    struct fixture *f = *state;
    write_password(f, "open barley\n");
    world_open(f->world, f->redis->url, f->password_file, 0);
    WORLD_WAIT(f->world, f->world->disconnected == 1);
    assert_int_equal(f->world->lost.code, ERROR_DENIED);
    assert_non_null(strstr(f->world->lost.message, "WRONGPASS"));
    assert_null(strstr(f->world->lost.message, "barley"));
    write_password(f, "open sesame\r\n");
    WORLD_WAIT(f->world, f->world->connected == 1);
    assert_int_equal(f->world->disconnected, 1);
}

static void no_password_given(void **state)
{
    struct fixture *f = *state;
    world_open(f->world, f->redis->url, "", 0);
    WORLD_WAIT(f->world, f->world->disconnected == 1);
    assert_int_equal(f->world->lost.code, ERROR_DENIED);
}

static void assert_not_opened(const struct fixture *f, const char *url, const char *password_file,
                              enum error_code code)
{
    struct error err = ERROR_INIT;
    const struct store_options options = {.url = url, .password_file = password_file};
    assert_null(store_open(f->world->loop, &options, &err));
    assert_int_equal(err.code, code);
}

static void files_that_cannot_be_used(void **state)
{
    struct fixture *f = *state;
    char long_text[1100];
    memset(long_text, 'p', sizeof(long_text) - 1);
    long_text[1099] = '\0';
    assert_not_opened(f, f->redis->url, f->password_file, ERROR_NOT_FOUND);
    write_password(f, "\n");
    assert_not_opened(f, f->redis->url, f->password_file, ERROR_INVALID);
    write_password(f, long_text);
    assert_not_opened(f, f->redis->url, f->password_file, ERROR_LIMIT);
    assert_not_opened(f, "http://localhost", NULL, ERROR_INVALID);
}

static void file_that_went_away(void **state)
{
    struct fixture *f = *state;
    write_password(f, "open sesame");
    world_open(f->world, f->redis->url, f->password_file, 0);
    WORLD_WAIT(f->world, f->world->connected == 1);
    assert_int_equal(remove(f->password_file), 0);
    redis_kill(f->redis);
    WORLD_WAIT(f->world, f->world->disconnected == 1);
    redis_start(f->redis);
    write_password(f, "open sesame");
    WORLD_WAIT(f->world, f->world->connected == 2);
}

int main(void)
{
    redis_need();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(right_password, setup, teardown),
        cmocka_unit_test_setup_teardown(subscriptions_use_it_too, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_password_until_it_is_put_right, setup, teardown),
        cmocka_unit_test_setup_teardown(no_password_given, setup, teardown),
        cmocka_unit_test_setup_teardown(files_that_cannot_be_used, setup, teardown),
        cmocka_unit_test_setup_teardown(file_that_went_away, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
