/* A loop with a store on it, and what the store told so far. */
#ifndef TESTS_STORE_WORLD_H
#define TESTS_STORE_WORLD_H

#include "net/loop.h"
#include "store/store.h"

struct world {
    struct loop *loop;
    struct store *store;
    struct timer *guard;
    int connected, disconnected;
    struct error lost; /* of the last outage */
    bool close_when_connected, close_when_lost;
    bool stuck;
};

struct world *world_new(void);
void world_open(struct world *world, const char *url, const char *password_file,
                int64_t reply_timeout_ms);
void world_free(struct world *world);

/* What came back from one command. */
struct answer {
    struct world *world;
    int calls;
    enum store_reply_type type;
    char text[256]; /* a printed reply: "OK", 12, [1 "a" nil] */
    size_t len;     /* of a string */
    struct error err;
    bool close_store; /* from the callback */
};
void answer_done(void *arg, const struct store_reply *reply, const struct error *err);

/* Words are C strings up to a NULL. Asserts that the command was taken. */
void world_command(struct world *world, struct answer *answer, ...) __attribute__((sentinel));
/* Runs the loop until the answer is there, and checks its print. */
void world_expect(struct world *world, struct answer *answer, const char *text);
void world_command_expect(struct world *world, const char *expected, ...) __attribute__((sentinel));

/* Runs the loop until `condition`; every callback of a test ends a run with loop_stop(). */
#define WORLD_WAIT(world, condition)                                                               \
    do {                                                                                           \
        timer_set((world)->guard, 30000);                                                          \
        while (!(condition) && !(world)->stuck)                                                    \
            loop_run((world)->loop);                                                               \
        timer_clear((world)->guard);                                                               \
        if ((world)->stuck)                                                                        \
            fail_msg("waited too long for: %s", #condition);                                       \
    } while (0)

#endif
