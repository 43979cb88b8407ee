/* The embedded installation: everything that `leat up` runs, under one folder.
 *
 *   installation.json   what was chosen once: tag, bridge, subnet, port
 *   client.json         how a client reaches it (0600, owned by whoever ran `leat up`)
 *   secrets/            master, launch, tokens (0700)
 *   config/             api.ini, cloud-agent.ini, redis.conf: written at each start
 *   log/                the local log        redis/   Redis' files (a view, may be deleted)
 *   machines/           machines and volumes of the process provider
 *   logs/               what the parts print  run/    sockets, status.json, the lock
 */
#ifndef CLI_INSTALLATION_H
#define CLI_INSTALLATION_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct installation {
    char *folder;
    char tag[17]; /* of its machines, cgroups and interfaces */
    char bridge[16];
    char subnet[32];  /* "10.88.0.0/16" */
    char gateway[32]; /* the bridge's address in it: where machines reach the API */
    int64_t port;     /* of the API */
    char *brokers;    /* NULL: the local log */
    bool kept;        /* installation.json was there already */
};

/* Reads installation.json or chooses anew (a free port, a subnet that no interface and no route
 * uses), makes the folders and secrets, and writes every configuration. */
int installation_prepare(struct installation *ret, const char *folder, const char *brokers,
                         struct error *err);
/* Reads only; ERROR_MISSING when there is none. */
int installation_load(struct installation *ret, const char *folder, struct error *err);
void installation_clear(struct installation *installation);

/* "<folder>/<name>"; owned by the caller. */
char *installation_path(const struct installation *installation, const char *name);

/* Written once the API has made its CA: api, ca, token. */
int installation_write_client(const struct installation *installation, struct error *err);

/* Takes the lock that the running supervisor holds (an OFD lock, dropped by the kernel with the
 * process). The descriptor, or -1: ERROR_CONFLICT when somebody else has it. */
int installation_lock(const char *folder, struct error *err);
/* Pid of the supervisor that holds the lock; 0 when none does. */
pid_t installation_supervisor(const char *folder);

#endif
