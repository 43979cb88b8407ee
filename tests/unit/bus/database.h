/* The local log's file, as somebody else may open it. */
#ifndef TESTS_BUS_DATABASE_H
#define TESTS_BUS_DATABASE_H

#include <sqlite3.h>

sqlite3 *database_open(const char *path);
void database_run(sqlite3 *db, const char *sql); /* fails the test on an error */
void database_change(const char *path, const char *sql);

#endif
