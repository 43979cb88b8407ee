/* Text tokens. */
#include "base/text.h"
#include "pki/internal.h"

#include <openssl/crypto.h>
#include <string.h>

#define TOKEN_BYTES 20

void pki_token_generate(char out[static PKI_TOKEN_SIZE], const char *prefix)
{
    uint8_t random[TOKEN_BYTES];
    size_t prefix_len = strlen(prefix);
    pki_require(prefix_len + text_base32_size(TOKEN_BYTES) <= PKI_TOKEN_SIZE,
                "fit the prefix of a token");
    pki_random(random, sizeof(random));
    memcpy(out, prefix, prefix_len);
    text_base32_encode(out + prefix_len, random, sizeof(random));
    OPENSSL_cleanse(random, sizeof(random));
}
