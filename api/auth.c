#include "api/auth.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SCHEME "Bearer"
#define PREFIX "leatm_"
/* 32 bytes in base 32, without the NUL. */
#define HASH_TEXT 52
#define TOKEN_MAX 512

const char *auth_bearer(const char *header)
{
    const size_t len = sizeof(SCHEME) - 1;

    if (header == NULL || strncasecmp(header, SCHEME, len) != 0 || header[len] != ' ')
        return NULL;
    header += len;
    header += strspn(header, " ");
    return header[0] != '\0' ? header : NULL;
}

/* Lengths are fixed or ended by a byte that a name cannot hold, so no two identities share a text.
 */
static void compute_mac(struct slice mac_key, const struct machine_identity *identity,
                        uint8_t out[static PKI_HASH_SIZE])
{
    _cleanup_buf_ struct buf text = BUF_INIT(TOKEN_MAX);

    buf_printf(&text, "%s\n%s\n%s\n", identity->machine, identity->project,
               arch_name(identity->arch));
    buf_append(&text, identity->key, sizeof(identity->key));
    pki_hmac_sha256(out, mac_key, buf_slice(&text));
}

char *machine_token_make(struct slice mac_key, const struct machine_identity *identity)
{
    uint8_t mac[PKI_HASH_SIZE];
    char key_text[HASH_TEXT + 1], mac_text[HASH_TEXT + 1];

    compute_mac(mac_key, identity, mac);
    text_base32_encode(key_text, identity->key, sizeof(identity->key));
    text_base32_encode(mac_text, mac, sizeof(mac));
    return xasprintf(PREFIX "%s.%s.%s.%s", identity->project, arch_name(identity->arch), key_text,
                     mac_text);
}

static bool parse(char *text, struct machine_identity *ret, uint8_t mac[static PKI_HASH_SIZE])
{
    const char *project = strsep(&text, "."), *arch = strsep(&text, "."), *key = strsep(&text, "."),
               *mac_text = text;

    return mac_text != NULL && text_copy(ret->project, sizeof(ret->project), project) &&
           arch_from_name(arch, &ret->arch) &&
           text_base32_decode(ret->key, sizeof(ret->key), key) &&
           text_base32_decode(mac, PKI_HASH_SIZE, mac_text);
}

bool machine_token_check(struct slice mac_key, const char *machine, const char *token,
                         struct machine_identity *ret)
{
    struct machine_identity found = {0};
    uint8_t given[PKI_HASH_SIZE], wanted[PKI_HASH_SIZE];

    if (!text_starts_with(token, PREFIX) || strlen(token) > TOKEN_MAX)
        return false;
    _cleanup_free_ char *copy = xstrdup(token + strlen(PREFIX));
    if (!text_copy(found.machine, sizeof(found.machine), machine) || !parse(copy, &found, given))
        return false;
    compute_mac(mac_key, &found, wanted);
    if (!pki_equal(given, wanted, sizeof(wanted)))
        return false;
    *ret = found;
    return true;
}
