/* `test_api_problem --print` writes docs/problems.md; without it the page is compared. */
#include "testing.h"

#include "api/problem.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void every_code_is_there_once(void **state)
{
    for (int i = 0; i < PROBLEM_COUNT; i++) {
        const struct problem_info *info = problem_info((enum problem)i);
        assert_non_null(info->code);
        assert_true(text_is_name(info->code));
        assert_in_range(info->status, 400, 599);
        assert_true(strlen(info->title) > 0 && strlen(info->advice) > 0);
        assert_int_equal(info->retriable, info->status == 503);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(info->code, problem_info((enum problem)j)->code);
    }
}

static void a_problem_is_rfc_9457(void **state)
{
    struct buf out = BUF_INIT(0);

    problem_write(&out, PROBLEM_BUILD_NOT_FOUND, "no \"build\"\n\xff");
    json_t *json = json_loads(buf_text(&out), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "type")),
                        "https://leat.dev/problems/build-not-found");
    assert_string_equal(json_string_value(json_object_get(json, "title")), "Build not found");
    assert_int_equal(json_integer_value(json_object_get(json, "status")), 404);
    assert_string_equal(json_string_value(json_object_get(json, "code")), "build-not-found");
    assert_string_equal(json_string_value(json_object_get(json, "detail")),
                        "no \"build\"\n\xef\xbf\xbd");
    json_decref(json);
    buf_clear(&out);
    problem_write(&out, PROBLEM_INTERNAL, "");
    assert_null(strstr(buf_text(&out), "detail"));
    buf_free(&out);
}

static void print_page(struct buf *out)
{
    buf_puts(out, "# Problem codes of the API\n\n"
                  "Every answer of 400 and above is an RFC 9457 problem; its `code` is one of "
                  "these. The page is made\nfrom the table in `api/problem.c` by "
                  "`test_api_problem --print`, and compared with it in the tests.\n\n");
    problem_print_reference(out);
}

static void the_page_is_true(void **state)
{
    struct buf wanted = BUF_INIT(0), found = BUF_INIT(0);
    const char *source = getenv("LEAT_SOURCE");
    struct error err;

    assert_non_null(source);
    _cleanup_free_ char *path = xasprintf("%s/docs/problems.md", source);
    print_page(&wanted);
    if (file_read(path, 1 << 20, &found, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(buf_text(&found), buf_text(&wanted));
    buf_free(&wanted);
    buf_free(&found);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_is_there_once),
        cmocka_unit_test(a_problem_is_rfc_9457),
        cmocka_unit_test(the_page_is_true),
    };
    if (argc > 1 && text_equal(argv[1], "--print")) {
        struct buf page = BUF_INIT(0);
        print_page(&page);
        fputs(buf_text(&page), stdout);
        buf_free(&page);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
