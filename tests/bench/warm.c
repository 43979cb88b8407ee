/* Warm: from the request for a builder to a usable mTLS connection, a machine being there.
 *
 *   bench_warm ITERATIONS local DATABASE REDIS_URL
 *   bench_warm ITERATIONS kafka BROKERS REDIS_URL
 *
 * The installation is found as `leat` finds it; one build is held meanwhile, so that its machine
 * stays. The floor is what cannot be avoided, measured between the iterations with the same
 * libraries: two hops through such a log, a round trip to Redis, two HTTP round trips to the same
 * API, one handshake with the same builder up to BuildKit's first bytes.
 */
#include "bench.h"

#include "base/memory.h"
#include "base/text.h"
#include "bus/bus.h"
#include "cli/api.h"
#include "cli/builder_connection.h"
#include "net/tls.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOPIC "bench-hops"

struct warm {
    struct loop *loop;
    struct api *api;
    struct bus *bus;
    struct store *store;
    struct builder_connection *connection;
    char *build;
    bool waiting; /* for one answer */
    bool caught_up;
    int64_t hop_us; /* when the record came back */
    struct error failure;
};

static void die(const char *what, const struct error *err)
{
    fprintf(stderr, "bench_warm: %s: %s\n", what, err->message);
    exit(1);
}

static void wait_for_answer(struct warm *warm)
{
    warm->waiting = true;
    loop_run(warm->loop);
}

static void answer(struct warm *warm)
{
    warm->waiting = false;
    loop_stop(warm->loop);
}

/* --- the request --- */

static void created(void *arg, const struct api_result *result)
{
    struct warm *warm = arg;
    if (result->err != NULL)
        die("create build", result->err);
    warm->build = xstrdup(json_string_value(json_object_get(result->body, "id")));
    answer(warm);
}

static void create_build(struct warm *warm)
{
    json_t *body = json_pack("{s:s, s:[s]}", "command", "build", "architectures",
                             arch_name(ARCH_AMD64));
    api_call(warm->api, "POST", "/v1/projects/bench/builds", body, NULL, 0, created, warm);
    wait_for_answer(warm);
}

static void connection_changed(void *arg)
{
    struct warm *warm = arg;
    if (warm->connection == NULL)
        return;
    struct builder_view view = builder_connection_view(warm->connection);
    if (view.phase == BUILDER_FAILED) {
        error_set(&warm->failure, view.failure, "%s", view.reason);
        die("connection", &warm->failure);
    }
    if (view.phase == BUILDER_READY)
        answer(warm);
}

static void connect_builder(struct warm *warm)
{
    warm->connection = builder_connection_start(warm->loop, warm->api, warm->build, ARCH_AMD64,
                                                connection_changed, warm);
    wait_for_answer(warm);
}

static void probed(void *arg, const struct error *err)
{
    if (err != NULL)
        die("handshake", err);
    answer(arg);
}

static void handshake(struct warm *warm)
{
    struct builder_view view = builder_connection_view(warm->connection);
    char address[64];
    unsigned port;
    struct error err;

    if (sscanf(view.endpoint, "tcp://%63[^:]:%u", address, &port) != 2)
        exit(1);
    struct tls_probe_options options = {.address = address,
                                        .port = (uint16_t)port,
                                        .server_name = view.server_name,
                                        .ca_pem = view.ca_pem,
                                        .certificate_pem = view.certificate_pem,
                                        .key_pem = view.key_pem,
                                        .timeout_ms = 10000};
    if (tls_probe_start(warm->loop, &options, probed, warm, &err) == NULL)
        die("handshake", &err);
    wait_for_answer(warm);
}

static void finished(void *arg, const struct api_result *result)
{
    answer(arg);
}

static void finish_build(struct warm *warm)
{
    _cleanup_free_ char *path = xasprintf("/v1/builds/%s/finish", warm->build);
    json_t *body = json_pack("{s:s, s:i}", "outcome", "succeeded", "exit_code", 0);

    api_call(warm->api, "POST", path, body, NULL, 0, finished, warm);
    wait_for_answer(warm);
    builder_connection_free(warm->connection);
    warm->connection = NULL;
    free(warm->build);
    warm->build = NULL;
}

/* --- the floor --- */

static void hop_read(void *arg, const struct record *record)
{
    struct warm *warm = arg;
    warm->hop_us = bench_now_us();
    answer(warm);
}

static void hop_appended(void *arg, int64_t offset, const struct error *err)
{
    if (err != NULL)
        die("append", err);
}

static double hop(struct warm *warm)
{
    static const char value[200] = "x";
    struct record record = {.topic = TOPIC, .key = slice_text("k"), .value = slice_of(value, 200)};
    struct error err;
    int64_t began = bench_now_us();

    if (bus_append(warm->bus, &record, hop_appended, warm, &err) < 0)
        die("append", &err);
    wait_for_answer(warm);
    return (double)(warm->hop_us - began);
}

static void redis_answered(void *arg, const struct store_reply *reply, const struct error *err)
{
    answer(arg);
}

static double redis_round_trip(struct warm *warm)
{
    struct slice ping = slice_text("PING");
    struct error err;
    int64_t began = bench_now_us();

    if (store_command(warm->store, &ping, 1, redis_answered, warm, &err) < 0)
        die("redis", &err);
    wait_for_answer(warm);
    return (double)(bench_now_us() - began);
}

static double http_round_trip(struct warm *warm)
{
    int64_t began = bench_now_us();
    api_call(warm->api, "GET", "/healthz", NULL, NULL, 0, finished, warm);
    wait_for_answer(warm);
    return (double)(bench_now_us() - began);
}

static double floor_of(struct warm *warm)
{
    double sum = hop(warm) + hop(warm) + redis_round_trip(warm) + http_round_trip(warm) +
                 http_round_trip(warm);
    int64_t began = bench_now_us();
    handshake(warm);
    return sum + (double)(bench_now_us() - began);
}

/* --- all of it --- */

static void redis_connected(void *arg)
{
    struct warm *warm = arg;
    if (warm->waiting)
        answer(warm);
}

static void ensured(void *arg, const struct error *err)
{
    if (err != NULL)
        die("topic", err);
    answer(arg);
}

static void bus_failed(void *arg, const struct error *err)
{
    die("log", err);
}

static void at_end(void *arg, int64_t next)
{
    struct warm *warm = arg;
    if (!warm->caught_up)
        answer(warm);
    warm->caught_up = true;
}

static void open_parts(struct warm *warm, const char *backend, const char *where,
                       const char *redis)
{
    static const struct bus_reader_callbacks callbacks = {
        .record = hop_read, .at_end = at_end, .failed = bus_failed};
    bool kafka = text_equal(backend, "kafka");
    struct bus_options log = {.backend = kafka ? BUS_KAFKA : BUS_LOCAL,
                              .topic_prefix = "bench.",
                              .client_id = "bench",
                              .path = kafka ? "" : where,
                              .brokers = kafka ? where : "",
                              .security = "plaintext",
                              .ca_file = "", .certificate_file = "", .key_file = "",
                              .sasl_mechanism = "", .sasl_user = "", .sasl_password_file = ""};
    struct bus_topic topic = {.name = TOPIC, .partitions = 1, .retention_ms = -1};
    struct store_options store = {.url = redis, .connected = redis_connected, .arg = warm};
    struct profile profile;
    struct error err;

    if (profile_load(&profile, &err) < 0)
        die("profile", &err);
    if ((warm->api = api_open(warm->loop, &profile, &err)) == NULL)
        die("api", &err);
    profile_clear(&profile);
    if ((warm->store = store_open(warm->loop, &store, &err)) == NULL)
        die("redis", &err);
    wait_for_answer(warm);
    if ((warm->bus = bus_open(warm->loop, &log, bus_failed, warm, &err)) == NULL)
        die("log", &err);
    bus_ensure_topics(warm->bus, &topic, 1, true, ensured, warm);
    wait_for_answer(warm);
    if (bus_read(warm->bus, TOPIC, 0, BUS_END, &callbacks, warm, &err) == NULL)
        die("log", &err);
    wait_for_answer(warm);
}

static void run(struct warm *warm, int iterations, const char *backend)
{
    struct samples taken = {0}, floor = {0};
    char name[64];

    for (int i = 0; i < iterations; i++) {
        int64_t began = bench_now_us();
        create_build(warm);
        connect_builder(warm);
        handshake(warm);
        samples_add(&taken, (double)(bench_now_us() - began));
        samples_add(&floor, floor_of(warm));
        finish_build(warm);
    }
    snprintf(name, sizeof(name), "warm request to usable connection, %s log, p50", backend);
    bench_report(name, samples_percentile(&taken, 0.5) / 1000, "ms",
                 samples_percentile(&floor, 0.5) / 1000, 1.5);
    snprintf(name, sizeof(name), "warm request to usable connection, %s log, p99", backend);
    bench_report(name, samples_percentile(&taken, 0.99) / 1000, "ms",
                 samples_percentile(&floor, 0.99) / 1000, 3);
    samples_free(&taken);
    samples_free(&floor);
}

int main(int argc, char **argv)
{
    struct warm held = {.loop = loop_new()}, warm = {.loop = held.loop};
    int64_t iterations;

    if (argc != 5 || text_parse_int(argv[1], 1, 100000, &iterations, NULL) < 0) {
        fputs("usage: bench_warm ITERATIONS local|kafka DATABASE|BROKERS REDIS_URL\n", stderr);
        return 64;
    }
    open_parts(&warm, argv[2], argv[3], argv[4]);
    held.api = warm.api;
    create_build(&held); /* launches the machine, and keeps it meanwhile */
    connect_builder(&held);
    run(&warm, (int)iterations, argv[2]);
    finish_build(&held);
    bus_close(warm.bus);
    store_close(warm.store);
    api_close(warm.api);
    loop_free(warm.loop);
    return 0;
}
