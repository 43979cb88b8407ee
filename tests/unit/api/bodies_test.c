#include "testing.h"

#include "api/bodies.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static int parse_create(const char *text, struct body_create *ret, struct error *err)
{
    return body_create_parse(slice_text(text), ret, err);
}

static void a_build_is_asked_for(void **state)
{
    struct body_create body;
    struct error err;

    assert_int_equal(parse_create("{\"architectures\":[\"arm64\",\"amd64\"],\"command\":\"bake\","
                                  "\"client\":\"leat/1\"}",
                                  &body, &err),
                     0);
    assert_int_equal(body.arch_count, 2);
    assert_int_equal(body.archs[0], ARCH_ARM64);
    assert_int_equal(body.archs[1], ARCH_AMD64);
    assert_string_equal(body.command, "bake");
    assert_string_equal(body.client, "leat/1");
}

static void bad_json_is_refused_with_the_reason(void **state)
{
    static const struct {
        const char *body, *reason;
    } cases[] = {
        {"", "line 1"},
        {"{", "line 1"},
        {"[]", "must be a JSON object"},
        {"{}{}", "line 1"},
        {"{\"command\":\"build\",\"command\":\"build\",\"architectures\":[\"amd64\"]}",
         "duplicate"},
        {"{\"command\":\"build\",\"architectures\":[\"amd64\"],\"extra\":1}", "\"extra\""},
        {"{\"command\":\"build\"}", "architectures"},
        {"{\"command\":\"build\",\"architectures\":[]}", "architectures"},
        {"{\"command\":\"build\",\"architectures\":\"amd64\"}", "architectures"},
        {"{\"command\":\"build\",\"architectures\":[\"amd64\",\"arm64\",\"amd64\"]}", "one or two"},
        {"{\"command\":\"build\",\"architectures\":[\"amd64\",\"amd64\"]}", "twice"},
        {"{\"command\":\"build\",\"architectures\":[\"riscv\"]}", "only amd64"},
        {"{\"command\":\"build\",\"architectures\":[1]}", "only amd64"},
        {"{\"command\":\"run\",\"architectures\":[\"amd64\"]}", "build or bake"},
        {"{\"command\":7,\"architectures\":[\"amd64\"]}", "\"command\""},
        {"{\"command\":\"\",\"architectures\":[\"amd64\"]}", "\"command\""},
        {"{\"command\":\"build\\u0000\",\"architectures\":[\"amd64\"]}", "line 1"},
        {"{\"command\":\"build\",\"architectures\":[\"amd64\"],\"client\":\"a\\nb\"}", "control"},
        {"{\"command\":\"build\",\"architectures\":[\"amd64\"],\"client\":\"\xff\"}", "line 1"},
    };
    for (size_t i = 0; i < array_size(cases); i++) {
        struct body_create body;
        struct error err = ERROR_INIT;
        if (parse_create(cases[i].body, &body, &err) == 0 ||
            strstr(err.message, cases[i].reason) == NULL)
            fail_msg("%s: %s", cases[i].body, err.message);
        assert_int_equal(err.code, ERROR_INVALID);
    }
}

static void texts_are_bounded(void **state)
{
    char text[256] = "{\"command\":\"build\",\"architectures\":[\"amd64\"],\"client\":\"";
    struct body_create body;
    struct error err;
    size_t len = strlen(text);

    memset(text + len, 'c', 64);
    strcpy(text + len + 64, "\"}");
    assert_int_equal(parse_create(text, &body, &err), 0);
    strcpy(text + len + 64, "c\"}");
    assert_int_equal(parse_create(text, &body, &err), -1);
    assert_non_null(strstr(err.message, "1 to 64 bytes"));
}

static void nesting_is_bounded(void **state)
{
    size_t depth = 100000;
    _cleanup_buf_ struct buf text = BUF_INIT(0);
    struct body_create body;
    struct error err;

    buf_puts(&text, "{\"command\":");
    for (size_t i = 0; i < depth; i++)
        buf_putc(&text, '[');
    assert_int_equal(body_create_parse(buf_slice(&text), &body, &err), -1);
    assert_non_null(strstr(err.message, "nested"));
    /* Brackets in a text are no nesting. */
    assert_int_equal(parse_create("{\"command\":\"build\",\"architectures\":[\"amd64\"],"
                                  "\"client\":\"[[[[[[[[[[\\\"{{{\"}",
                                  &body, &err),
                     0);
}

static void a_finish_says_how(void **state)
{
    struct body_finish body;
    struct error err;

    assert_int_equal(
        body_finish_parse(slice_text("{\"outcome\":\"failed\",\"exit_code\":255}"), &body, &err),
        0);
    assert_int_equal(body.outcome, BUILD_OUTCOME_FAILED);
    assert_int_equal(body.exit_code, 255);
    assert_int_equal(body_finish_parse(slice_text("{\"outcome\":\"succeeded\"}"), &body, &err), 0);
    assert_int_equal(body.exit_code, 0);
    static const char *const bad[] = {"{\"outcome\":\"lost\"}",
                                      "{\"outcome\":\"cancelled\"}",
                                      "{\"outcome\":\"failed\",\"exit_code\":256}",
                                      "{\"outcome\":\"failed\",\"exit_code\":-1}",
                                      "{\"outcome\":\"failed\",\"exit_code\":1.5}",
                                      "{\"outcome\":\"failed\",\"exit_code\":\"1\"}",
                                      "{}"};
    for (size_t i = 0; i < array_size(bad); i++)
        assert_int_equal(body_finish_parse(slice_text(bad[i]), &body, &err), -1);
}

static void a_cancel_may_say_nothing(void **state)
{
    struct body_cancel body;
    struct error err;

    assert_int_equal(body_cancel_parse(slice_text(""), &body, &err), 0);
    assert_int_equal(body_cancel_parse(slice_text("{}"), &body, &err), 0);
    assert_string_equal(body.reason, "");
    assert_int_equal(body_cancel_parse(slice_text("{\"reason\":\"Ctrl-C\"}"), &body, &err), 0);
    assert_string_equal(body.reason, "Ctrl-C");
    assert_int_equal(body_cancel_parse(slice_text("null"), &body, &err), -1);
}

static void a_registration_needs_token_and_csr(void **state)
{
    struct body_register *body = xcalloc(1, sizeof(*body));
    struct error err;

    assert_int_equal(
        body_register_parse(
            slice_text("{\"token\":\"t\",\"csr\":\"a\\nb\",\"agent_version\":\"1\"}"), body, &err),
        0);
    assert_string_equal(body->csr, "a\nb");
    assert_int_equal(
        body_register_parse(slice_text("{\"token\":\"t\",\"agent_version\":\"1\"}"), body, &err),
        -1);
    assert_int_equal(
        body_register_parse(slice_text("{\"csr\":\"c\",\"agent_version\":\"1\"}"), body, &err), -1);
    free(body);
}

static void waits_are_durations(void **state)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } cases[] = {
        {NULL, 7},      {"0s", 0},       {"30s", 30000},
        {"250ms", 250}, {"60s", 60000},  {"60000ms", 60000},
        {"61s", -1},    {"60001ms", -1}, {"", -1},
        {"s", -1},      {"30", -1},      {"-1s", -1},
        {"1m", -1},     {"1 s", -1},     {"99999999999999999999s", -1},
    };
    for (size_t i = 0; i < array_size(cases); i++) {
        int64_t ms = -1;
        struct error err;
        int result = parse_wait(cases[i].text, 7, &ms, &err);
        if (ms != cases[i].ms || (result == 0) != (cases[i].ms >= 0))
            fail_msg("%s", cases[i].text);
    }
}

static void flags_are_true_or_false(void **state)
{
    bool flag = false;
    struct error err;

    assert_int_equal(parse_flag("follow", NULL, true, &flag, &err), 0);
    assert_true(flag);
    assert_int_equal(parse_flag("follow", "false", true, &flag, &err), 0);
    assert_false(flag);
    assert_int_equal(parse_flag("follow", "yes", true, &flag, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_build_is_asked_for),
        cmocka_unit_test(bad_json_is_refused_with_the_reason),
        cmocka_unit_test(texts_are_bounded),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(a_finish_says_how),
        cmocka_unit_test(a_cancel_may_say_nothing),
        cmocka_unit_test(a_registration_needs_token_and_csr),
        cmocka_unit_test(waits_are_durations),
        cmocka_unit_test(flags_are_true_or_false),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
