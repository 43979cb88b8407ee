#include "api/events_reply.h"

#include "api/events_line.h"
#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>

#define PENDING_MAX  ((size_t)1 << 20)
#define HEARTBEAT_MS 15000
#define LINE_MAX     ((size_t)16 << 20)

struct events_reader {
    struct events_reply *reply;
    const char *topic;
    int32_t partition;
    struct bus_reader *reader;
    bool at_end;
};

struct events_reply {
    struct call *call;
    struct http_request *request;
    struct events_reader *readers;
    size_t count, at_end;
    struct timer *heartbeat; /* so that a client that is dead is noticed */
    bool follow, paused;
    bool flying; /* `drained` is to come for what was written */
    bool ending;
};

static void pause_all(struct events_reply *reply, bool paused)
{
    reply->paused = paused;
    for (size_t i = 0; i < reply->count; i++) {
        if (reply->readers[i].reader != NULL)
            bus_reader_pause(reply->readers[i].reader, paused);
    }
}

static void free_reply(struct events_reply *reply)
{
    reply->call->api->event_readers--;
    for (size_t i = 0; i < reply->count; i++)
        bus_reader_close(reply->readers[i].reader);
    free(reply->readers);
    timer_free(reply->heartbeat);
    call_unref(reply->call);
    free(reply);
}

static void client_gone(void *arg)
{
    free_reply(arg);
}

static void finish(struct events_reply *reply)
{
    call_end_stream(reply->call);
    free_reply(reply);
}

/* Ends when all was taken: a `drained` of earlier data that is still on its way would be taken for
 * that of the end, and what lies between would never be sent. */
static void end(struct events_reply *reply)
{
    reply->ending = true;
    if (!reply->flying)
        finish(reply);
}

/* --- writing --- */

static void write_text(struct events_reply *reply, struct slice text)
{
    reply->flying = true;
    http_stream_write(reply->request, text);
    if (!reply->paused && http_stream_pending(reply->request) > PENDING_MAX)
        pause_all(reply, true);
    timer_set(reply->heartbeat, HEARTBEAT_MS);
}

static void drained(void *arg)
{
    struct events_reply *reply = arg;
    size_t pending = http_stream_pending(reply->request);

    reply->flying = pending > 0;
    if (reply->ending && !reply->flying)
        finish(reply);
    else if (reply->paused && pending <= PENDING_MAX / 2)
        pause_all(reply, false);
}

static void beat(void *arg)
{
    struct events_reply *reply = arg;

    if (http_stream_pending(reply->request) == 0)
        write_text(reply, slice_text("\n"));
    else
        timer_set(reply->heartbeat, HEARTBEAT_MS);
}

/* --- reading --- */

static void record_came(void *arg, const struct record *record)
{
    struct events_reader *reader = arg;
    _cleanup_buf_ struct buf line = BUF_INIT(LINE_MAX);

    events_line_write(&line, reader->topic, record);
    if (!line.overflow)
        write_text(reader->reply, buf_slice(&line));
}

static void reached_end(struct events_reader *reader)
{
    struct events_reply *reply = reader->reply;

    if (reader->at_end)
        return;
    reader->at_end = true;
    if (++reply->at_end < reply->count || reply->ending)
        return;
    /* From here on nothing is missed: the client may do what it wants to see. */
    write_text(reply, slice_text("\n"));
    if (!reply->follow)
        end(reply);
}

static void at_end(void *arg, int64_t next)
{
    (void)next;
    reached_end(arg);
}

/* Retention has passed the position: what is still there is shown. */
static void read_failed(void *arg, const struct error *err)
{
    struct events_reader *reader = arg;

    log_debug("events of %s/%d: %s", reader->topic, reader->partition, err->message);
    if (err->code == ERROR_NOT_FOUND && reader->reply->follow)
        bus_reader_seek(reader->reader, BUS_START);
    else
        reached_end(reader);
}

static int open_readers(struct events_reply *reply, const struct events_request *request,
                        struct error *err)
{
    static const struct bus_reader_callbacks callbacks = {
        .record = record_came, .at_end = at_end, .failed = read_failed};
    struct api *api = reply->call->api;
    size_t partitions = (size_t)api->config->bus.partitions;

    reply->readers = xcalloc(request->topic_count * partitions, sizeof(*reply->readers));
    for (size_t i = 0; i < request->topic_count * partitions; i++) {
        struct events_reader *reader = &reply->readers[reply->count];
        reader->reply = reply;
        reader->topic = request->topics[i / partitions];
        reader->partition = (int32_t)(i % partitions);
        reader->reader =
            bus_read(api->bus, reader->topic, reader->partition,
                     request->from_start ? BUS_START : BUS_END, &callbacks, reader, err);
        if (reader->reader == NULL)
            return -1;
        reply->count++;
    }
    return 0;
}

int events_reply_start(struct call *call, const struct events_request *request, struct error *err)
{
    struct events_reply *reply = xcalloc(1, sizeof(*reply));

    reply->call = call_ref(call);
    reply->follow = request->follow;
    reply->heartbeat = timer_new(call->api->loop, beat, reply);
    call->api->event_readers++;
    if (open_readers(reply, request, err) < 0) {
        free_reply(reply);
        return -1;
    }
    call_on_gone(call, client_gone, reply);
    reply->request = call_start_stream(call, "application/x-ndjson");
    http_stream_on_drained(reply->request, drained, reply);
    timer_set(reply->heartbeat, HEARTBEAT_MS);
    return 0;
}
