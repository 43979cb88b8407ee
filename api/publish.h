/* Appends records to the log: envelope, placement, and one answer for several records. */
#ifndef API_PUBLISH_H
#define API_PUBLISH_H

#include "bus/bus.h"
#include "daemon/metrics.h"
#include "schemas/messages.h"

struct publisher;
struct publisher *publisher_new(struct bus *bus, const char *instance, int32_t partitions,
                                struct metrics *metrics);
void publisher_free(struct publisher *publisher); /* after bus_close() */

struct publish_event {
    const char *topic; /* "builder-requests"; the architecture is added */
    enum arch arch;
    const char *project; /* the key */
    const char *type;
    struct slice value;
    const char *traceparent; /* "" or NULL for none */
    /* NULL: one of the API's own is made. Else what a machine sent. */
    const struct envelope *envelope;
};

/* The partition that everything of the organisation goes to. */
int32_t publisher_partition(const struct publisher *publisher);

/* Several records that are answered together. `done` is called once after publish_seal(), maybe
 * from inside it, when each record was acknowledged or has failed; the group is freed after it. */
enum publish_result {
    PUBLISH_DONE,    /* all are in the log */
    PUBLISH_REFUSED, /* none is */
    PUBLISH_UNKNOWN, /* some may be */
};
typedef void publish_fn(void *arg, enum publish_result result, const struct error *err);
struct publish_group;
struct publish_group *publish_start(struct publisher *publisher, publish_fn *done, void *arg);
void publish_add(struct publish_group *group, const struct publish_event *event);
void publish_seal(struct publish_group *group);

#endif
