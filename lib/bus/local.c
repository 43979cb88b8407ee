/* The local log's turn of the loop, opening and closing. */
#include "bus/local.h"

#include "base/memory.h"

#include <stdlib.h>

#define APPEND_TIMEOUT_MS 30000

void local_wake(struct local *local)
{
    timer_set(local->turn, 0);
}

static void wake_later(struct local *local)
{
    if (!timer_is_set(local->turn))
        timer_set(local->turn, LOCAL_BUSY_RETRY_MS);
}

void local_retry_readers(struct local *local)
{
    local->readers_due = true;
    wake_later(local);
}

void local_check_fatal(struct local *local, const struct error *err)
{
    switch (err->code) {
    case ERROR_IO:
    case ERROR_CORRUPT:
    case ERROR_DENIED:
    case ERROR_INTERNAL:
        bus_fail(&local->base, err);
        break;
    default:
        break;
    }
}

static void wake_readers(struct local *local)
{
    struct bus_reader *reader;
    local->readers_due = false;
    TAILQ_FOREACH(reader, &local->base.readers, link)
    bus_reader_wake(reader);
}

static void turn(void *arg)
{
    struct local *local = arg;
    struct bus *bus = &local->base;
    int64_t delay_ms;
    bus_enter(bus);
    bool again = local_flush(local, &delay_ms);
    if (!bus->closed && local->readers_due)
        wake_readers(local);
    if (!bus->closed && local_answer_requests(local)) {
        again = true;
        delay_ms = LOCAL_BUSY_RETRY_MS;
    }
    if (!bus->closed && again && !timer_is_set(local->turn))
        timer_set(local->turn, delay_ms);
    bus_leave(bus);
}

static void positions_due(void *arg)
{
    struct local *local = arg;
    local->positions_due = true;
    local_wake(local);
}

static void ask(struct bus *bus, struct bus_request *request)
{
    local_wake(local_of(bus));
}

static void stop(struct bus *bus)
{
    struct local *local = local_of(bus);
    timer_free(local->turn);
    timer_free(local->positions_timer);
    local->turn = local->positions_timer = NULL;
    local_bell_close(local);
}

static void free_local(struct bus *bus)
{
    struct local *local = local_of(bus);
    local_db_close(local);
    local_free_topics(local);
    free(local->path);
    bus_clear(bus);
    free(local);
}

static const struct bus_ops local_ops = {
    .stop = stop,
    .free = free_local,
    .append = local_append,
    .ask = ask,
    .reader_size = sizeof(struct local_reader),
    .reader_open = local_reader_open,
    .reader_move = local_reader_move,
    .reader_close = local_reader_close,
    .reader_step = local_reader_step,
    .group_size = sizeof(struct local_group),
    .group_open = local_group_open,
    .group_commit = local_group_commit,
    .group_leave = local_group_leave,
};

struct bus *bus_local_open(struct loop *loop, const struct bus_options *options, struct error *err)
{
    if (options->path == NULL || options->path[0] == '\0') {
        error_set(err, ERROR_INVALID, "the local log has no path");
        return NULL;
    }
    struct local *local = xcalloc(1, sizeof(*local));
    bus_init(&local->base, &local_ops, loop, options);
    local->path = xstrdup(options->path);
    local->append_timeout_ms =
        options->append_timeout_ms > 0 ? options->append_timeout_ms : APPEND_TIMEOUT_MS;
    local->turn = timer_new(loop, turn, local);
    local->positions_timer = timer_new(loop, positions_due, local);
    local->bell.fd = local->locks.fd = local->inotify = -1;
    if (local_bell_open(local, err) < 0 || local_db_open(local, err) < 0 ||
        local_bell_watch(local, err) < 0) {
        stop(&local->base);
        free_local(&local->base);
        return NULL;
    }
    return &local->base;
}
