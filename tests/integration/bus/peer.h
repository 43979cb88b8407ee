/* Another process with the same log. */
#ifndef TESTS_BUS_PEER_H
#define TESTS_BUS_PEER_H

#include "harness.h"

#include <sys/types.h>

/* peer.c tells what can be said to it. */
struct peer {
    struct test_log *log;
    pid_t pid;
    int in, out;
    struct watch *watch;
    char partial[4096];
    size_t partial_len;
    char **lines;
    size_t count;
    bool ended;
};
struct peer *peer_start(struct test_log *log);
void peer_say(struct peer *peer, const char *format, ...) __attribute__((format(printf, 2, 3)));
size_t peer_count(const struct peer *peer, const char *prefix); /* lines that start so */
void peer_kill(struct peer *peer);                              /* SIGKILL, then reads to the end */
void peer_free(struct peer *peer);                              /* asks it to end and waits */
int peer_main(int argc, char **argv);

#endif
