/* What the machine writes for others, and what it reads from them. */
#include "machine/buildkit_config.h"
#include "machine/load.h"
#include "testing.h"

#include <string.h>

static struct machine_config config;

static int set_up(void **state)
{
    config_defaults(&machine_config_table, &config);
    config_set(&machine_config_table, &config, "machine", "address", "10.88.0.2", NULL);
    return 0;
}

static int tear_down(void **state)
{
    config_clear(&machine_config_table, &config);
    return 0;
}

static void set(const char *section, const char *name, const char *value)
{
    struct error err;
    if (config_set(&machine_config_table, &config, section, name, value, &err) < 0)
        fail_msg("%s", err.message);
}

static void buildkit_config_says_what_matters(void **state)
{
    struct buf out = BUF_INIT(65536);
    struct error err;

    set("volume", "cap_bytes", "10GiB");
    set("buildkit", "cgroup_parent", "leat/t/m-1");
    assert_int_equal(buildkit_config_text(&config, &out, &err), 0);
    const char *text = buf_text(&out);
    assert_non_null(strstr(text, "address = [\"tcp://10.88.0.2:8372\"]"));
    assert_non_null(strstr(text, "networkMode = \"bridge\""));
    assert_non_null(strstr(text, "maxUsedSpace = \"9663676416\""));
    assert_non_null(strstr(text, "defaultCgroupParent = \"leat/t/m-1\""));
    assert_non_null(strstr(text, "client-ca.pem\""));
    assert_null(strstr(text, "platforms"));
    assert_null(strstr(text, "entitlements"));
    buf_free(&out);
}

static void emulated_machine_names_its_platforms(void **state)
{
    struct buf out = BUF_INIT(65536);

    set("machine", "arch", "arm64");
    set("machine", "emulated", "true");
    assert_int_equal(buildkit_config_text(&config, &out, NULL), 0);
    assert_non_null(strstr(buf_text(&out), "platforms = [\"linux/arm64\""));
    buf_free(&out);
}

static void values_cannot_break_out_of_toml(void **state)
{
    struct buf out = BUF_INIT(65536);
    struct error err;

    set("buildkit", "runc", "/x\"\n[grpc]");
    assert_int_equal(buildkit_config_text(&config, &out, &err), -1);
    assert_int_equal(err.code, ERROR_INVALID);
    buf_free(&out);
}

static void denies_stand_for_each_network_and_the_gateway(void **state)
{
    struct buf out = BUF_INIT(65536);

    set("steps", "deny", "10.88.0.0/16, 192.0.2.7,169.254.0.0/16");
    assert_int_equal(steps_deny_rules(&config, &out, NULL), 0);
    assert_string_equal(buf_text(&out),
                        "*raw\n"
                        "-A PREROUTING -i leat-steps -d 10.77.0.1 -j DROP\n"
                        "-A PREROUTING -i leat-steps -d 10.88.0.0/16 -j DROP\n"
                        "-A PREROUTING -i leat-steps -d 192.0.2.7 -j DROP\n"
                        "-A PREROUTING -i leat-steps -d 169.254.0.0/16 -j DROP\n"
                        "COMMIT\n");
    buf_free(&out);
}

static void bad_networks_are_refused(void **state)
{
    static const char *const bad[] = {"10.0.0.0/33", "10.0.0/8", "-j ACCEPT", "::1/128",
                                      "1.2.3.4/8\n-A x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct buf out = BUF_INIT(65536);
        struct error err;
        set("steps", "deny", bad[i]);
        assert_int_equal(steps_deny_rules(&config, &out, &err), -1);
        assert_int_equal(err.code, ERROR_INVALID);
        buf_free(&out);
    }
}

static void versions_are_read_and_old_ones_refused(void **state)
{
    char version[32];
    struct error err;

    assert_int_equal(buildkit_parse_version("buildkitd github.com/moby/buildkit v0.32.2 abc\n",
                                            version, sizeof(version), &err),
                     0);
    assert_string_equal(version, "v0.32.2");
    assert_int_equal(buildkit_parse_version("buildkitd github.com/moby/buildkit v0.16.9 abc",
                                            version, sizeof(version), &err),
                     -1);
    assert_int_equal(err.code, ERROR_MISSING);
    static const char *const bad[] = {"", "buildkitd", "buildkitd github.com/moby/buildkit ",
                                      "buildkitd github.com/moby/buildkit vX.Y",
                                      "x github.com/moby/buildkit v0.32.2aaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(buildkit_parse_version(bad[i], version, sizeof(version), &err), -1);
}

static void connections_are_counted(void **state)
{
    const char *text =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n"
        "   0: 0200580A:20B4 00000000:0000 0A 00000000:00000000 00:00000000 00000000\n"
        "   1: 0200580A:20B4 0100580A:D2F0 01 00000000:00000000 00:00000000 00000000\n"
        "   2: 0200580A:20B5 0100580A:D2F0 01 00000000:00000000 00:00000000 00000000\n"
        "   3: garbage\n";
    assert_int_equal(load_count_connections(text, 8372), 1);
    assert_int_equal(load_count_connections("", 8372), 0);
}

static void process_stat_with_any_name_is_read(void **state)
{
    uint64_t ticks, pages;

    assert_true(load_parse_stat("42 (a ) b) S 1 42 42 0 -1 4194560 100 0 0 0 7 5 2 1 20 0 9 0 100 "
                                "1000000 250 18446744073709551615",
                                &ticks, &pages));
    assert_int_equal(ticks, 15);
    assert_int_equal(pages, 250);
    assert_false(load_parse_stat("42 (x", &ticks, &pages));
    assert_false(load_parse_stat("42 (x) S 1", &ticks, &pages));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(buildkit_config_says_what_matters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(emulated_machine_names_its_platforms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_cannot_break_out_of_toml, set_up, tear_down),
        cmocka_unit_test_setup_teardown(denies_stand_for_each_network_and_the_gateway, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(bad_networks_are_refused, set_up, tear_down),
        cmocka_unit_test(versions_are_read_and_old_ones_refused),
        cmocka_unit_test(connections_are_counted),
        cmocka_unit_test(process_stat_with_any_name_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
