/* A certificate request from anybody: whatever is accepted must give a certificate that holds. */
#include "fuzz.h"

#include "base/memory.h"
#include "pki/pki.h"
#include "pki_pem.h"

#include <openssl/err.h>
#include <stdlib.h>

#define NOW INT64_C(1800000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[PKI_SEED_SIZE] = {7};
    const struct pki_names names = {.uri = "spiffe://leat/project/p/build/b"};
    uint8_t fingerprint[PKI_HASH_SIZE];
    struct error err = ERROR_INIT;
    _cleanup_free_ char *pem = fuzz_pem("CERTIFICATE REQUEST", data, size);
    _cleanup_key_ struct pki_key *ca = pki_key_from_seed(seed);
    int accepted = pki_csr_check(pem, fingerprint, &err) == 0;
    _cleanup_free_ char *issued = pki_issue(ca, "ca", pem, &names, PKI_USE_CLIENT, NOW, 1000, NULL);
    char text[65];
    if (accepted != (issued != NULL) || ERR_peek_error() != 0)
        abort();
    if (accepted && pki_certificate_fingerprint(issued, text, &err) < 0)
        abort();
    if (!accepted && (err.code == ERROR_NONE || err.message[0] == '\0'))
        abort();
    return 0;
}
