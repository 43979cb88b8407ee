/* Registration: the one-time token and a key made here, for the certificates of this machine.
 *
 * Repeated until it is answered: the API may be away, or its view may lack the machine still
 * (absence is never an instruction). A refusal (wrong token, another key was first, the machine is
 * to end) is final.
 */
#ifndef MACHINE_REGISTRATION_H
#define MACHINE_REGISTRATION_H

#include "base/error.h"
#include "machine/config.h"
#include "net/http_client.h"
#include "net/loop.h"

struct registration;

struct registration_answer {
    const char *machine_token; /* bearer token of later calls */
    const char *server_name;   /* "<machine>.leat" */
};
/* `answer` lives during the call. Before it, these files are in the run folder: key.pem,
 * server.pem, server-ca.pem, client-ca.pem, client.pem. Exactly one of the two is not NULL. */
typedef void registration_fn(void *arg, const struct registration_answer *answer,
                             const struct error *err);

struct registration *registration_start(struct loop *loop, struct http_client *client,
                                        const struct machine_config *config, registration_fn *done,
                                        void *arg, struct error *err);
void registration_free(struct registration *registration);

#endif
