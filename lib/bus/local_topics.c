/* Topics of the local log, and the questions about them. */
#include "bus/local.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* 1 and the row, 0 when there is none, -1 on failure. */
static int look_up(struct local *local, const char *name, int64_t *ret_id, int64_t *ret_partitions,
                   struct error *err)
{
    sqlite3_stmt *statement = local->statements[LOCAL_TOPIC];
    sqlite3_reset(statement);
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *ret_id = sqlite3_column_int64(statement, 0);
        *ret_partitions = sqlite3_column_int64(statement, 1);
    } else if (code != SQLITE_DONE) {
        local_db_error(local, "read", err);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return code == SQLITE_ROW ? 1 : code == SQLITE_DONE ? 0 : -1;
}

static struct local_topic *load_topic(struct local *local, const char *name, struct error *err)
{
    int64_t id, partitions;
    int found = look_up(local, name, &id, &partitions, err);
    if (found == 0)
        error_set(err, ERROR_NOT_FOUND, "topic %s does not exist", name);
    if (found <= 0)
        return NULL;
    if (partitions < 1 || partitions > BUS_PARTITIONS_MAX) {
        error_set(err, ERROR_CORRUPT, "topic %s of %s has %lld partitions", name, local->path,
                  (long long)partitions);
        return NULL;
    }
    struct local_topic *topic = xcalloc(1, sizeof(*topic));
    topic->id = id;
    topic->partition_count = (int32_t)partitions;
    topic->partitions = xcalloc((size_t)partitions, sizeof(*topic->partitions));
    memcpy(topic->name, name, strlen(name) + 1);
    SLIST_INSERT_HEAD(&local->topics, topic, link);
    return topic;
}

struct local_topic *local_find_topic(struct local *local, const char *name, int32_t partition,
                                     struct error *err)
{
    struct local_topic *topic;
    SLIST_FOREACH(topic, &local->topics, link)
    if (strcmp(topic->name, name) == 0)
        break;
    if (topic == NULL)
        topic = load_topic(local, name, err);
    if (topic == NULL)
        return NULL;
    if (partition < 0 || partition >= topic->partition_count) {
        error_set(err, ERROR_NOT_FOUND, "topic %s has %d partitions and no partition %d", name,
                  topic->partition_count, partition);
        return NULL;
    }
    return topic;
}

void local_free_topics(struct local *local)
{
    struct local_topic *topic;
    while ((topic = SLIST_FIRST(&local->topics)) != NULL) {
        SLIST_REMOVE_HEAD(&local->topics, link);
        free(topic->partitions);
        free(topic);
    }
}

int local_next_offset(struct local *local, int64_t topic, int32_t partition, int64_t *ret,
                      struct error *err)
{
    int found = local_query(local, LOCAL_BIND(local, LOCAL_NEXT, topic, partition), ret, err);
    return found < 0 ? -1 : 0;
}

/* The number of topics that are missing; -1 when one is other than wanted or on failure. */
static int count_missing(struct local *local, const struct bus_request *request, struct error *err)
{
    int missing = 0;
    for (size_t i = 0; i < request->topic_count; i++) {
        const struct bus_topic *topic = &request->topics[i];
        int64_t id, partitions;
        int found = look_up(local, topic->name, &id, &partitions, err);
        if (found < 0)
            return -1;
        if (found == 0 && !request->create)
            return error_set(err, ERROR_NOT_FOUND,
                             "topic %s does not exist; it should have %d partitions", topic->name,
                             topic->partitions);
        if (found == 1 && partitions != topic->partitions)
            return error_set(err, ERROR_CONFLICT, "topic %s has %lld partitions, it should have %d",
                             topic->name, (long long)partitions, topic->partitions);
        missing += found == 0;
    }
    return missing;
}

static int add_topic(struct local *local, const struct bus_topic *topic, struct error *err)
{
    int64_t id, partitions;
    int found = look_up(local, topic->name, &id, &partitions, err);
    if (found != 0)
        return found;
    sqlite3_stmt *statement = local->statements[LOCAL_TOPIC_ADD];
    sqlite3_reset(statement);
    sqlite3_bind_text(statement, 1, topic->name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 2, topic->partitions);
    sqlite3_bind_int64(statement, 3, topic->compact);
    sqlite3_bind_int64(statement, 4, topic->retention_ms);
    return local_query(local, statement, NULL, err);
}

static int add_missing(struct local *local, const struct bus_request *request, struct error *err)
{
    if (local_begin(local, err) < 0)
        return -1;
    int result = count_missing(local, request, err); /* nobody else writes now */
    for (size_t i = 0; i < request->topic_count && result >= 0; i++)
        result = add_topic(local, &request->topics[i], err);
    if (result >= 0)
        result = local_commit(local, err);
    if (result < 0)
        local_rollback(local);
    else
        local_bell_ring(local);
    return result;
}

static int ensure_topics(struct local *local, const struct bus_request *request, struct error *err)
{
    int missing = count_missing(local, request, err);
    return missing > 0 ? add_missing(local, request, err) : missing;
}

static int answer(struct local *local, struct bus_request *request, struct error *err)
{
    if (request->kind == BUS_REQUEST_ENSURE_TOPICS)
        return ensure_topics(local, request, err);
    const struct bus_topic *asked = &request->topics[0];
    bool end = request->kind == BUS_REQUEST_END;
    struct local_topic *topic =
        local_find_topic(local, asked->name, end ? asked->partitions : 0, err);
    if (topic == NULL)
        return -1;
    request->value = topic->partition_count;
    return end ? local_next_offset(local, topic->id, asked->partitions, &request->value, err) : 0;
}

static size_t count_requests(const struct local *local)
{
    size_t count = 0;
    const struct bus_request *request;
    TAILQ_FOREACH(request, &local->base.requests, link)
    count++;
    return count;
}

bool local_answer_requests(struct local *local)
{
    struct bus *bus = &local->base;
    /* Those that callbacks add wait for the next turn. */
    for (size_t left = count_requests(local); left > 0 && !bus->closed; left--) {
        struct bus_request *request = TAILQ_FIRST(&bus->requests);
        if (request == NULL)
            break;
        struct error err = request->error;
        if (err.code == ERROR_NONE && answer(local, request, &err) < 0 && local_is_busy(&err))
            return true;
        request->error = err;
        bus_request_finish(bus, request);
        local_check_fatal(local, &err);
    }
    return false;
}
