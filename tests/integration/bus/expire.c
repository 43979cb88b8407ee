/* What retention does to a log, done at once. */
#include "harness.h"

#include <librdkafka/rdkafka.h>
#include <sqlite3.h>
#include <stdlib.h>

static void expire_local(struct test_log *log, const char *topic, int32_t partition, int64_t first)
{
    sqlite3 *db;
    char *sql = sqlite3_mprintf(
        "BEGIN IMMEDIATE;"
        "INSERT OR REPLACE INTO firsts SELECT id, %d, %lld FROM topics WHERE name = '%q%q';"
        "DELETE FROM records WHERE topic = (SELECT id FROM topics WHERE name = '%q%q')"
        " AND partition = %d AND offset < %lld; COMMIT",
        partition, (long long)first, log->prefix, topic, log->prefix, topic, partition,
        (long long)first);
    assert_int_equal(sqlite3_open(log->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    sqlite3_free(sql);
}

static void expire_kafka(struct test_log *log, const char *topic, int32_t partition, int64_t first)
{
    char error[256];
    char *name = xasprintf("%s%s", log->prefix, topic);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", log->options.brokers, NULL, 0);
    rd_kafka_t *kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
    assert_non_null(kafka);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(kafka);
    rd_kafka_topic_partition_list_t *before = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(before, name, partition)->offset = first;
    rd_kafka_DeleteRecords_t *delete = rd_kafka_DeleteRecords_new(before);
    rd_kafka_DeleteRecords(kafka, &delete, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 30000);
    assert_int_equal(rd_kafka_event_error(event), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_event_destroy(event);
    rd_kafka_DeleteRecords_destroy(delete);
    rd_kafka_topic_partition_list_destroy(before);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(kafka);
    free(name);
}

const struct backend backend_local = {
    .name = "local", .backend = BUS_LOCAL, .expire = expire_local};
const struct backend backend_kafka = {
    .name = "kafka", .backend = BUS_KAFKA, .expire = expire_kafka};
