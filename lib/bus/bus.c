/* The log's interface over its backends: opening, closing and appending. */
#include "bus/backend.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

const char *const bus_backend_names[] = {"local", "kafka", NULL};

struct bus *bus_open(struct loop *loop, const struct bus_options *options,
                     void (*fatal)(void *arg, const struct error *err), void *arg,
                     struct error *err)
{
    struct bus *bus = options->backend == BUS_KAFKA ? bus_kafka_open(loop, options, err)
                                                    : bus_local_open(loop, options, err);
    if (bus == NULL)
        return NULL;
    bus->fatal = fatal;
    bus->fatal_arg = arg;
    return bus;
}

void bus_init(struct bus *bus, const struct bus_ops *ops, struct loop *loop,
              const struct bus_options *options)
{
    bus->ops = ops;
    bus->loop = loop;
    bus->prefix = xstrdup(options->topic_prefix != NULL ? options->topic_prefix : "");
    TAILQ_INIT(&bus->appends);
    TAILQ_INIT(&bus->requests);
    TAILQ_INIT(&bus->readers);
    TAILQ_INIT(&bus->ready);
    TAILQ_INIT(&bus->retired_readers);
    TAILQ_INIT(&bus->groups);
    TAILQ_INIT(&bus->retired_groups);
}

void bus_clear(struct bus *bus)
{
    timer_free(bus->pump);
    free(bus->prefix);
}

void bus_enter(struct bus *bus)
{
    bus->entered++;
}

void bus_leave(struct bus *bus)
{
    if (--bus->entered > 0)
        return;
    bus_reader_free_retired(bus);
    bus_group_free_retired(bus);
    if (bus->closed)
        bus->ops->free(bus);
}

void bus_fail(struct bus *bus, const struct error *err)
{
    if (bus->failed || bus->closed)
        return;
    bus->failed = true;
    if (bus->fatal != NULL)
        bus->fatal(bus->fatal_arg, err);
}

static void fail_appends(struct bus *bus)
{
    struct error err;
    error_set(&err, ERROR_TIMEOUT, "the log was closed before it answered");
    struct bus_append *append;
    while ((append = TAILQ_FIRST(&bus->appends)) != NULL)
        bus_append_finish(bus, append, -1, &err);
}

void bus_close(struct bus *bus)
{
    if (bus == NULL || bus->closed)
        return;
    bus_enter(bus);
    bus_group_leave_all(bus);
    bus->closed = true;
    bus_reader_close_all(bus);
    bus->ops->stop(bus);
    fail_appends(bus);
    bus_request_fail_all(bus, ERROR_UNAVAILABLE, "the log was closed before it answered");
    bus_leave(bus);
}

/* The characters that Kafka allows in the name of a topic. */
static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

int bus_name(const struct bus *bus, const char *name, char out[static BUS_NAME_SIZE],
             struct error *err)
{
    if (name == NULL || name[0] == '\0')
        return error_set(err, ERROR_INVALID, "a topic or group has no name");
    for (const char *c = name; *c != '\0'; c++)
        if (!is_name_character(*c))
            return error_set(err, ERROR_INVALID, "\"%s\" cannot be the name of a topic or group",
                             name);
    size_t prefix = strlen(bus->prefix), len = strlen(name);
    if (prefix + len >= BUS_NAME_SIZE)
        return error_set(err, ERROR_INVALID, "the name %s%s is longer than %d characters",
                         bus->prefix, name, BUS_NAME_SIZE - 1);
    memcpy(out, bus->prefix, prefix);
    memcpy(out + prefix, name, len + 1);
    return 0;
}

static int check_headers(const struct record *record, size_t *ret_size, struct error *err)
{
    if (record->header_count > RECORD_HEADERS_MAX)
        return error_set(err, ERROR_LIMIT, "a record has %zu headers, at most %d are allowed",
                         record->header_count, RECORD_HEADERS_MAX);
    size_t size = 0;
    for (size_t i = 0; i < record->header_count; i++) {
        const struct record_header *header = &record->headers[i];
        if (header->name == NULL ||
            strnlen(header->name, BUS_HEADER_NAME_MAX + 1) > BUS_HEADER_NAME_MAX)
            return error_set(err, ERROR_LIMIT, "the name of a header is longer than %d bytes",
                             BUS_HEADER_NAME_MAX);
        if (header->value.len > BUS_HEADER_BYTES_MAX)
            return error_set(err, ERROR_LIMIT, "header %s is too long", header->name);
        size += strlen(header->name) + header->value.len;
    }
    if (size > BUS_HEADER_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "a record's headers have %zu bytes, at most %zu may be",
                         size, BUS_HEADER_BYTES_MAX);
    *ret_size = size;
    return 0;
}

static int check_record(const struct record *record, size_t *ret_size, struct error *err)
{
    size_t headers = 0;
    if (record->value.len > RECORD_VALUE_MAX)
        return error_set(err, ERROR_LIMIT, "a record's value has %zu bytes, at most %zu may be",
                         record->value.len, RECORD_VALUE_MAX);
    if (record->key.len > RECORD_KEY_MAX)
        return error_set(err, ERROR_LIMIT, "a record's key has %zu bytes, at most %d may be",
                         record->key.len, RECORD_KEY_MAX);
    if (record->partition < 0)
        return error_set(err, ERROR_INVALID, "there is no partition %d", record->partition);
    if (check_headers(record, &headers, err) < 0)
        return -1;
    *ret_size = record->value.len + record->key.len + headers;
    return 0;
}

static int check_room(const struct bus *bus, size_t size, struct error *err)
{
    if (bus->append_count < BUS_APPENDS_MAX && bus->append_bytes + size <= BUS_APPEND_BYTES_MAX)
        return 0;
    error_set(err, ERROR_LIMIT, "%zu appends with %zu bytes wait for the log", bus->append_count,
              bus->append_bytes);
    if (err != NULL)
        err->retriable = true;
    return -1;
}

int bus_append(struct bus *bus, const struct record *record, bus_appended_fn *done, void *arg,
               struct error *err)
{
    char topic[BUS_NAME_SIZE];
    size_t size = 0;
    if (bus->failed || bus->closed)
        return error_set(err, ERROR_IO, "the log has failed and takes no more records");
    if (bus_name(bus, record->topic, topic, err) < 0 || check_record(record, &size, err) < 0 ||
        check_room(bus, size, err) < 0)
        return -1;
    struct bus_append *append = bus->ops->append(bus, topic, record, err);
    if (append == NULL)
        return -1;
    append->size = size;
    append->done = done;
    append->arg = arg;
    TAILQ_INSERT_TAIL(&bus->appends, append, link);
    bus->append_count++;
    bus->append_bytes += size;
    return 0;
}

void bus_append_finish(struct bus *bus, struct bus_append *append, int64_t offset,
                       const struct error *err)
{
    TAILQ_REMOVE(&bus->appends, append, link);
    bus->append_count--;
    bus->append_bytes -= append->size;
    if (append->done != NULL)
        append->done(append->arg, err == NULL ? offset : -1, err);
    free(append);
}
