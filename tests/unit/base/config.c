#include "base/config.h"

#include "example_config.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

static int setup(void **state)
{
    struct example *config = xcalloc(1, sizeof(*config));

    config_defaults(&example_table, config);
    *state = config;
    return 0;
}

static int teardown(void **state)
{
    config_clear(&example_table, *state);
    config_clear(&example_table, *state); /* twice is harmless */
    free(*state);
    return 0;
}

static void good(struct example *config, const char *section, const char *name, const char *value)
{
    struct error err = ERROR_INIT;

    assert_int_equal(config_set(&example_table, config, section, name, value, &err), 0);
}

static void bad(struct example *config, const char *section, const char *name, const char *value,
                const char *expected)
{
    struct error err = ERROR_INIT;

    assert_int_equal(config_set(&example_table, config, section, name, value, &err), -1);
    assert_int_equal(err.code, ERROR_INVALID);
    if (!strstr(err.message, expected))
        fail_msg("\"%s\" does not contain \"%s\"", err.message, expected);
    assert_int_equal(config_set(&example_table, config, section, name, value, NULL), -1);
}

static void defaults_are_set(void **state)
{
    struct example *config = *state;

    assert_string_equal(config->name, "leat");
    assert_string_equal(config->socket, "");
    assert_int_equal(config->port, 443);
    assert_false(config->verbose);
    assert_int_equal(config->timeout_ms, 90000);
    assert_int_equal(config->cache_bytes, INT64_C(2) << 30);
    assert_int_equal(config->mode, 1);
    assert_string_equal(config->password, "");
    assert_int_equal(config->shard, 0);
    assert_int_equal(config->color, -1);
}

static void durations(void **state)
{
    struct example *config = *state;
    const struct {
        const char *text;
        int64_t ms;
    } valid[] = {{"1000ms", 1000}, {"1s", 1000}, {"10m", 600000}, {"2h", 7200000}};
    const char *const invalid[] = {"",
                                   "5",
                                   "s",
                                   "-1s",
                                   "1.5s",
                                   "1 s",
                                   "1S",
                                   "0",
                                   "999ms",
                                   "3h",
                                   "1h30m",
                                   "1000000000000000d",
                                   "99999999999999999999s"};

    for (size_t i = 0; i < array_size(valid); i++) {
        good(config, "build", "timeout", valid[i].text);
        assert_int_equal(config->timeout_ms, valid[i].ms);
    }
    for (size_t i = 0; i < array_size(invalid); i++)
        bad(config, "build", "timeout", invalid[i], "a duration from 1s to 2h");
    assert_int_equal(config->timeout_ms, 7200000);
}

static void sizes(void **state)
{
    struct example *config = *state;
    const struct {
        const char *text;
        int64_t bytes;
    } valid[] = {{"0", 0},
                 {"512", 512},
                 {"64KiB", 65536},
                 {"64KB", 65536},
                 {"20MiB", 20 << 20},
                 {"4GiB", INT64_C(4) << 30},
                 {"1TiB", INT64_C(1) << 40}};
    const char *const invalid[] = {"", "KiB", "1kib", "-1", "2TiB", "1.5GiB", "16777216TiB", "1K"};

    for (size_t i = 0; i < array_size(valid); i++) {
        good(config, "build", "cache", valid[i].text);
        assert_int_equal(config->cache_bytes, valid[i].bytes);
    }
    for (size_t i = 0; i < array_size(invalid); i++)
        bad(config, "build", "cache", invalid[i], "a size from 0 to 1TiB");
}

static void numbers(void **state)
{
    struct example *config = *state;

    good(config, "server", "port", "65535");
    assert_int_equal(config->port, 65535);
    bad(config, "server", "port", "0", "a whole number from 1 to 65535");
    bad(config, "server", "port", "65536", "server.port: \"65536\"");
    bad(config, "server", "port", "", "whole number");
    bad(config, "server", "port", "0x10", "whole number");
    good(config, "build", "shard", "-5");
    assert_int_equal(config->shard, -5);
}

static void booleans_and_choices(void **state)
{
    struct example *config = *state;
    const char *const yes[] = {"true", "yes", "on"}, *const no[] = {"false", "no", "off"};

    for (size_t i = 0; i < 3; i++) {
        good(config, "server", "verbose", yes[i]);
        assert_true(config->verbose);
        good(config, "server", "verbose", no[i]);
        assert_false(config->verbose);
    }
    bad(config, "server", "verbose", "True", "true or false");
    bad(config, "server", "verbose", "", "true or false");
    good(config, "build", "mode", "fast");
    assert_int_equal(config->mode, 0);
    bad(config, "build", "mode", "", "one of fast, safe");
    bad(config, "build", "mode", "fas", "one of fast, safe");
}

static void texts_and_paths(void **state)
{
    struct example *config = *state;

    good(config, "server", "name", "0123456789");
    assert_string_equal(config->name, "0123456789");
    bad(config, "server", "name", "0123456789a", "text of at most 10 bytes");
    bad(config, "server", "name", "\xff", "text of at most 10 bytes");
    assert_string_equal(config->name, "0123456789");
    good(config, "server", "name", "");
    good(config, "server", "socket-path", "/run/leat");
    bad(config, "server", "socket-path", "run/leat", "an absolute path");
    assert_string_equal(config->socket, "/run/leat");
    good(config, "server", "socket-path", "");
}

static void unknown_options_and_secrets(void **state)
{
    struct error err = ERROR_INIT;

    bad(*state, "server", "nome", "x", "server.nome: leat-example has no such option");
    bad(*state, "serve", "name", "x", "no such option");
    config_set(&example_table, *state, "build", "password", "too-long-password", &err);
    assert_null(strstr(err.message, "too-long"));
    assert_non_null(strstr(err.message, "***"));
}

static void environment_names_options(void **state)
{
    char *environment[] = {"PATH=/bin",
                           "LEAT_SERVER_PORT=8443",
                           "LEAT_SERVER_SOCKET_PATH=/s",
                           "LEAT_SERVER_NAMEX=no",
                           "LEAT_SERVER_NAME",
                           "LEAT_BUILD_PASSWORD=a=b",
                           "leat_server_name=no",
                           NULL};
    struct example *config = *state;

    assert_int_equal(config_set_environment(&example_table, config, environment, NULL), 0);
    assert_int_equal(config->port, 8443);
    assert_string_equal(config->socket, "/s");
    assert_string_equal(config->name, "leat");
    assert_string_equal(config->password, "a=b");
    assert_int_equal(config_set_environment(&example_table, config, NULL, NULL), 0);
}

static void environment_errors_name_the_variable(void **state)
{
    char *environment[] = {"LEAT_SERVER_PORT=x", NULL};
    struct error err = ERROR_INIT;

    assert_int_equal(config_set_environment(&example_table, *state, environment, &err), -1);
    assert_non_null(strstr(err.message, "environment variable LEAT_SERVER_PORT: server.port"));
}

static void required_must_be_set(void **state)
{
    struct error err = ERROR_INIT;

    assert_int_equal(config_check_required(&example_table, *state, &err), -1);
    assert_string_equal(err.message, "build.password must be set: Secret word.");
    good(*state, "build", "password", "x");
    assert_int_equal(config_check_required(&example_table, *state, &err), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(defaults_are_set),
        TEST(durations),
        TEST(sizes),
        TEST(numbers),
        TEST(booleans_and_choices),
        TEST(texts_and_paths),
        TEST(unknown_options_and_secrets),
        TEST(environment_names_options),
        TEST(environment_errors_name_the_variable),
        TEST(required_must_be_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
