/* The Kafka backend against brokers that fail in chosen ways: librdkafka's own mock cluster. */
#include "harness.h"

#include "base/clock.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>
#include <string.h>

enum { API_PRODUCE = 0, API_FETCH = 1, API_INIT_PRODUCER_ID = 22 };

static const struct backend backend = {.name = "kafka", .backend = BUS_KAFKA};
static rd_kafka_t *mock_handle;
static rd_kafka_mock_cluster_t *mock;

static int set_up(void **state)
{
    char text[256];
    mock_handle = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text, sizeof(text));
    mock = rd_kafka_mock_cluster_new(mock_handle, 1);
    log_setup_closed(state);
    struct test_log *log = *state;
    log->options.brokers = rd_kafka_mock_cluster_bootstraps(mock);
    log->options.append_timeout_ms = 1500;
    char *topic = xasprintf("%sa", log->prefix);
    rd_kafka_mock_topic_create(mock, topic, 1, 1);
    free(topic);
    log_open(log);
    return 0;
}

static int tear_down(void **state)
{
    log_teardown_test(state);
    rd_kafka_mock_cluster_destroy(mock);
    rd_kafka_destroy(mock_handle);
    return 0;
}

/* The broker takes the record and its answer comes too late. */
static void test_unknown_fate(void **state)
{
    struct test_log *log = *state;
    append_numbers(log, "a", 0, 0, 1);
    rd_kafka_mock_broker_push_request_error_rtts(mock, 1, API_PRODUCE, 1,
                                                 RD_KAFKA_RESP_ERR_NO_ERROR, 4000);
    struct ack *ack = append_text(log, "a", 0, "1");
    AWAIT(log, ack->done);
    assert_int_equal(ack->err.code, ERROR_TIMEOUT);
    assert_true(ack->err.retriable);
    assert_int_equal(log->fatal_count, 0);
}

/* Nobody is there to take it, so it is certain that nobody did. */
static void test_never_sent(void **state)
{
    struct test_log *log = *state;
    rd_kafka_mock_broker_set_down(mock, 1);
    struct ack *ack = append_text(log, "a", 0, "0");
    AWAIT(log, ack->done);
    assert_int_equal(ack->err.code, ERROR_UNAVAILABLE);
    rd_kafka_mock_broker_set_up(mock, 1);
    log->options.append_timeout_ms = 0;
    struct ack *later = NULL;
    while (later == NULL || later->err.code != ERROR_NONE) {
        later = append_text(log, "a", 0, "1");
        AWAIT(log, later->done);
    }
    struct reading *reading = start_reading(log, "a", 0, 0);
    AWAIT(log, reading->ends > 0);
    assert_int_equal(reading->count, 1);
    assert_string_equal(reading->values[0], "1");
}

static void test_refused(void **state)
{
    static const struct {
        rd_kafka_resp_err_t kafka;
        enum error_code code;
    } refusals[] = {
        {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, ERROR_LIMIT},
        {RD_KAFKA_RESP_ERR_INVALID_RECORD, ERROR_INVALID},
        {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, ERROR_DENIED},
    };
    struct test_log *log = *state;
    append_numbers(log, "a", 0, 0, 1);
    for (size_t i = 0; i < array_size(refusals); i++) {
        rd_kafka_mock_push_request_errors(mock, API_PRODUCE, 1, refusals[i].kafka);
        struct ack *ack = append_text(log, "a", 0, "refused");
        AWAIT(log, ack->done);
        assert_int_equal(ack->err.code, refusals[i].code);
    }
    struct reading *reading = start_reading(log, "a", 0, 0);
    AWAIT(log, reading->ends > 0);
    assert_read_numbers(reading, 0, 1);
}

/* What passes is retried inside: every record once, in order. */
static void test_retried(void **state)
{
    struct test_log *log = *state;
    append_numbers(log, "a", 0, 0, 1);
    rd_kafka_mock_push_request_errors(mock, API_PRODUCE, 3, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                      RD_KAFKA_RESP_ERR__TRANSPORT,
                                      RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
    /* One at a time: the mock does not check sequence numbers, so it would take the records after
     * the one it refuses. */
    append_numbers(log, "a", 0, 1, 1);
    append_numbers(log, "a", 0, 2, 19);
    rd_kafka_mock_push_request_errors(mock, API_FETCH, 2, RD_KAFKA_RESP_ERR__TRANSPORT,
                                      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    struct reading *reading = start_reading(log, "a", 0, 0);
    AWAIT(log, reading->ends > 0);
    assert_read_numbers(reading, 0, 21);
}

static void test_denied_reader(void **state)
{
    struct test_log *log = *state;
    append_numbers(log, "a", 0, 0, 3);
    rd_kafka_mock_push_request_errors(mock, API_FETCH, 1,
                                      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    struct reading *reading = start_reading(log, "a", 0, 0);
    AWAIT(log, reading->failed.code != ERROR_NONE);
    assert_int_equal(reading->failed.code, ERROR_DENIED);
    bus_reader_seek(reading->reader, 1);
    AWAIT(log, reading->ends > 0);
    assert_read_numbers(reading, 1, 2);
}

static void test_reader_waits_for_brokers(void **state)
{
    struct test_log *log = *state;
    append_numbers(log, "a", 0, 0, 3);
    log_close(log);
    rd_kafka_mock_broker_set_down(mock, 1);
    log_open(log);
    struct reading *reading = start_reading(log, "a", 0, 0);
    struct ack *ack = append_text(log, "a", 0, "x");
    AWAIT(log, ack->done); /* time has passed in vain */
    assert_int_equal(reading->failed.code, ERROR_NONE);
    assert_int_equal(reading->ends, 0);
    rd_kafka_mock_broker_set_up(mock, 1);
    AWAIT(log, reading->ends > 0);
    assert_read_numbers(reading, 0, 3);
}

/* An idempotent producer that may not be one cannot go on. */
static void test_fatal(void **state)
{
    struct test_log *log = *state;
    struct error err;
    rd_kafka_mock_push_request_errors(mock, API_INIT_PRODUCER_ID, 1,
                                      RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
    struct ack *ack = append_text(log, "a", 0, "x");
    AWAIT(log, ack->done && log->fatal_count > 0);
    assert_int_not_equal(ack->err.code, ERROR_NONE);
    assert_int_equal(log->fatal_count, 1);
    assert_non_null(strstr(log->fatal.message, "CLUSTER_AUTHORIZATION_FAILED"));
    struct record record = {.topic = "a", .value = slice_text("x")};
    assert_int_equal(bus_append(log->bus, &record, NULL, NULL, &err), -1);
}

static void ignore_partition(void *arg, int32_t partition)
{
}

static void ignore_revoked(void *arg, int32_t partition, bool lost)
{
}

static void note_end(void *arg, int64_t end, const struct error *err)
{
    assert_int_equal(err->code, ERROR_UNAVAILABLE);
    ++*(unsigned *)arg;
}

/* With everything under way and nobody to answer. */
static void test_close_is_bounded(void **state)
{
    static const struct bus_group_callbacks callbacks = {.assigned = ignore_partition,
                                                         .revoked = ignore_revoked};
    struct test_log *log = *state;
    unsigned ends = 0;
    rd_kafka_mock_broker_set_rtt(mock, 1, 60000);
    start_reading(log, "a", 0, 0);
    struct ack *ack = append_text(log, "a", 0, "x");
    bus_end(log->bus, "a", 0, note_end, &ends);
    assert_non_null(bus_join(log->bus, "g", "a", &callbacks, NULL, NULL));
    int64_t before = clock_monotonic_ms();
    log_close(log);
    int64_t took = clock_monotonic_ms() - before;
    print_message("closed in %lld ms\n", (long long)took);
    assert_true(took < 8000);
    assert_int_equal(ack->err.code, ERROR_TIMEOUT);
    assert_int_equal(ends, 1);
}

static void assert_refused(struct test_log *log, const struct bus_options *options,
                           const char *text)
{
    struct error err;
    assert_null(bus_open(log->loop, options, NULL, NULL, &err));
    if (strstr(err.message, text) == NULL)
        fail_msg("%s is not in: %s", text, err.message);
}

static void test_bad_options(void **state)
{
    struct test_log *log = *state;
    struct bus_options options = log->options;
    options.brokers = "";
    assert_refused(log, &options, "brokers");
    options = log->options;
    options.security = "carrier pigeons";
    assert_refused(log, &options, "security.protocol");
    options.security = "ssl";
    options.ca_file = "/none/ca.pem";
    assert_refused(log, &options, "ca.location");
    options = log->options;
    options.security = "sasl_plaintext";
    options.sasl_mechanism = "PLAIN";
    options.sasl_user = "u";
    options.sasl_password_file = "/none/password";
    assert_refused(log, &options, "/none/password");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_unknown_fate), TEST(test_never_sent),       TEST(test_refused),
        TEST(test_retried),      TEST(test_denied_reader),    TEST(test_reader_waits_for_brokers),
        TEST(test_fatal),        TEST(test_close_is_bounded), TEST(test_bad_options),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    backend_tested = &backend;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
