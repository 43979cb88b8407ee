/* Publishes the machine's events in order, each until it is in the log.
 *
 * Events go through the API (CloudEvents binary mode over HTTP) or to the log directly. A failed
 * attempt is repeated with the same event id and sequence after a growing pause; a repeated event
 * is recognised by its sequence. At most PUBLISHER_QUEUE_MAX wait; the few kinds of event that a
 * machine has in its life never come near that.
 */
#ifndef MACHINE_PUBLISHER_H
#define MACHINE_PUBLISHER_H

#include "base/buf.h"
#include "base/error.h"
#include "machine/config.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "wire/record.h"

#define PUBLISHER_QUEUE_MAX 64

struct publisher;

/* How one event gets to the log; `done` is called once, from the loop. */
typedef void publisher_sent_fn(void *arg, const struct error *err);
struct publisher_transport {
    void (*send)(void *transport, const struct envelope *envelope, struct slice value,
                 publisher_sent_fn *done, void *arg);
    void (*free)(void *transport);
    void *state;
};
struct publisher_transport publisher_through_api(struct http_client *client, const char *machine);
/* NULL state on failure. `fatal` as in bus_open(). */
struct publisher_transport publisher_to_bus(struct loop *loop, const struct machine_config *config,
                                            void (*fatal)(void *arg, const struct error *err),
                                            void *arg, struct error *err);

/* `drained` is called each time the queue has become empty: everything is in the log. */
struct publisher *publisher_new(struct loop *loop, const char *machine,
                                struct publisher_transport transport, loop_fn *drained, void *arg);
void publisher_free(struct publisher *publisher);

/* The number that the next event is to carry. */
uint64_t publisher_next_sequence(struct publisher *publisher);
/* The value is copied. */
void publisher_add(struct publisher *publisher, const char *type, struct slice value);
bool publisher_is_empty(const struct publisher *publisher);

#endif
