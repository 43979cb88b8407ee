#include "database.h"

#include "testing.h"

sqlite3 *database_open(const char *path)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

void database_run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

void database_change(const char *path, const char *sql)
{
    sqlite3 *db = database_open(path);
    database_run(db, sql);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}
