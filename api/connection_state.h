/* What a client is told about its builder. Pure: from the view to an answer. */
#ifndef API_CONNECTION_STATE_H
#define API_CONNECTION_STATE_H

#include "api/view.h"

#define VERSION_SIZE 17

enum connection_kind { CONNECTION_PENDING, CONNECTION_READY, CONNECTION_ENDED };

struct connection_state {
    enum connection_kind kind;
    char version[VERSION_SIZE]; /* changes whenever anything else here does */
    const char *phase;          /* PENDING: accepted, queued, launching, starting; else "" */
    enum build_outcome outcome; /* ENDED */
    bool emulated;
    char project[64]; /* READY */
    char machine[41];
    char reason[320];
    char endpoint[96], server_name[224]; /* READY */
};

void connection_state_from_view(const struct view_build *build, enum arch arch,
                                struct connection_state *ret);

/* The first half of the SHA-256 of a text, in hexadecimal. */
void version_of(struct slice text, char out[static VERSION_SIZE]);

#endif
