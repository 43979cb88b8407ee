#include "machine/publisher.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "pki/pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#define PAUSE_MIN_MS 100
#define PAUSE_MAX_MS 5000

struct queued_event {
    TAILQ_ENTRY(queued_event) link;
    struct envelope envelope;
    struct buf value;
};

struct publisher {
    struct publisher_transport transport;
    TAILQ_HEAD(, queued_event) queue;
    size_t queued;
    struct timer *retry;
    loop_fn *drained;
    void *arg;
    uint64_t sequence;
    int64_t pause_ms;
    bool sending;
    char machine[41];
    char run[27]; /* random: tells this start of the agent from others in event ids */
};

static void send_first(void *arg);

static void drop(struct publisher *publisher, struct queued_event *event)
{
    TAILQ_REMOVE(&publisher->queue, event, link);
    publisher->queued--;
    buf_free(&event->value);
    free(event);
}

static void sent(void *arg, const struct error *err)
{
    struct publisher *publisher = arg;
    struct queued_event *first = TAILQ_FIRST(&publisher->queue);

    publisher->sending = false;
    if (err != NULL) {
        log_warn("event %s is not in the log yet: %s; again in %lld ms", first->envelope.type,
                 err->message, (long long)publisher->pause_ms);
        timer_set(publisher->retry, publisher->pause_ms);
        publisher->pause_ms = publisher->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS
                                                                     : publisher->pause_ms * 2;
        return;
    }
    publisher->pause_ms = PAUSE_MIN_MS;
    log_debug("event %s is in the log", first->envelope.type);
    drop(publisher, first);
    if (publisher->queued > 0)
        send_first(publisher);
    else
        publisher->drained(publisher->arg);
}

static void send_first(void *arg)
{
    struct publisher *publisher = arg;
    struct queued_event *first = TAILQ_FIRST(&publisher->queue);

    if (publisher->sending || first == NULL)
        return;
    publisher->sending = true;
    publisher->transport.send(publisher->transport.state, &first->envelope,
                              buf_slice(&first->value), sent, publisher);
}

struct publisher *publisher_new(struct loop *loop, const char *machine,
                                struct publisher_transport transport, loop_fn *drained, void *arg)
{
    struct publisher *publisher = xcalloc(1, sizeof(*publisher));
    uint8_t random[16];

    TAILQ_INIT(&publisher->queue);
    publisher->transport = transport;
    publisher->drained = drained;
    publisher->arg = arg;
    publisher->pause_ms = PAUSE_MIN_MS;
    publisher->retry = timer_new(loop, send_first, publisher);
    text_copy(publisher->machine, sizeof(publisher->machine), machine);
    pki_random(random, sizeof(random));
    text_base32_encode(publisher->run, random, sizeof(random));
    return publisher;
}

void publisher_free(struct publisher *publisher)
{
    if (publisher == NULL)
        return;
    publisher->transport.free(publisher->transport.state);
    while (!TAILQ_EMPTY(&publisher->queue))
        drop(publisher, TAILQ_FIRST(&publisher->queue));
    timer_free(publisher->retry);
    free(publisher);
}

uint64_t publisher_next_sequence(struct publisher *publisher)
{
    return ++publisher->sequence;
}

static void fill_envelope(struct publisher *publisher, struct envelope *envelope, const char *type)
{
    snprintf(envelope->id, sizeof(envelope->id), "%s-%llu", publisher->run,
             (unsigned long long)publisher->sequence);
    snprintf(envelope->source, sizeof(envelope->source), "/leat/machine/%s", publisher->machine);
    snprintf(envelope->type, sizeof(envelope->type), "%s", type);
    clock_format_wall(clock_wall_ms(), envelope->time);
}

void publisher_add(struct publisher *publisher, const char *type, struct slice value)
{
    if (publisher->queued >= PUBLISHER_QUEUE_MAX) {
        log_error("event %s is dropped: %d events wait for the log already", type,
                  PUBLISHER_QUEUE_MAX);
        return;
    }
    struct queued_event *event = xcalloc(1, sizeof(*event));
    fill_envelope(publisher, &event->envelope, type);
    event->value = BUF_INIT(RECORD_VALUE_MAX);
    buf_append_slice(&event->value, value);
    TAILQ_INSERT_TAIL(&publisher->queue, event, link);
    publisher->queued++;
    if (!timer_is_set(publisher->retry))
        send_first(publisher);
}

bool publisher_is_empty(const struct publisher *publisher)
{
    return publisher->queued == 0;
}
