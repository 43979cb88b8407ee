/* The program leat-api: what its parts share.
 *
 * api.c makes the parts and ends them; routes.c is the table of routes; a file for each resource
 * has their handlers; projector.c keeps the view in Redis up to date; view.c reads it; waiting.c
 * and poll.c are long polls; publish.c appends to the log. Everything runs on one loop.
 */
#ifndef API_API_H
#define API_API_H

#include "api/config.h"
#include "api/secrets.h"
#include "bus/bus.h"
#include "daemon/daemon.h"
#include "daemon/metrics.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "store/store.h"

struct api {
    struct loop *loop;
    struct daemon *daemon;
    const struct api_config *config;
    char *instance;
    struct secrets *secrets;
    struct metrics *metrics;
    struct call_metrics *call_metrics;
    struct bus *bus;
    struct store *store;
    struct publisher *publisher;
    struct view *view;
    struct projector *projector;
    struct waiting *waiting;
    struct alive *alive;
    struct http_server *server;
    size_t event_readers; /* answers of GET /v1/events that are under way */
    bool topics_ready;    /* they exist with the wanted partitions */
    bool announced;       /* that the API is ready */
    bool ending;
};

extern const struct daemon_program api_program;

/* The organisation of everything, until there are several. */
#define ORGANISATION "default"

#endif
