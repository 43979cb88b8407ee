/* What this replica knows and tells nobody: the master secret, keys derived from it, and the hashes
 * of the API tokens. */
#ifndef API_SECRETS_H
#define API_SECRETS_H

#include "api/config.h"
#include "base/error.h"
#include "pki/authority.h"
#include "pki/pki.h"

#include <stdbool.h>

#define PRINCIPAL_SIZE 129

struct api_token {
    uint8_t hash[PKI_HASH_SIZE];
    char principal[PRINCIPAL_SIZE];
};

struct secrets {
    uint8_t master[MASTER_SECRET_SIZE];
    uint8_t build_id_key[PKI_HASH_SIZE];
    uint8_t machine_token_key[PKI_HASH_SIZE];
    struct api_token *tokens;
    size_t token_count;
};

struct secrets *secrets_load(const struct api_config *config, struct error *err);
void secrets_free(struct secrets *secrets); /* wipes; NULL is fine */

/* The lines of a token file, added to secrets->tokens: `leat_... principal`; blank lines and lines
 * that start with '#' are left out. ERROR_INVALID names the line. */
int secrets_add_tokens(struct secrets *secrets, const char *text, struct error *err);
/* The token's principal, or NULL. Takes the same time wherever, and whether, it is found. */
const char *secrets_find_token(const struct secrets *secrets, const char *token);

#endif
