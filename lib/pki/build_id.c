/* Build ids that prove they were issued; build_id.h says how they are made. */
#include "pki/build_id.h"

#include "base/text.h"
#include "pki/pki.h"

#include <string.h>

#define TIME_BYTES   6
#define RANDOM_BYTES 6
#define MAC_BYTES    5
#define SIGNED_BYTES (TIME_BYTES + RANDOM_BYTES)

static void compute_mac(uint8_t out[static MAC_BYTES], const uint8_t *id, struct slice mac_key)
{
    uint8_t mac[PKI_HASH_SIZE];
    pki_hmac_sha256(mac, mac_key, slice_of(id, SIGNED_BYTES));
    memcpy(out, mac, MAC_BYTES);
}

void build_id_issue(char out[static BUILD_ID_SIZE], struct slice mac_key, int64_t now_ms)
{
    uint8_t id[SIGNED_BYTES + MAC_BYTES];
    for (int i = 0; i < TIME_BYTES; i++) /* big-endian, so that ids sort by time */
        id[i] = (uint8_t)((uint64_t)now_ms >> (8 * (TIME_BYTES - 1 - i)));
    pki_random(id + TIME_BYTES, RANDOM_BYTES);
    compute_mac(id + SIGNED_BYTES, id, mac_key);
    out[0] = 'b';
    text_base32_encode(out + 1, id, sizeof(id));
}

bool build_id_verify(const char *id, struct slice mac_key, int64_t *ret_issued_ms)
{
    uint8_t bytes[SIGNED_BYTES + MAC_BYTES], mac[MAC_BYTES];
    if (strnlen(id, BUILD_ID_SIZE) != BUILD_ID_SIZE - 1 || id[0] != 'b' ||
        !text_base32_decode(bytes, sizeof(bytes), id + 1))
        return false;
    compute_mac(mac, bytes, mac_key);
    if (!pki_equal(mac, bytes + SIGNED_BYTES, MAC_BYTES))
        return false;
    int64_t issued = 0;
    for (int i = 0; i < TIME_BYTES; i++)
        issued = issued << 8 | bytes[i];
    if (ret_issued_ms != NULL)
        *ret_issued_ms = issued;
    return true;
}
