#include "cloud/draws.h"

#include "base/text.h"
#include "pki/pki.h"

#include <stdio.h>
#include <string.h>

static void random_id(char *out, size_t size, const char *prefix)
{
    uint8_t random[10];
    char text[20];

    pki_random(random, sizeof(random));
    text_base32_encode(text, random, sizeof(random));
    snprintf(out, size, "%s%s", prefix, text);
}

void draws_registration_token(char ret[static REGISTRATION_TOKEN_SIZE],
                              const uint8_t launch_secret[static MASTER_SECRET_SIZE],
                              const char *machine)
{
    uint8_t mac[PKI_HASH_SIZE];

    pki_hmac_sha256(mac, slice_of(launch_secret, MASTER_SECRET_SIZE), slice_text(machine));
    text_base32_encode(ret, mac, sizeof(mac));
}

static void refill_machine(struct planner_ids *ids,
                           const uint8_t launch_secret[static MASTER_SECRET_SIZE])
{
    char token[REGISTRATION_TOKEN_SIZE];

    random_id(ids->machine, sizeof(ids->machine), "m-");
    draws_registration_token(token, launch_secret, ids->machine);
    pki_sha256(ids->token_hash.data, slice_text(token));
    ids->token_hash.len = sizeof(ids->token_hash.data);
    ids->machine_used = false;
    explicit_bzero(token, sizeof(token));
}

static void refill_secrets(struct planner_ids *ids)
{
    uint8_t secret[16];
    size_t count = ids->secrets[0][0] == '\0' ? FLEET_CHANGE_MAX : ids->secrets_used;

    for (size_t i = 0; i < count; i++) {
        pki_random(secret, sizeof(secret));
        text_base32_encode(ids->secrets[i], secret, sizeof(secret));
    }
    ids->secrets_used = 0;
}

void draws_refill(struct planner_ids *ids, const uint8_t launch_secret[static MASTER_SECRET_SIZE])
{
    if (ids->machine_used || ids->machine[0] == '\0')
        refill_machine(ids, launch_secret);
    if (ids->volume_used || ids->volume[0] == '\0') {
        random_id(ids->volume, sizeof(ids->volume), "v-");
        ids->volume_used = false;
    }
    if (ids->secrets_used > 0 || ids->secrets[0][0] == '\0')
        refill_secrets(ids);
}
