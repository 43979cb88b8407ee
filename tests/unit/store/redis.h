/* A real redis-server on a Unix socket in a folder of its own. */
#ifndef TESTS_STORE_REDIS_H
#define TESTS_STORE_REDIS_H

#include <stdio.h>
#include <sys/types.h>

struct redis {
    char *folder, *url;
    const char *password; /* NULL: none */
    pid_t pid;            /* 0: not running */
    FILE *output;
};

/* Ends the program with the code for "skipped" when there is no redis-server. */
void redis_need(void);
struct redis *redis_new(const char *password);
void redis_start(struct redis *redis); /* returns when it accepts connections */
void redis_kill(struct redis *redis);  /* as kill -9; returns when it is gone */
void redis_freeze(struct redis *redis);
void redis_free(struct redis *redis);

#endif
