/* Authorities derived from the master secret; authority.h says which there are. */
#include "pki/authority.h"

#include "base/memory.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest machine id; a name with it still fits into a common name (64). */
#define MACHINE_MAX 40

static const struct {
    const char *purpose, *name;
} kinds[] = {
    [AUTHORITY_API] = {"leat/api-ca", "leat API CA"},
    [AUTHORITY_MACHINE_SERVER] = {"leat/machine-server-ca", "leat machine server CA"},
    [AUTHORITY_MACHINE_CLIENT] = {"leat/machine-client-ca", "leat machine client CA"},
};

/* An id that no machine can have still gives an authority of its own: by its hash, which is longer
 * than any id that stands for itself. */
static void machine_label(char out[static 2 * PKI_HASH_SIZE + 1], const char *machine)
{
    if (strnlen(machine, MACHINE_MAX + 1) <= MACHINE_MAX) {
        text_copy(out, MACHINE_MAX + 1, machine);
        return;
    }
    uint8_t hash[PKI_HASH_SIZE];
    pki_sha256(hash, slice_text(machine));
    text_hex_encode(out, hash, sizeof(hash));
}

void authority_derive(struct authority *ret, enum authority_kind kind,
                      const uint8_t master[static MASTER_SECRET_SIZE], const char *machine)
{
    char label[2 * PKI_HASH_SIZE + 1] = "", info[128];
    uint8_t seed[PKI_SEED_SIZE];
    if (kind != AUTHORITY_API)
        machine_label(label, machine);
    const char *separator = label[0] != '\0' ? "/" : "";
    snprintf(info, sizeof(info), "%s%s%s", kinds[kind].purpose, separator, label);
    snprintf(ret->name, sizeof(ret->name), "%s%s%.*s", kinds[kind].name,
             label[0] != '\0' ? " " : "", MACHINE_MAX, label);
    pki_hkdf_sha256(seed, sizeof(seed), slice_of(master, MASTER_SECRET_SIZE), info);
    ret->key = pki_key_from_seed(seed);
    OPENSSL_cleanse(seed, sizeof(seed));
    ret->certificate_pem = pki_ca_certificate(ret->key, ret->name);
}

void authority_clear(struct authority *authority)
{
    pki_key_free(authority->key);
    free(authority->certificate_pem);
    *authority = (struct authority){0};
}
