/* Build ids: issued, forged, sorted. */
#include "testing.h"

#include "base/memory.h"
#include "pki/build_id.h"

#include <stdlib.h>
#include <string.h>

#define NOW  INT64_C(1795492816123)
#define LAST ((INT64_C(1) << 48) - 1)

static const char alphabet[] = "0123456789abcdefghijklmnopqrstuv";

static void verifies_with_its_time(void **state)
{
    static const int64_t times[] = {0, 1, NOW, LAST};
    for (size_t i = 0; i < array_size(times); i++) {
        char id[BUILD_ID_SIZE];
        int64_t issued = -1;
        build_id_issue(id, slice_text("key"), times[i]);
        assert_int_equal(strlen(id), BUILD_ID_SIZE - 1);
        assert_int_equal(strspn(id, alphabet), BUILD_ID_SIZE - 1);
        assert_int_equal(id[0], 'b');
        assert_true(build_id_verify(id, slice_text("key"), &issued));
        assert_int_equal(issued, times[i]);
        assert_true(build_id_verify(id, slice_text("key"), NULL));
    }
}

static void another_key(void **state)
{
    char id[BUILD_ID_SIZE];
    int64_t issued = -1;
    build_id_issue(id, slice_text("key"), NOW);
    assert_false(build_id_verify(id, slice_text("kez"), &issued));
    assert_int_equal(issued, -1);
    assert_false(build_id_verify(id, slice_of(NULL, 0), NULL));
}

static void every_changed_character(void **state)
{
    char id[BUILD_ID_SIZE], forged[BUILD_ID_SIZE];
    build_id_issue(id, slice_text("key"), NOW);
    for (size_t i = 0; i < BUILD_ID_SIZE - 1; i++)
        for (const char *c = alphabet; *c != '\0'; c++) {
            memcpy(forged, id, sizeof(id));
            forged[i] = *c;
            assert_true(build_id_verify(forged, slice_text("key"), NULL) == (*c == id[i]));
        }
}

static void every_length(void **state)
{
    char id[BUILD_ID_SIZE];
    build_id_issue(id, slice_text("key"), NOW);
    for (size_t len = 0; len < BUILD_ID_SIZE - 1; len++) {
        _cleanup_free_ char *part = xstrndup(id, len); /* so that a read past it is seen */
        assert_false(build_id_verify(part, slice_text("key"), NULL));
    }
    _cleanup_free_ char *longer = xasprintf("%s0", id);
    assert_false(build_id_verify(longer, slice_text("key"), NULL));
}

static void other_spellings(void **state)
{
    char id[BUILD_ID_SIZE];
    build_id_issue(id, slice_text("key"), NOW);
    _cleanup_free_ char *capital = xasprintf("B%s", id + 1);
    assert_false(build_id_verify(capital, slice_text("key"), NULL));
    for (char *c = id + 1; *c != '\0'; c++)
        if (*c >= 'a')
            *c = (char)(*c - 'a' + 'A');
    assert_false(build_id_verify(id, slice_text("key"), NULL));
    assert_false(build_id_verify("b../../../../../../../../etc", slice_text("key"), NULL));
    assert_false(build_id_verify("b\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
                                 "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
                                 slice_text("key"), NULL));
}

static void sorted_by_time(void **state)
{
    static const int64_t times[] = {0, 1, 255, 256, 65535, 65536, NOW - 1, NOW, NOW + 1, LAST};
    char before[BUILD_ID_SIZE] = "", id[BUILD_ID_SIZE];
    for (size_t i = 0; i < array_size(times); i++) {
        build_id_issue(id, slice_text("key"), times[i]);
        assert_true(strcmp(before, id) < 0);
        memcpy(before, id, sizeof(id));
    }
}

static void different_in_one_millisecond(void **state)
{
    char a[BUILD_ID_SIZE], b[BUILD_ID_SIZE];
    build_id_issue(a, slice_text("key"), NOW);
    build_id_issue(b, slice_text("key"), NOW);
    assert_string_not_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verifies_with_its_time),
        cmocka_unit_test(another_key),
        cmocka_unit_test(every_changed_character),
        cmocka_unit_test(every_length),
        cmocka_unit_test(other_spellings),
        cmocka_unit_test(sorted_by_time),
        cmocka_unit_test(different_in_one_millisecond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
