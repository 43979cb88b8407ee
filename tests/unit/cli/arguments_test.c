/* What Leat looks at among buildx's arguments, and what it passes on. */
#include "cli/build_arguments.h"
#include "cli/buildx.h"
#include "cli/wait_display.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static struct build_arguments parsed;

static int parse(struct error *err, char **argv)
{
    int argc = 0;
    while (argv[argc] != NULL)
        argc++;
    return build_arguments_parse(&parsed, argc, argv, err);
}
#define PARSE(err, ...) parse((err), (char *[]){__VA_ARGS__, NULL})

static void assert_passed(const char *expected)
{
    char text[500] = "";
    for (size_t i = 0; i < parsed.passed_count; i++) {
        strcat(text, i > 0 ? " " : "");
        strcat(text, parsed.passed[i]);
    }
    assert_string_equal(text, expected);
    assert_null(parsed.passed[parsed.passed_count]);
}

static void arguments_pass_through_unchanged(void **state)
{
    assert_int_equal(
        PARSE(NULL, "-t", "app", "--build-arg", "--load=x", "-f-", "--ssh=default", "."), 0);
    assert_passed("-t app --build-arg --load=x -f- --ssh=default .");
    assert_false(parsed.has_output); /* "--load=x" is the value of --build-arg */
    build_arguments_clear(&parsed);
}

static void project_is_taken_out(void **state)
{
    assert_int_equal(PARSE(NULL, "--project", "web", "."), 0);
    assert_string_equal(parsed.project, "web");
    assert_passed(".");
    build_arguments_clear(&parsed);
    assert_int_equal(PARSE(NULL, "--project=web", "."), 0);
    assert_string_equal(parsed.project, "web");
    build_arguments_clear(&parsed);
}

static void bad_projects_are_refused(void **state)
{
    struct error err;
    assert_int_equal(PARSE(&err, "--project", "../x", "."), -1);
    assert_int_equal(PARSE(&err, "--project"), -1);
    assert_int_equal(PARSE(&err, "--project=", "."), -1);
}

static void builder_is_refused_with_the_reason(void **state)
{
    struct error err;
    assert_int_equal(PARSE(&err, "--builder", "mine", "."), -1);
    assert_non_null(strstr(err.message, "--builder"));
    assert_int_equal(PARSE(&err, "--builder=mine", "."), -1);
}

static void outputs_are_seen(void **state)
{
    static char *const with[][3] = {{"--load", NULL},       {"--push", NULL},
                                    {"-o", "out", NULL},    {"--output=x", NULL},
                                    {"-otype=local", NULL}, {"--set", "a.output=x", NULL}};
    for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++) {
        assert_int_equal(parse(NULL, (char **)with[i]), 0);
        assert_true(parsed.has_output);
        build_arguments_clear(&parsed);
    }
    assert_int_equal(PARSE(NULL, "--load=false", "."), 0);
    assert_false(parsed.has_output);
    build_arguments_clear(&parsed);
}

static void platforms_name_builders(void **state)
{
    assert_int_equal(PARSE(NULL, "--platform", "linux/amd64,linux/arm64", "."), 0);
    assert_true(parsed.archs[ARCH_AMD64] && parsed.archs[ARCH_ARM64] && parsed.any_platform);
    assert_passed("--platform linux/amd64,linux/arm64 .");
    build_arguments_clear(&parsed);
    assert_int_equal(PARSE(NULL, "--platform=linux/arm/v7", "--platform=arm64", "."), 0);
    assert_false(parsed.archs[ARCH_AMD64]);
    assert_true(parsed.archs[ARCH_ARM64]);
    build_arguments_clear(&parsed);
}

static void unknown_platforms_are_refused(void **state)
{
    static const char *const bad[] = {"linux/riscv64", "windows/amd64", "linux/", "/", "x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err;
        enum arch arch;
        assert_int_equal(build_platform_arch(bad[i], ARCH_AMD64, &arch, &err), -1);
        assert_int_equal(err.code, ERROR_INVALID);
    }
}

static void what_follows_two_dashes_is_not_a_flag(void **state)
{
    assert_int_equal(PARSE(NULL, "--", "--builder", "x"), 0);
    assert_passed("-- --builder x");
    build_arguments_clear(&parsed);
}

static void help_and_quiet_are_seen(void **state)
{
    assert_int_equal(PARSE(NULL, "--progress=quiet", "--help"), 0);
    assert_true(parsed.help && parsed.quiet);
    build_arguments_clear(&parsed);
    assert_int_equal(PARSE(NULL, "-q", "."), 0);
    assert_true(parsed.quiet);
    build_arguments_clear(&parsed);
}

static void instance_has_a_node_for_each_builder(void **state)
{
    const struct builder_view builders[] = {
        {.arch = ARCH_AMD64, .endpoint = "tcp://10.88.0.2:8372", .server_name = "b-s.m-1.leat"},
        {.arch = ARCH_ARM64, .endpoint = "tcp://10.88.0.3:8372", .server_name = "b-t.m-2.leat"}};
    char *text = buildx_instance_json(builders, 2, "/run/x");
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    json_t *nodes = json_object_get(json, "Nodes");

    assert_int_equal(json_array_size(nodes), 2);
    json_t *options = json_object_get(json_array_get(nodes, 1), "DriverOpts");
    assert_string_equal(json_string_value(json_object_get(options, "servername")), "b-t.m-2.leat");
    assert_string_equal(json_string_value(json_object_get(options, "key")), "/run/x/arm64-key.pem");
    json_decref(json);
    free(text);
}

static void waiting_is_told_in_words(void **state)
{
    const struct builder_view builders[] = {
        {.arch = ARCH_AMD64, .phase = BUILDER_READY},
        {.arch = ARCH_ARM64, .emulated = true, .reason = "machine m-2 is starting"}};
    char text[200], small[12];

    wait_display_text(text, sizeof(text), builders, 2);
    assert_string_equal(text, "amd64: ready; arm64 (emulated): machine m-2 is starting");
    wait_display_text(small, sizeof(small), builders, 2);
    assert_int_equal(strlen(small), sizeof(small) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_pass_through_unchanged),
        cmocka_unit_test(project_is_taken_out),
        cmocka_unit_test(bad_projects_are_refused),
        cmocka_unit_test(builder_is_refused_with_the_reason),
        cmocka_unit_test(outputs_are_seen),
        cmocka_unit_test(platforms_name_builders),
        cmocka_unit_test(unknown_platforms_are_refused),
        cmocka_unit_test(what_follows_two_dashes_is_not_a_flag),
        cmocka_unit_test(help_and_quiet_are_seen),
        cmocka_unit_test(instance_has_a_node_for_each_builder),
        cmocka_unit_test(waiting_is_told_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
