/* Stands in for the owner of a partition, and for machines: one command a line on standard input,
 * one answer a line on standard output, both JSON.
 *
 *   api_stand_in local PATH PREFIX PARTITIONS
 *   api_stand_in kafka BROKERS PREFIX PARTITIONS
 */
#include "stand_in.h"

#include "base/memory.h"
#include "base/text.h"
#include "bus/bus.h"
#include "fleet/placement.h"
#include "pki/pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUE_MAX ((size_t)1 << 20)

struct stand_in {
    struct loop *loop;
    struct bus *bus;
    int32_t partition;
};

static void answer(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    puts(text);
    fflush(stdout);
    free(text);
    json_decref(json);
}

/* --- the log --- */

static void appended(void *arg, int64_t offset, const struct error *err)
{
    if (err != NULL)
        answer(json_pack("{s:s}", "error", err->message));
    else
        answer(json_pack("{s:I}", "offset", (json_int_t)offset));
}

static void append(struct stand_in *stand_in, const char *topic, const char *type,
                   struct slice value)
{
    struct envelope envelope = {
        .id = "1", .source = "/leat/stand-in", .time = "2026-11-24T03:00:00.000Z"};
    struct record record = {.topic = topic,
                            .partition = stand_in->partition,
                            .key = slice_text("default"),
                            .value = value};
    struct error err;

    text_copy(envelope.type, sizeof(envelope.type), type);
    envelope_to_headers(&envelope, &record);
    if (bus_append(stand_in->bus, &record, appended, NULL, &err) < 0)
        die(err.message);
}

static void append_fleet(struct stand_in *stand_in, const json_t *command, const char *type,
                         struct buf *value)
{
    char topic[32];

    if (value->overflow)
        die("the record breaks its schema");
    snprintf(topic, sizeof(topic), "fleet.%s", arch_name(arch_of(command)));
    append(stand_in, topic, type, buf_slice(value));
    buf_free(value);
}

static void take_over(struct stand_in *stand_in, const json_t *command)
{
    struct buf value = BUF_INIT(VALUE_MAX);
    struct took_over message = {.owner = "stand-in", .at_ms = 1};

    message.epoch = (uint64_t)json_integer_value(json_object_get(command, "epoch"));
    took_over_encode(&message, &value);
    append_fleet(stand_in, command, TYPE_TOOK_OVER, &value);
}

static void change(struct stand_in *stand_in, const json_t *command)
{
    struct buf value = BUF_INIT(VALUE_MAX);
    const json_t *builders = json_object_get(command, "builders");
    const json_t *machines = json_object_get(command, "machines");
    struct fleet_change message = {.cause = "stand-in", .decided_at_ms = 1};

    message.epoch = (uint64_t)json_integer_value(json_object_get(command, "epoch"));
    message.seq = (uint64_t)json_integer_value(json_object_get(command, "seq"));
    message.builders_count = json_array_size(builders);
    message.machines_count = json_array_size(machines);
    message.builders = xcalloc(message.builders_count + 1, sizeof(*message.builders));
    message.machines = xcalloc(message.machines_count + 1, sizeof(*message.machines));
    for (size_t i = 0; i < message.builders_count; i++)
        take_builder(json_array_get(builders, i), &message.builders[i]);
    for (size_t i = 0; i < message.machines_count; i++)
        take_machine(json_array_get(machines, i), &message.machines[i]);
    fleet_change_encode(&message, &value);
    fleet_change_clear(&message);
    append_fleet(stand_in, command, TYPE_FLEET_CHANGE, &value);
}

static void raw(struct stand_in *stand_in, const json_t *command)
{
    struct buf value = BUF_INIT(VALUE_MAX);

    take_hex(text_of(command, "value"), &value);
    append(stand_in, text_of(command, "topic"), text_of(command, "type"), buf_slice(&value));
    buf_free(&value);
}

/* A record that is as large as they come. */
static void append_alive(struct stand_in *stand_in)
{
    struct buf value = BUF_INIT(VALUE_MAX);
    struct builds_alive message = {.builds_count = 4096, .at_ms = 1};

    message.builds = xcalloc(message.builds_count, sizeof(*message.builds));
    for (size_t i = 0; i < message.builds_count; i++)
        snprintf(message.builds[i], sizeof(*message.builds), "b%039zu", i);
    builds_alive_encode(&message, &value);
    builds_alive_clear(&message);
    append(stand_in, "builder-requests.amd64", TYPE_BUILDS_ALIVE, buf_slice(&value));
    buf_free(&value);
}

/* --- keys and certificates --- */

static void make_key(void)
{
    _cleanup_key_ struct pki_key *key = pki_key_generate();
    uint8_t fingerprint[PKI_HASH_SIZE];
    char hex[2 * PKI_HASH_SIZE + 1];
    char *pem = pki_key_to_pem(key), *csr = pki_csr_create(key, "test");

    pki_key_fingerprint(key, fingerprint);
    text_hex_encode(hex, fingerprint, sizeof(fingerprint));
    answer(json_pack("{s:s, s:s, s:s}", "key", pem, "csr", csr, "fingerprint", hex));
    free(pem);
    free(csr);
}

static void check_certificate(const json_t *command)
{
    struct error err;
    _cleanup_key_ struct pki_key *key = pki_key_from_pem(text_of(command, "key"), &err);

    if (key == NULL ||
        pki_certificate_check(text_of(command, "certificate"), text_of(command, "ca"), key,
                              json_integer_value(json_object_get(command, "now_ms")), &err) < 0)
        answer(json_pack("{s:s}", "error", err.message));
    else
        answer(json_pack("{s:b}", "good", 1));
}

static void make_event(const json_t *command)
{
    struct buf value = BUF_INIT(VALUE_MAX);
    encode_event(command, &value);
    char *hex = xmalloc(2 * value.len + 1);

    text_hex_encode(hex, value.data, value.len);
    answer(json_pack("{s:s}", "value", hex));
    free(hex);
    buf_free(&value);
}

/* --- commands --- */

static void obey(struct stand_in *stand_in, const json_t *command)
{
    const char *what = text_of(command, "do");

    if (text_equal(what, "take_over"))
        take_over(stand_in, command);
    else if (text_equal(what, "change"))
        change(stand_in, command);
    else if (text_equal(what, "raw"))
        raw(stand_in, command);
    else if (text_equal(what, "alive"))
        append_alive(stand_in);
    else if (text_equal(what, "key"))
        make_key();
    else if (text_equal(what, "check"))
        check_certificate(command);
    else if (text_equal(what, "event"))
        make_event(command);
    else
        die("no such command");
}

/* The other side waits for each answer, so a line is all that there is. */
static void line_came(void *arg)
{
    struct stand_in *stand_in = arg;
    char *line = NULL;
    size_t size = 0;

    if (getline(&line, &size, stdin) < 0) {
        loop_stop(stand_in->loop);
    } else {
        json_t *command = json_loads(line, 0, NULL);
        if (command == NULL)
            die("a command is not JSON");
        obey(stand_in, command);
        json_decref(command);
    }
    free(line);
}

static void bus_failed(void *arg, const struct error *err)
{
    die(err->message);
}

int main(int argc, char **argv)
{
    struct stand_in stand_in = {.loop = loop_new()};
    struct error err;

    if (argc != 5)
        die("usage: api_stand_in local|kafka PATH|BROKERS PREFIX PARTITIONS");
    bool kafka = text_equal(argv[1], "kafka");
    const struct bus_options options = {.backend = kafka ? BUS_KAFKA : BUS_LOCAL,
                                        .topic_prefix = argv[3],
                                        .client_id = "stand-in",
                                        .path = kafka ? "" : argv[2],
                                        .brokers = kafka ? argv[2] : "",
                                        .security = "plaintext",
                                        .ca_file = "",
                                        .certificate_file = "",
                                        .key_file = "",
                                        .sasl_mechanism = "",
                                        .sasl_user = "",
                                        .sasl_password_file = ""};
    stand_in.partition = placement_partition("default", atoi(argv[4]));
    stand_in.bus = bus_open(stand_in.loop, &options, bus_failed, NULL, &err);
    if (stand_in.bus == NULL)
        die(err.message);
    struct watch *input = watch_new(stand_in.loop, STDIN_FILENO, WATCH_READ, line_came, &stand_in);
    loop_run(stand_in.loop);
    watch_free(input);
    bus_close(stand_in.bus);
    loop_free(stand_in.loop);
    return 0;
}
