/* One test program for every backend of the log:
 *
 *   test_bus local
 *   test_bus kafka   LEAT_TEST_KAFKA has the bootstrap servers
 *
 * A further argument is a pattern that the names of the tests to run have to match.
 */
#include "conformance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEST(name) cmocka_unit_test_setup_teardown(name, log_setup_test, log_teardown_test)

static const struct CMUnitTest tests[] = {
    TEST(test_append_in_order),
    TEST(test_append_carries_everything),
    TEST(test_append_limits),
    TEST(test_append_to_nowhere),
    TEST(test_append_unanswered_at_close),
    TEST(test_read_at_end),
    TEST(test_read_from_end),
    TEST(test_read_seek),
    TEST(test_read_pause),
    TEST(test_read_twice),
    TEST(test_read_expired),
    TEST(test_read_beyond_end),
    TEST(test_read_missing_topic),
    TEST(test_read_close_inside),
    TEST(test_read_close_bus_inside),
    TEST(test_read_much),
    TEST(test_topics_missing),
    TEST(test_topics_created_once),
    TEST(test_topics_mismatch),
    TEST(test_topics_bad_names),
    TEST(test_end),
    TEST(test_reopen),
    TEST(test_killed_writer),
    TEST(test_woken_by_other_process),
    TEST(test_group_alone),
    TEST(test_group_leave_and_rejoin),
    TEST(test_group_hand_over),
    TEST(test_group_killed_member),
    TEST(test_group_leave_inside),
    TEST(test_group_idle_member),
    TEST(test_group_commit),
};

static const struct backend *const backends[] = {&backend_local, &backend_kafka};

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "peer") == 0)
        return peer_main(argc, argv);
    for (size_t i = 0; i < array_size(backends) && argc > 1; i++)
        if (strcmp(argv[1], backends[i]->name) == 0)
            backend_tested = backends[i];
    if (backend_tested == NULL) {
        fprintf(stderr, "Usage: %s local|kafka [PATTERN]\n", argv[0]);
        return 2;
    }
    if (backend_tested == &backend_kafka && getenv("LEAT_TEST_KAFKA") == NULL) {
        fprintf(stderr, "LEAT_TEST_KAFKA has no bootstrap servers\n");
        return 2;
    }
    if (argc > 2)
        cmocka_set_test_filter(argv[2]);
    return cmocka_run_group_tests_name(backend_tested->name, tests, NULL, NULL);
}
