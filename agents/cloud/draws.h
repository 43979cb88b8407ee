/* Ids, secrets and tokens that decisions need, made outside of the pure code. */
#ifndef CLOUD_DRAWS_H
#define CLOUD_DRAWS_H

#include "fleet/planner.h"
#include "pki/authority.h"

#define REGISTRATION_TOKEN_SIZE 64

/* Replaces what was used (everything, when `ids` is zeroed) by fresh random ids; the token's hash is
 * that of draws_registration_token() for the machine. */
void draws_refill(struct planner_ids *ids,
                  const uint8_t launch_secret[static MASTER_SECRET_SIZE]);
/* Derived from the launch secret and the machine's id, so that a restart between the decision and
 * the launch needs no memory. */
void draws_registration_token(char ret[static REGISTRATION_TOKEN_SIZE],
                              const uint8_t launch_secret[static MASTER_SECRET_SIZE],
                              const char *machine);

#endif
