#include "base/environment.h"

#include "testing.h"

#include <stdlib.h>
#include <string.h>

static const char *find(char **environment, const char *name)
{
    const char *found = NULL;

    for (size_t i = 0; environment[i]; i++) {
        if (strncmp(environment[i], name, strlen(name)) == 0 &&
            environment[i][strlen(name)] == '=') {
            assert_null(found); /* set only once */
            found = environment[i] + strlen(name) + 1;
        }
    }
    return found;
}

static void sets_replaces_and_leaves_out(void **state)
{
    const char *const changes[] = {"LEAT_TEST_A=new", "LEAT_TEST_B", "LEAT_TEST_C=c=d", NULL};
    char **environment;

    setenv("LEAT_TEST_A", "old", 1);
    setenv("LEAT_TEST_B", "old", 1);
    setenv("LEAT_TEST_AB", "kept", 1);
    environment = environment_with(changes);
    assert_string_equal(find(environment, "LEAT_TEST_A"), "new");
    assert_null(find(environment, "LEAT_TEST_B"));
    assert_string_equal(find(environment, "LEAT_TEST_C"), "c=d");
    assert_string_equal(find(environment, "LEAT_TEST_AB"), "kept");
    assert_string_equal(getenv("LEAT_TEST_A"), "old");
    environment_free(environment);
    environment_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sets_replaces_and_leaves_out)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
