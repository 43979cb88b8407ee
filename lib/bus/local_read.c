/* Readers of the local log. A row is handed on as it lies in SQLite's page cache; the statement is
 * reset before anything else may use the database. */
#include "bus/local.h"

static struct local_reader *reader_of(struct bus_reader *reader)
{
    return (struct local_reader *)(void *)reader;
}

/* Finds the topic and, for BUS_END, where the end is now. */
static int locate(struct local *local, struct local_reader *reader, struct error *err)
{
    struct bus_reader *base = &reader->base;
    if (reader->topic == NULL)
        reader->topic = local_find_topic(local, base->topic, base->partition, err);
    if (reader->topic == NULL)
        return -1;
    if (base->next != BUS_END)
        return 0;
    return local_next_offset(local, reader->topic->id, base->partition, &base->next, err);
}

int local_reader_open(struct bus_reader *base, struct error *err)
{
    local_reader_move(base);
    return 0;
}

/* What comes after this call belongs to "from now on". A failure shows again in the next step. */
void local_reader_move(struct bus_reader *base)
{
    struct local_reader *reader = reader_of(base);
    reader->checked = false;
    reader->end_due = true;
    if (base->next == BUS_END)
        locate(local_of(base->bus), reader, NULL);
}

void local_reader_close(struct bus_reader *base)
{
}

/* Compares the position with what there is. */
static int check_position(struct local *local, struct local_reader *reader, struct error *err)
{
    struct bus_reader *base = &reader->base;
    int64_t first = 0, end;
    if (local_query(local, LOCAL_BIND(local, LOCAL_FIRST, reader->topic->id, base->partition),
                    &first, err) < 0 ||
        local_next_offset(local, reader->topic->id, base->partition, &end, err) < 0)
        return -1;
    if (base->next == BUS_START)
        base->next = first;
    if (base->next < first || base->next > end)
        return error_set(err, ERROR_NOT_FOUND, "%s/%d has offsets %lld to %lld and no longer %lld",
                         base->topic, base->partition, (long long)first, (long long)end,
                         (long long)base->next);
    reader->checked = true;
    return 0;
}

static struct slice column(sqlite3_stmt *statement, int number)
{
    const void *bytes = sqlite3_column_blob(statement, number);
    return slice_of(bytes, (size_t)sqlite3_column_bytes(statement, number));
}

static int read_row(const struct bus_reader *reader, sqlite3_stmt *row, struct record *ret,
                    struct error *err)
{
    ret->topic = reader->topic;
    ret->partition = reader->partition;
    ret->offset = sqlite3_column_int64(row, 0);
    ret->timestamp_ms = sqlite3_column_int64(row, 1);
    ret->key = column(row, 2);
    ret->value = column(row, 3);
    if (local_headers_decode(ret, column(row, 4), err) < 0)
        return error_prefix(err, "%s/%d@%lld", reader->topic, reader->partition,
                            (long long)ret->offset);
    return 0;
}

enum step { STEP_DRAINED, STEP_MORE, STEP_GAP, STEP_STOPPED, STEP_DAMAGED, STEP_FAILED };

static enum step deliver_row(struct local_reader *reader, struct bus_budget *budget,
                             sqlite3_stmt *row, struct error *err)
{
    struct bus_reader *base = &reader->base;
    struct record record;
    if (base->next != sqlite3_column_int64(row, 0))
        return STEP_GAP;
    if (read_row(base, row, &record, err) < 0)
        return STEP_DAMAGED;
    reader->end_due = true;
    return bus_reader_deliver(base, budget, &record) ? STEP_MORE : STEP_STOPPED;
}

/* STEP_MORE here: the budget is used up. */
static enum step deliver_rows(struct local *local, struct local_reader *reader,
                              struct bus_budget *budget, struct error *err)
{
    struct bus_reader *base = &reader->base;
    sqlite3_stmt *statement = LOCAL_BIND(local, LOCAL_SELECT, reader->topic->id, base->partition,
                                         base->next, (int64_t)budget->records);
    enum step step = STEP_MORE;
    while (step == STEP_MORE && budget->records > 0 && budget->bytes > 0) {
        int code = sqlite3_step(statement);
        if (code == SQLITE_DONE)
            step = STEP_DRAINED;
        else if (code == SQLITE_ROW)
            step = deliver_row(reader, budget, statement, err);
        else {
            local_db_error(local, "read", err);
            step = STEP_FAILED;
        }
    }
    sqlite3_reset(statement);
    return step;
}

/* Rows are missing where the reader is. Retention removes from the front, in one transaction with
 * `firsts`; anything else is damage. */
static void explain_gap(struct local *local, struct local_reader *reader, struct error *err)
{
    struct bus_reader *base = &reader->base;
    if (check_position(local, reader, err) == 0)
        error_set(err, ERROR_CORRUPT, "%s: record %lld of %s/%d is missing", local->path,
                  (long long)base->next, base->topic, base->partition);
}

static enum step step_reader(struct local *local, struct local_reader *reader,
                             struct bus_budget *budget, struct error *err)
{
    if (locate(local, reader, err) < 0 ||
        (!reader->checked && check_position(local, reader, err) < 0))
        return STEP_FAILED;
    enum step step = deliver_rows(local, reader, budget, err);
    if (step != STEP_GAP)
        return step;
    explain_gap(local, reader, err);
    return err->code == ERROR_CORRUPT ? STEP_DAMAGED : STEP_FAILED;
}

bool local_reader_step(struct bus_reader *base, struct bus_budget *budget)
{
    struct local *local = local_of(base->bus);
    struct local_reader *reader = reader_of(base);
    struct error err = ERROR_INIT;
    enum step step = step_reader(local, reader, budget, &err);
    if (step == STEP_DRAINED && reader->end_due) {
        reader->end_due = false;
        bus_reader_at_end(base);
    } else if (step == STEP_DAMAGED || err.code == ERROR_NOT_FOUND) {
        bus_reader_fail(base, &err);
    } else if (step == STEP_FAILED && local_is_busy(&err)) {
        local_retry_readers(local);
    } else if (step == STEP_FAILED) {
        local_check_fatal(local, &err);
    }
    return step == STEP_MORE || step == STEP_STOPPED;
}
