/* Records of the input topics, decoded and checked as far as one record can be. Pure. */
#ifndef CLOUD_INPUT_H
#define CLOUD_INPUT_H

#include "base/error.h"
#include "fleet/planner.h"
#include "schemas/messages.h"
#include "wire/record.h"

enum input_topic { INPUT_REQUESTS, INPUT_EVENTS, INPUT_TOPICS };

/* "builder-requests", "machine-events": without prefix and architecture. */
extern const char *const input_topic_names[INPUT_TOPICS];

struct input {
    struct envelope envelope;
    enum planner_event_type type;
    union {
        struct builder_requested requested;
        struct builder_released released;
        struct builds_alive alive;
        struct machine_registered registered;
        struct machine_ready ready;
        struct machine_load load;
        struct machine_draining draining;
        struct machine_stopped stopped;
        struct machine_failed failed;
    };
};

/* ERROR_CORRUPT or ERROR_INVALID with the reason for people; *ret is empty then. Otherwise the
 * caller ends with input_clear(). */
int input_decode(struct input *ret, enum input_topic topic, const struct record *record,
                 struct error *err);
void input_clear(struct input *input);
/* Points into `input`. */
struct planner_event input_event(const struct input *input);

#endif
