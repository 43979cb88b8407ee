/* A certificate that came over the wire: nothing that a fuzzer makes is ours. */
#include "fuzz.h"

#include "base/memory.h"
#include "pki/pki.h"
#include "pki_pem.h"

#include <openssl/err.h>
#include <stdlib.h>

#define NOW INT64_C(1800000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t ca_seed[PKI_SEED_SIZE] = {7}, seed[PKI_SEED_SIZE] = {8};
    char text[65];
    struct error err = ERROR_INIT;
    _cleanup_key_ struct pki_key *ca = pki_key_from_seed(ca_seed);
    _cleanup_key_ struct pki_key *key = pki_key_from_seed(seed);
    _cleanup_free_ char *ca_pem = pki_ca_certificate(ca, "ca");
    _cleanup_free_ char *pem = fuzz_pem("CERTIFICATE", data, size);
    if (pki_certificate_check(pem, ca_pem, key, NOW, &err) == 0)
        abort();
    pki_certificate_check(ca_pem, pem, ca, NOW, NULL);
    pki_certificate_fingerprint(pem, text, NULL);
    if (ERR_peek_error() != 0)
        abort();
    return 0;
}
