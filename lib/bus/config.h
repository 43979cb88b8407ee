/* The [log] options that every program with a bus has. */
#ifndef BUS_CONFIG_H
#define BUS_CONFIG_H

#include "base/config.h"
#include "bus/bus.h"

struct bus_config {
    int backend;
    char *path, *brokers, *topic_prefix;
    char *security, *ca_file, *certificate_file, *key_file;
    char *sasl_mechanism, *sasl_user, *sasl_password_file;
    int64_t session_timeout_ms, append_timeout_ms;
    int64_t partitions, replication;
    bool create_topics;
};

/* Rows for a config table whose struct has a `struct bus_config bus` member. Section name: bus. */
#define BUS_OPTION_(t, n, k, field, def, ...)                                                      \
    {.section = "bus", .name = n, .type = k,                                                       \
     .offset = offsetof(t, bus) + offsetof(struct bus_config, field), .default_value = def,        \
     __VA_ARGS__}
#define BUS_CONFIG_OPTIONS(t)                                                                      \
    BUS_OPTION_(t, "backend", CONFIG_CHOICE, backend, "local", .choices = bus_backend_names,       \
                .about = "The log: `local`, one file on this computer, or `kafka`."),              \
    BUS_OPTION_(t, "path", CONFIG_PATH, path, "", .about = "local: the log's file."),              \
    BUS_OPTION_(t, "brokers", CONFIG_STRING, brokers, "",                                          \
                .about = "kafka: bootstrap brokers, `host:port,host:port`."),                      \
    BUS_OPTION_(t, "topic_prefix", CONFIG_STRING, topic_prefix, "leat.", .max = 64,                \
                .about = "Put before the name of every topic and group."),                         \
    BUS_OPTION_(t, "security", CONFIG_STRING, security, "plaintext",                               \
                .about = "kafka: plaintext, ssl, sasl_plaintext or sasl_ssl."),                    \
    BUS_OPTION_(t, "ca_file", CONFIG_PATH, ca_file, "",                                            \
                .about = "kafka with TLS: CAs that brokers are checked against."),                 \
    BUS_OPTION_(t, "certificate_file", CONFIG_PATH, certificate_file, "",                          \
                .about = "kafka with TLS: client certificate."),                                   \
    BUS_OPTION_(t, "key_file", CONFIG_PATH, key_file, "",                                          \
                .about = "kafka with TLS: key of the client certificate."),                        \
    BUS_OPTION_(t, "sasl_mechanism", CONFIG_STRING, sasl_mechanism, "",                            \
                .about = "kafka with SASL: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."),               \
    BUS_OPTION_(t, "sasl_user", CONFIG_STRING, sasl_user, "", .about = "kafka with SASL: user."),  \
    BUS_OPTION_(t, "sasl_password_file", CONFIG_PATH, sasl_password_file, "",                      \
                .about = "kafka with SASL: file that holds the password."),                        \
    BUS_OPTION_(t, "session_timeout", CONFIG_DURATION, session_timeout_ms, "6s", .min = 1000,      \
                .max = 300000,                                                                     \
                .about = "kafka: how long a group waits for a silent member."),                    \
    BUS_OPTION_(t, "append_timeout", CONFIG_DURATION, append_timeout_ms, "30s", .min = 1000,       \
                .max = 300000, .about = "How long an append may take before its fate is unknown."), \
    BUS_OPTION_(t, "partitions", CONFIG_INT, partitions, "8", .min = 1, .max = 1024,               \
                .about = "Partitions of each topic; checked at start."),                           \
    BUS_OPTION_(t, "replication", CONFIG_INT, replication, "0", .min = 0, .max = 9,                \
                .about = "kafka: replicas of a topic that is made; 0 for the broker's default."),  \
    BUS_OPTION_(t, "create_topics", CONFIG_BOOL, create_topics, "true",                            \
                .about = "Make topics that are missing.")

/* `out` points into `config`. */
void bus_options_from_config(struct bus_options *out, const struct bus_config *config,
                             const char *client_id);

/* The topics of Leat: builder-requests, machine-events, fleet (for each of amd64, arm64) and
 * dead-letters, with their cleanup rules, checked or made. */
void bus_ensure_leat_topics(struct bus *bus, const struct bus_config *config, bus_done_fn *done,
                            void *arg);

#endif
