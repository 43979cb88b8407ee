/* Who calls: the credentials of clients and machines. Pure.
 *
 * A machine's token says which machine, project, architecture and key it is for, and carries a MAC
 * over all of that, so any replica can check it without reading anything. It is given only to the
 * key that the fold has bound to the machine, and that binding never changes.
 */
#ifndef API_AUTH_H
#define API_AUTH_H

#include "pki/pki.h"
#include "schemas/messages.h"

#include <stdbool.h>

struct machine_identity {
    char machine[41];
    char project[64];
    enum arch arch;
    uint8_t key[PKI_HASH_SIZE]; /* fingerprint of the public key */
};

/* The token of "Bearer <token>" (the scheme in any case), or NULL. Points into `header`. */
const char *auth_bearer(const char *header);

/* Owned by the caller. */
char *machine_token_make(struct slice mac_key, const struct machine_identity *identity);
/* *ret is set only when the token is good and is for this machine. */
bool machine_token_check(struct slice mac_key, const char *machine, const char *token,
                         struct machine_identity *ret);

#endif
