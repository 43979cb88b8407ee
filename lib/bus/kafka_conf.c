/* librdkafka's properties for each kind of handle. */
#include "bus/kafka.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

/* A value of RECORD_VALUE_MAX with its key, headers and framing. */
#define MESSAGE_BYTES_MAX "2097152"

struct property {
    const char *name, *value;
};

static const struct property common_properties[] = {
    {"allow.auto.create.topics", "false"},
    {"socket.keepalive.enable", "true"},
    {"socket.nagle.disable", "true"},
    {"socket.timeout.ms", "10000"},
    {"reconnect.backoff.ms", "50"},
    {"reconnect.backoff.max.ms", "2000"},
    {"log.connection.close", "false"},
    {"message.max.bytes", MESSAGE_BYTES_MAX},
    /* After this an unknown topic is one that does not exist. */
    {"topic.metadata.propagation.max.ms", "5000"},
};

static const struct property producer_properties[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"linger.ms", "0"},
    /* Above the limits of bus_append(), which says no first. */
    {"queue.buffering.max.messages", "20000"},
    {"queue.buffering.max.kbytes", "131072"},
};

static const struct property reader_properties[] = {
    {"enable.partition.eof", "true"},
    {"auto.offset.reset", "error"},
    {"enable.auto.offset.store", "false"},
    {"enable.auto.commit", "false"},
    {"check.crcs", "true"},
    {"fetch.error.backoff.ms", "100"},
    /* How long a broker waits for records before it says that there are none. A reader that starts
     * has to wait for the one that is under way. */
    {"fetch.wait.max.ms", "100"},
    /* For each reader, also while it is paused. */
    {"queued.max.messages.kbytes", "16384"},
    {"fetch.message.max.bytes", MESSAGE_BYTES_MAX},
};

static const struct property member_properties[] = {
    {"partition.assignment.strategy", "cooperative-sticky"},
    {"auto.offset.reset", "latest"}, /* never used: no member fetches */
    {"enable.auto.offset.store", "false"},
    {"enable.auto.commit", "false"},
};

static int set(rd_kafka_conf_t *conf, const char *name, const char *value, struct error *err)
{
    char text[256];
    if (rd_kafka_conf_set(conf, name, value, text, sizeof(text)) != RD_KAFKA_CONF_OK)
        return error_set(err, ERROR_INVALID, "Kafka: %s", text);
    return 0;
}

static int set_number(rd_kafka_conf_t *conf, const char *name, int64_t value, struct error *err)
{
    char text[24];
    snprintf(text, sizeof(text), "%lld", (long long)value);
    return set(conf, name, text, err);
}

static int set_unless_empty(rd_kafka_conf_t *conf, const char *name, const char *value,
                            struct error *err)
{
    return value[0] != '\0' ? set(conf, name, value, err) : 0;
}

static int set_all(rd_kafka_conf_t *conf, const struct property *properties, size_t count,
                   struct error *err)
{
    for (size_t i = 0; i < count; i++)
        if (set(conf, properties[i].name, properties[i].value, err) < 0)
            return -1;
    return 0;
}

static int set_password(rd_kafka_conf_t *conf, const char *path, struct error *err)
{
    _cleanup_buf_ struct buf password = BUF_INIT(4096);
    if (path[0] == '\0')
        return 0;
    if (file_read(path, 4096, &password, err) < 0)
        return error_prefix(err, "SASL password");
    while (password.len > 0 &&
           (password.data[password.len - 1] == '\n' || password.data[password.len - 1] == '\r'))
        password.len--;
    int result = set(conf, "sasl.password", buf_text(&password), err);
    explicit_bzero(password.data, password.cap);
    return result;
}

static int set_security(rd_kafka_conf_t *conf, const struct kafka *kafka, struct error *err)
{
    if (set_unless_empty(conf, "security.protocol", kafka->security, err) < 0 ||
        set_unless_empty(conf, "ssl.ca.location", kafka->ca_file, err) < 0 ||
        set_unless_empty(conf, "ssl.certificate.location", kafka->certificate_file, err) < 0 ||
        set_unless_empty(conf, "ssl.key.location", kafka->key_file, err) < 0 ||
        set_unless_empty(conf, "sasl.mechanism", kafka->sasl_mechanism, err) < 0 ||
        set_unless_empty(conf, "sasl.username", kafka->sasl_user, err) < 0)
        return -1;
    return set_password(conf, kafka->sasl_password_file, err);
}

/* What is meant, told to our callers anyway, or comes as an event too. */
static bool is_expected(const char *facility)
{
    static const char *const expected[] = {"CONFWARN", "TERMINATE", "COMMITFAIL", "FAIL", "ERROR"};
    for (size_t i = 0; i < array_size(expected); i++)
        if (strcmp(facility, expected[i]) == 0)
            return true;
    return false;
}

/* From any thread of librdkafka; our log takes that. */
static void log_line(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    if (level <= LOG_WARNING && !is_expected(facility))
        log_warn("Kafka: %s: %s", facility, text);
    else
        log_debug("Kafka: %s: %s", facility, text);
}

static int set_common(rd_kafka_conf_t *conf, const struct kafka *kafka, struct error *err)
{
    rd_kafka_conf_set_log_cb(conf, log_line);
    if (set(conf, "bootstrap.servers", kafka->brokers, err) < 0 ||
        set_unless_empty(conf, "client.id", kafka->client_id, err) < 0 ||
        set_all(conf, common_properties, array_size(common_properties), err) < 0)
        return -1;
    return set_security(conf, kafka, err);
}

/* Takes `conf`. */
static rd_kafka_t *new_handle(rd_kafka_type_t type, rd_kafka_conf_t *conf, struct error *err)
{
    char text[256];
    rd_kafka_t *rk = rd_kafka_new(type, conf, text, sizeof(text));
    if (rk == NULL) {
        rd_kafka_conf_destroy(conf);
        error_set(err, ERROR_INVALID, "Kafka: %s", text);
    }
    return rk;
}

static rd_kafka_t *refuse(rd_kafka_conf_t *conf)
{
    rd_kafka_conf_destroy(conf);
    return NULL;
}

rd_kafka_t *kafka_new_producer(struct kafka *kafka, struct error *err)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    if (set_common(conf, kafka, err) < 0 ||
        set_all(conf, producer_properties, array_size(producer_properties), err) < 0 ||
        set_number(conf, "message.timeout.ms", kafka->append_timeout_ms, err) < 0)
        return refuse(conf);
    return new_handle(RD_KAFKA_PRODUCER, conf, err);
}

rd_kafka_t *kafka_new_reader(struct kafka *kafka, struct error *err)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_ERROR);
    if (set_common(conf, kafka, err) < 0 ||
        set_all(conf, reader_properties, array_size(reader_properties), err) < 0)
        return refuse(conf);
    /* Since 2.2: how soon a full queue is looked at again. Earlier ones take up to a second. */
    set(conf, "fetch.queue.backoff.ms", "20", NULL);
    return new_handle(RD_KAFKA_CONSUMER, conf, err);
}

rd_kafka_t *kafka_new_member(struct kafka *kafka, const char *group, struct error *err)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int events = RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_ERROR;
    rd_kafka_conf_set_events(conf, events);
    if (set_common(conf, kafka, err) < 0 ||
        set_all(conf, member_properties, array_size(member_properties), err) < 0 ||
        set(conf, "group.id", group, err) < 0 ||
        set_number(conf, "session.timeout.ms", kafka->session_timeout_ms, err) < 0 ||
        set_number(conf, "heartbeat.interval.ms", kafka->session_timeout_ms / 3, err) < 0 ||
        set_number(conf, "max.poll.interval.ms", kafka->max_poll_interval_ms, err) < 0)
        return refuse(conf);
    return new_handle(RD_KAFKA_CONSUMER, conf, err);
}
