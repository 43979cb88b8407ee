/* Looking at certificates: whose it is, and whether it holds now. */
#include "pki/internal.h"

#include "base/text.h"

#include <openssl/pem.h>
#include <string.h>

int pki_certificate_fingerprint(const char *pem, char ret[static 65], struct error *err)
{
    _cleanup_errors_ int errors = 0;
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    size_t pem_len = strnlen(pem, PKI_BUNDLE_MAX + 1);
    if (pem_len > PKI_BUNDLE_MAX)
        return error_set(err, ERROR_LIMIT, "more than %zu bytes of certificates", PKI_BUNDLE_MAX);
    BIO *bio __attribute__((cleanup(pki_cleanup_BIO))) = BIO_new_mem_buf(pem, (int)pem_len);
    pki_require(bio != NULL, "make a buffer");
    X509 *certificate __attribute__((cleanup(pki_cleanup_X509))) =
        PEM_read_bio_X509(bio, NULL, pki_refuse_passphrase, NULL);
    if (certificate == NULL)
        return pki_error(err, ERROR_INVALID, "no certificate in the text");
    pki_require(X509_digest(certificate, EVP_sha256(), hash, &len) == 1 && len == PKI_HASH_SIZE,
                "hash a certificate");
    text_hex_encode(ret, hash, PKI_HASH_SIZE);
    return 0;
}

static int verify_chain(X509 *certificate, X509 *authority, int64_t now_ms, struct error *err)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    pki_require(store != NULL && context != NULL && X509_STORE_add_cert(store, authority) == 1 &&
                    X509_STORE_CTX_init(context, store, certificate, NULL) == 1,
                "prepare to verify a certificate");
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(param, (time_t)(now_ms / 1000));
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
    int result = 0;
    if (X509_verify_cert(context) != 1)
        result = error_set(err, ERROR_DENIED, "the certificate is not valid: %s",
                           X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return result;
}

int pki_certificate_check(const char *pem, const char *ca_pem, const struct pki_key *key,
                          int64_t now_ms, struct error *err)
{
    _cleanup_errors_ int errors = 0;
    X509 *certificate __attribute__((cleanup(pki_cleanup_X509))) = pki_certificate_parse(pem, err);
    if (certificate == NULL)
        return -1;
    X509 *authority __attribute__((cleanup(pki_cleanup_X509))) = pki_certificate_parse(ca_pem, err);
    if (authority == NULL)
        return error_prefix(err, "certificate authority");
    EVP_PKEY *public_key = X509_get0_pubkey(certificate);
    if (public_key == NULL || EVP_PKEY_eq(public_key, key->pkey) != 1)
        return error_set(err, ERROR_DENIED, "the certificate is for another key");
    return verify_chain(certificate, authority, now_ms, err);
}
