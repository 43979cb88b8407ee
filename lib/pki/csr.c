/* Certificate requests: made by our own programs, checked as coming from anybody. */
#include "pki/internal.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <string.h>

#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 4096 /* verifying costs time that grows with the square of this */

char *pki_csr_create(const struct pki_key *key, const char *common_name)
{
    const struct pki_names names = {.common_name = common_name};
    if (common_name != NULL && pki_names_check(&names, PKI_USE_CLIENT, NULL) < 0)
        return NULL;
    X509_REQ *request __attribute__((cleanup(pki_cleanup_X509_REQ))) = X509_REQ_new();
    bool ok = request != NULL && X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1;
    if (ok && common_name != NULL)
        ok = X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(request), NID_commonName,
                                        MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1,
                                        0) == 1;
    ok = ok && X509_REQ_set_pubkey(request, key->pkey) == 1 &&
         X509_REQ_sign(request, key->pkey, NULL) > 0;
    BIO *bio __attribute__((cleanup(pki_cleanup_BIO))) = BIO_new(BIO_s_mem());
    pki_require(ok && PEM_write_bio_X509_REQ(bio, request) == 1, "make a certificate request");
    return pki_bio_text(bio);
}

/* Curves by name only: Go's crypto/x509 refuses parameters that are spelt out. */
static bool curve_is_accepted(EVP_PKEY *key)
{
    char name[32] = "";
    int spelt_out = 0;
    if (EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) != 1)
        return false;
    EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &spelt_out);
    return spelt_out == 0 && (strcmp(name, "prime256v1") == 0 || strcmp(name, "secp384r1") == 0);
}

static int check_key_kind(EVP_PKEY *key, struct error *err)
{
    int bits = EVP_PKEY_get_bits(key);
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519:
        return 0;
    case EVP_PKEY_EC:
        if (curve_is_accepted(key))
            return 0;
        break;
    case EVP_PKEY_RSA:
        if (bits >= RSA_MIN_BITS && bits <= RSA_MAX_BITS)
            return 0;
        return error_set(err, ERROR_INVALID, "the request has an RSA key of %d bits, not %d to %d",
                         bits, RSA_MIN_BITS, RSA_MAX_BITS);
    default:
        break;
    }
    return error_set(err, ERROR_INVALID, "the request's key is not Ed25519, P-256, P-384 or RSA");
}

/* The fingerprint is over the key as it will stand in certificates; a request that encodes the
 * same key in another way would have another one. */
static bool key_is_canonical(X509_REQ *request, EVP_PKEY *key)
{
    unsigned char *given = NULL, *ours = NULL;
    int given_len = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request), &given);
    int our_len = i2d_PUBKEY(key, &ours);
    bool same = given_len > 0 && given_len == our_len && memcmp(given, ours, (size_t)our_len) == 0;
    OPENSSL_free(given);
    OPENSSL_free(ours);
    return same;
}

static int check_request(X509_REQ *request, struct error *err)
{
    EVP_PKEY *key = X509_REQ_get0_pubkey(request);
    if (key == NULL)
        return pki_error(err, ERROR_INVALID, "the request has no key that can be read");
    if (check_key_kind(key, err) < 0)
        return -1;
    if (!key_is_canonical(request, key))
        return pki_error(err, ERROR_INVALID, "the request encodes its key in an unusual way");
    if (X509_REQ_verify(request, key) != 1)
        return pki_error(err, ERROR_INVALID, "the request is not signed by its own key");
    return 0;
}

X509_REQ *pki_csr_parse(const char *pem, struct error *err)
{
    struct pki_der der __attribute__((cleanup(pki_der_clear))) = {0};
    if (pki_pem_decode(pem, PKI_CSR_MAX, "CERTIFICATE REQUEST", &der, err) < 0)
        return NULL;
    const unsigned char *at = der.data;
    X509_REQ *request = d2i_X509_REQ(NULL, &at, der.len);
    if (request == NULL || at != der.data + der.len)
        pki_error(err, ERROR_INVALID, "not a PKCS#10 certificate request");
    else if (check_request(request, err) == 0)
        return request;
    X509_REQ_free(request);
    return NULL;
}

int pki_csr_check(const char *pem, uint8_t ret_fingerprint[static PKI_HASH_SIZE], struct error *err)
{
    _cleanup_errors_ int errors = 0;
    X509_REQ *request __attribute__((cleanup(pki_cleanup_X509_REQ))) = pki_csr_parse(pem, err);
    if (request == NULL)
        return -1;
    pki_public_key_hash(X509_REQ_get0_pubkey(request), ret_fingerprint);
    return 0;
}
