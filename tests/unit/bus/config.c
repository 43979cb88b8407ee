/* From configuration to options and topics. */
#include "harness.h"

#include "bus/config.h"

static const struct backend backend = {.name = "local", .backend = BUS_LOCAL};

struct program {
    struct bus_config bus;
};

static const struct config_option options[] = {BUS_CONFIG_OPTIONS(struct program)};
static const struct config_table table = {
    .program = "test", .options = options, .count = array_size(options)};

static void test_defaults(void **state)
{
    struct program program;
    struct bus_options out;
    config_defaults(&table, &program);
    bus_options_from_config(&out, &program.bus, "me");
    assert_int_equal(out.backend, BUS_LOCAL);
    assert_string_equal(out.topic_prefix, "leat.");
    assert_string_equal(out.client_id, "me");
    assert_string_equal(out.security, "plaintext");
    assert_int_equal(out.session_timeout_ms, 6000);
    assert_int_equal(out.append_timeout_ms, 30000);
    config_clear(&table, &program);
}

static void test_kafka(void **state)
{
    struct program program;
    struct bus_options out;
    config_defaults(&table, &program);
    assert_int_equal(config_set(&table, &program, "bus", "backend", "kafka", NULL), 0);
    assert_int_equal(config_set(&table, &program, "bus", "brokers", "a:1,b:2", NULL), 0);
    assert_int_equal(config_set(&table, &program, "bus", "sasl_user", "u", NULL), 0);
    bus_options_from_config(&out, &program.bus, "me");
    assert_int_equal(out.backend, BUS_KAFKA);
    assert_string_equal(out.brokers, "a:1,b:2");
    assert_string_equal(out.sasl_user, "u");
    config_clear(&table, &program);
}

struct answer {
    struct test_log *log;
    unsigned calls;
    int32_t partitions;
    struct error err;
};

static void note_done(void *arg, const struct error *err)
{
    struct answer *answer = arg;
    answer->calls++;
    answer->err = err != NULL ? *err : ERROR_INIT;
    log_progress(answer->log);
}

static void note_partitions(void *arg, int32_t partitions, const struct error *err)
{
    struct answer *answer = arg;
    answer->partitions = partitions;
    note_done(arg, err);
}

static struct answer ensure(struct test_log *log, struct program *program)
{
    struct answer answer = {.log = log};
    bus_ensure_leat_topics(log->bus, &program->bus, note_done, &answer);
    AWAIT(log, answer.calls == 1);
    return answer;
}

static void test_leat_topics(void **state)
{
    static const char *const names[] = {"builder-requests.amd64",
                                        "builder-requests.arm64",
                                        "machine-events.amd64",
                                        "machine-events.arm64",
                                        "fleet.amd64",
                                        "fleet.arm64",
                                        "dead-letters"};
    struct test_log *log = *state;
    struct program program;
    config_defaults(&table, &program);
    program.bus.create_topics = false;
    assert_int_equal(ensure(log, &program).err.code, ERROR_NOT_FOUND);
    program.bus.create_topics = true;
    assert_int_equal(ensure(log, &program).err.code, ERROR_NONE);
    for (size_t i = 0; i < array_size(names); i++) {
        struct answer answer = {.log = log};
        bus_count_partitions(log->bus, names[i], note_partitions, &answer);
        AWAIT(log, answer.calls == 1);
        assert_int_equal(answer.partitions, 8);
    }
    program.bus.partitions = 9;
    assert_int_equal(ensure(log, &program).err.code, ERROR_CONFLICT);
    config_clear(&table, &program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_kafka),
        cmocka_unit_test_setup_teardown(test_leat_topics, log_setup_test, log_teardown_test),
    };
    backend_tested = &backend;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
