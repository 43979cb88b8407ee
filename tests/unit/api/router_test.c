#include "testing.h"

#include "api/router.h"
#include "api/routes.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

static void patterns_match_whole_segments(void **state)
{
    static const struct {
        const char *pattern, *path;
        const char *first, *second; /* NULL: no match */
    } cases[] = {
        {"/healthz", "/healthz", "", ""},
        {"/healthz", "/healthz/", NULL, NULL},
        {"/healthz", "/health", NULL, NULL},
        {"/healthz", "/", NULL, NULL},
        {"/healthz", "", NULL, NULL},
        {"/v1/builds/{build}", "/v1/builds/b1", "b1", ""},
        {"/v1/builds/{build}", "/v1/builds/", NULL, NULL},
        {"/v1/builds/{build}", "/v1/builds", NULL, NULL},
        {"/v1/builds/{build}", "/v1/builds/b1/finish", NULL, NULL},
        {"/v1/builds/{build}", "//v1/builds/b1", NULL, NULL},
        {"/v1/builds/{build}", "/v1//b1", NULL, NULL},
        {"/v1/{a}/x/{b}", "/v1/1/x/2", "1", "2"},
        {"/v1/{a}/x/{b}", "/v1/1/y/2", NULL, NULL},
        {"/v1/{a}/x/{b}", "/v1//x/2", NULL, NULL},
        {"/v1/{a}/x/{b}", "/v1/{a}/x/..", "{a}", ".."},
    };
    for (size_t i = 0; i < array_size(cases); i++) {
        struct route_parameters found;
        memset(&found, 0x55, sizeof(found));
        bool matches = route_matches(cases[i].pattern, cases[i].path, &found);
        if (matches != (cases[i].first != NULL))
            fail_msg("%s and %s", cases[i].pattern, cases[i].path);
        if (matches) {
            assert_string_equal(found.values[0], cases[i].first);
            assert_string_equal(found.values[1], cases[i].second);
        }
    }
}

static void parameters_are_bounded(void **state)
{
    char path[128] = "/v1/builds/";
    struct route_parameters found;

    memset(path + strlen(path), 'x', ROUTE_PARAMETER_SIZE - 1);
    assert_true(route_matches("/v1/builds/{build}", path, &found));
    assert_int_equal(strlen(found.values[0]), ROUTE_PARAMETER_SIZE - 1);
    path[strlen(path)] = 'x';
    assert_false(route_matches("/v1/builds/{build}", path, &found));
}

static void a_path_with_another_method_says_which(void **state)
{
    struct route_parameters found;
    const char *allow;

    const struct route *route =
        route_find(api_routes, api_route_count, "POST", "/v1/projects/p/builds", &found, &allow);
    assert_string_equal(route->name, "create");
    assert_string_equal(found.values[0], "p");
    assert_null(
        route_find(api_routes, api_route_count, "DELETE", "/v1/projects/p/builds", &found, &allow));
    assert_string_equal(allow, "POST");
    assert_null(route_find(api_routes, api_route_count, "GET", "/v2/builds", &found, &allow));
    assert_null(allow);
}

/* Nothing but what says so may be called without a token. */
static void routes_without_a_token_are_these(void **state)
{
    static const char *const open[] = {"register", "healthz", "readyz", "metrics"};

    for (size_t i = 0; i < api_route_count; i++) {
        bool is_open = false;
        for (size_t j = 0; j < array_size(open); j++)
            is_open |= text_equal(api_routes[i].name, open[j]);
        assert_int_equal(is_open, api_routes[i].auth == AUTH_NONE);
        assert_non_null(api_routes[i].handler);
        if (api_routes[i].auth == AUTH_MACHINE)
            assert_true(text_starts_with(api_routes[i].pattern, "/v1/machines/{machine}/"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_whole_segments),
        cmocka_unit_test(parameters_are_bounded),
        cmocka_unit_test(a_path_with_another_method_says_which),
        cmocka_unit_test(routes_without_a_token_are_these),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
