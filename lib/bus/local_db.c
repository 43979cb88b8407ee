/* The database of the local log: opening it with care, its statements, its failures. */
#include "bus/local.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_SLEEP_US    500
#define BUSY_TRIES       10 /* 5 ms: what the loop may be held up */
#define BUSY_TRIES_OPEN  10000
#define CHECKPOINT_PAGES 1000 /* 4 MiB of write-ahead log */
#define OPENER_TRIES     500
#define OPENER_SLEEP_US  10000

static const char *const statement_texts[LOCAL_STATEMENTS] = {
    [LOCAL_BEGIN] = "BEGIN IMMEDIATE",
    [LOCAL_COMMIT] = "COMMIT",
    [LOCAL_ROLLBACK] = "ROLLBACK",
    [LOCAL_DATA_VERSION] = "PRAGMA data_version",
    [LOCAL_TOPIC] = "SELECT id, partitions FROM topics WHERE name = ?",
    [LOCAL_TOPIC_ADD] =
        "INSERT INTO topics (name, partitions, compact, retention_ms) VALUES (?, ?, ?, ?)",
    [LOCAL_FIRST] = "SELECT first FROM firsts WHERE topic = ? AND partition = ?",
    [LOCAL_NEXT] = "SELECT coalesce("
                   "(SELECT offset + 1 FROM records WHERE topic = ?1 AND partition = ?2"
                   " ORDER BY offset DESC LIMIT 1),"
                   "(SELECT first FROM firsts WHERE topic = ?1 AND partition = ?2), 0)",
    [LOCAL_INSERT] = "INSERT INTO records (topic, partition, offset, time_ms, key, value, headers)"
                     " VALUES (?, ?, ?, ?, ?, ?, ?)",
    [LOCAL_SELECT] = "SELECT offset, time_ms, key, value, headers FROM records"
                     " WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?",
    [LOCAL_GROUP] = "SELECT id FROM groups WHERE topic = ? AND name = ?",
    [LOCAL_GROUP_ADD] = "INSERT INTO groups (topic, name) VALUES (?, ?)",
    [LOCAL_POSITION_SET] = "INSERT INTO positions (group_id, partition, next) VALUES (?, ?, ?)"
                           " ON CONFLICT DO UPDATE SET next = excluded.next",
};

int local_db_error(struct local *local, const char *doing, struct error *err)
{
    const char *text = sqlite3_errmsg(local->db);
    switch (sqlite3_errcode(local->db) & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(err, ERROR_UNAVAILABLE, "cannot %s %s: another process is writing", doing,
                         local->path);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return error_set(err, ERROR_CORRUPT, "cannot %s %s: the file is damaged: %s", doing,
                         local->path, text);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return error_set(err, ERROR_DENIED, "cannot %s %s: %s", doing, local->path, text);
    case SQLITE_INTERNAL:
    case SQLITE_MISUSE:
    case SQLITE_ERROR:
        return error_set(err, ERROR_INTERNAL, "cannot %s %s: %s", doing, local->path, text);
    default:
        return error_set(err, ERROR_IO, "cannot %s %s: %s", doing, local->path, text);
    }
}

bool local_is_busy(const struct error *err)
{
    return err->code == ERROR_UNAVAILABLE;
}

static int handle_busy(void *arg, int tries)
{
    const struct local *local = arg;
    if (tries >= (local->patient ? BUSY_TRIES_OPEN : BUSY_TRIES))
        return 0;
    usleep(BUSY_SLEEP_US);
    return 1;
}

static int note_wal_pages(void *arg, sqlite3 *db, const char *name, int pages)
{
    struct local *local = arg;
    local->wal_pages = pages;
    return SQLITE_OK;
}

/* One process at a time looks at the file and makes its tables. The lock goes with `fd`. */
static int wait_for_other_openers(struct local *local, int fd, struct error *err)
{
    for (int i = 0; i < OPENER_TRIES; i++) {
        bool locked;
        if (local_lock_byte(fd, LOCAL_OPENER_BYTE, &locked) < 0)
            return error_errno(err, errno, "cannot lock %s", local->locks.path);
        if (locked)
            return 0;
        usleep(OPENER_SLEEP_US);
    }
    return error_set(err, ERROR_UNAVAILABLE, "another process is opening %s and does not end",
                     local->path);
}

/* SQLite would make it readable for everybody. Closing a descriptor of a database drops the locks
 * that SQLite has on it in this process, so this opens it only when nobody can have it open. */
static int create_file(struct local *local, struct error *err)
{
    int fd = open(local->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST)
        return error_errno(err, errno, "cannot make %s", local->path);
    if (fd >= 0)
        close(fd);
    return 0;
}

/* A new file whose name is not on the disk yet would be lost with its content. */
static int sync_folder(struct local *local, struct error *err)
{
    _cleanup_free_ char *folder = xstrdup(local->path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        slash[slash == folder ? 1 : 0] = '\0';
    _cleanup_close_ int fd = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        return error_errno(err, errno, "cannot sync the folder of %s", local->path);
    return 0;
}

static int set_wal_mode(struct local *local, struct error *err)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(local->db, "PRAGMA journal_mode = WAL", -1, &statement, NULL) !=
        SQLITE_OK)
        return local_db_error(local, "open", err);
    bool stepped = sqlite3_step(statement) == SQLITE_ROW;
    const char *mode = stepped ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    bool wal = mode != NULL && strcmp(mode, "wal") == 0;
    sqlite3_finalize(statement);
    if (!stepped)
        return local_db_error(local, "open", err);
    if (!wal)
        return error_set(err, ERROR_MISSING,
                         "%s cannot have a write-ahead log: is it on a network file system?",
                         local->path);
    return 0;
}

/* A sync that failed in an earlier run may have left pages that only seem to be on the disk; moving
 * the write-ahead log into the database writes and syncs them again. */
static int settle(struct local *local, struct error *err)
{
    int code = sqlite3_wal_checkpoint_v2(local->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
        return local_db_error(local, "settle", err);
    return sync_folder(local, err);
}

static int configure(struct local *local, struct error *err)
{
    static const char pragmas[] = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                                  "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;";
    sqlite3_extended_result_codes(local->db, 1);
    sqlite3_busy_handler(local->db, handle_busy, local);
    if (sqlite3_exec(local->db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
        return local_db_error(local, "open", err);
    sqlite3_wal_hook(local->db, note_wal_pages, local);
    return 0;
}

static int open_alone(struct local *local, struct error *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (create_file(local, err) < 0)
        return -1;
    if (sqlite3_open_v2(local->path, &local->db, flags, NULL) != SQLITE_OK)
        return local_db_error(local, "open", err);
    if (configure(local, err) < 0 || set_wal_mode(local, err) < 0 ||
        local_check_schema(local, err) < 0 || settle(local, err) < 0)
        return -1;
    return local_prepare_all(local, err);
}

int local_db_open(struct local *local, struct error *err)
{
    /* Its own description: the lock ends when it is closed. */
    _cleanup_close_ int fd = open(local->locks.path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "cannot open %s", local->locks.path);
    if (wait_for_other_openers(local, fd, err) < 0)
        return -1;
    local->patient = true;
    int result = open_alone(local, err);
    local->patient = false;
    return result;
}

int local_prepare_all(struct local *local, struct error *err)
{
    for (int i = 0; i < LOCAL_STATEMENTS; i++)
        if (sqlite3_prepare_v3(local->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &local->statements[i], NULL) != SQLITE_OK)
            return local_db_error(local, "open", err);
    return 0;
}

void local_db_close(struct local *local)
{
    for (int i = 0; i < LOCAL_STATEMENTS; i++)
        sqlite3_finalize(local->statements[i]);
    sqlite3_close(local->db);
}

sqlite3_stmt *local_bind(struct local *local, enum local_statement which, size_t count,
                         const int64_t *values)
{
    sqlite3_stmt *statement = local->statements[which];
    sqlite3_reset(statement);
    for (size_t i = 0; i < count; i++)
        sqlite3_bind_int64(statement, (int)i + 1, values[i]);
    return statement;
}

int local_query(struct local *local, sqlite3_stmt *statement, int64_t *ret, struct error *err)
{
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW && ret != NULL)
        *ret = sqlite3_column_int64(statement, 0);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        local_db_error(local, "use", err);
    sqlite3_reset(statement);
    return code == SQLITE_ROW ? 1 : code == SQLITE_DONE ? 0 : -1;
}

int local_begin(struct local *local, struct error *err)
{
    return local_query(local, local->statements[LOCAL_BEGIN], NULL, err);
}

int local_commit(struct local *local, struct error *err)
{
    return local_query(local, local->statements[LOCAL_COMMIT], NULL, err);
}

void local_rollback(struct local *local)
{
    if (sqlite3_get_autocommit(local->db) == 0)
        local_query(local, local->statements[LOCAL_ROLLBACK], NULL, NULL);
}

int local_checkpoint(struct local *local, struct error *err)
{
    if (local->wal_pages < CHECKPOINT_PAGES)
        return 0;
    local->wal_pages = 0;
    int code = sqlite3_wal_checkpoint_v2(local->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
        return local_db_error(local, "checkpoint", err);
    return 0;
}
