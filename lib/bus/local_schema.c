/* The tables of the log's file and their version.
 *
 * application_id says that the file is a log of Leat, user_version which schema it has. A table
 * `records` whose rows lie in the order of (topic, partition, offset) makes an append one page and
 * a read a walk along neighbours.
 */
#include "bus/local.h"

#include "base/memory.h"

#define APPLICATION_ID 0x4c656174 /* "Leat" */
#define SCHEMA_VERSION 1

static const char create_tables[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE topics ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE,"
    " partitions INTEGER NOT NULL,"
    " compact INTEGER NOT NULL,"
    " retention_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE records ("
    " topic INTEGER NOT NULL,"
    " partition INTEGER NOT NULL,"
    " offset INTEGER NOT NULL,"
    " time_ms INTEGER NOT NULL,"
    " key BLOB NOT NULL,"
    " value BLOB NOT NULL,"
    " headers BLOB NOT NULL,"
    " PRIMARY KEY (topic, partition, offset)) STRICT, WITHOUT ROWID;"
    /* Where old records were removed: the first offset that is kept. No row means 0. */
    "CREATE TABLE firsts ("
    " topic INTEGER NOT NULL,"
    " partition INTEGER NOT NULL,"
    " first INTEGER NOT NULL,"
    " PRIMARY KEY (topic, partition)) STRICT, WITHOUT ROWID;"
    /* The id numbers the bytes that members lock. */
    "CREATE TABLE groups ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL,"
    " topic INTEGER NOT NULL,"
    " UNIQUE (name, topic)) STRICT;"
    "CREATE TABLE positions ("
    " group_id INTEGER NOT NULL,"
    " partition INTEGER NOT NULL,"
    " next INTEGER NOT NULL,"
    " PRIMARY KEY (group_id, partition)) STRICT, WITHOUT ROWID;";

static int read_pragma(struct local *local, const char *sql, int64_t *ret, struct error *err)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(local->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return local_db_error(local, "read", err);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *ret = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? 0 : local_db_error(local, "read", err);
}

static int create_schema(struct local *local, struct error *err)
{
    _cleanup_free_ char *sql = xasprintf("%s PRAGMA application_id = %d; PRAGMA user_version = %d; "
                                         "COMMIT;",
                                         create_tables, APPLICATION_ID, SCHEMA_VERSION);
    if (sqlite3_exec(local->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    local_db_error(local, "make the tables of", err);
    sqlite3_exec(local->db, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}

int local_check_schema(struct local *local, struct error *err)
{
    int64_t application, version, tables;
    if (read_pragma(local, "PRAGMA application_id", &application, err) < 0 ||
        read_pragma(local, "PRAGMA user_version", &version, err) < 0 ||
        read_pragma(local, "SELECT count(*) FROM sqlite_schema", &tables, err) < 0)
        return -1;
    if (application == 0 && version == 0 && tables == 0)
        return create_schema(local, err);
    if (application != APPLICATION_ID)
        return error_set(err, ERROR_INVALID, "%s is a database, but not a log of Leat",
                         local->path);
    if (version != SCHEMA_VERSION)
        return error_set(err, ERROR_INVALID,
                         "the log %s has version %lld, this program knows version %d", local->path,
                         (long long)version, SCHEMA_VERSION);
    return 0;
}
