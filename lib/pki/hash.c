/* Randomness, hashes and key derivation. */
#include "pki/internal.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

void pki_random(void *out, size_t len)
{
    pki_require(RAND_bytes_ex(NULL, out, len, 0) == 1, "make random bytes");
}

/* OpenSSL takes a NULL key or input for "not given" even when its length is 0. */
static const void *not_null(struct slice slice)
{
    return slice.len > 0 ? (const void *)slice.data : "";
}

void pki_sha256(uint8_t out[static PKI_HASH_SIZE], struct slice data)
{
    size_t len = 0;
    int ok = EVP_Q_digest(NULL, "SHA256", NULL, not_null(data), data.len, out, &len);
    pki_require(ok == 1 && len == PKI_HASH_SIZE, "compute SHA-256");
}

void pki_hmac_sha256(uint8_t out[static PKI_HASH_SIZE], struct slice key, struct slice data)
{
    size_t len = 0;
    unsigned char *mac = EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, not_null(key), key.len,
                                   not_null(data), data.len, out, PKI_HASH_SIZE, &len);
    pki_require(mac != NULL && len == PKI_HASH_SIZE, "compute HMAC-SHA256");
}

void pki_hkdf(void *out, size_t len, struct slice secret, struct slice salt, struct slice info)
{
    OSSL_PARAM params[5] = {0};
    size_t count = 0;
    char digest[] = "SHA256";
    params[count++] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
    params[count++] =
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret.data, secret.len);
    if (salt.len > 0)
        params[count++] =
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt.data, salt.len);
    if (info.len > 0)
        params[count++] =
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info.data, info.len);
    params[count] = OSSL_PARAM_construct_end();
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    pki_require(context != NULL && EVP_KDF_derive(context, out, len, params) == 1,
                "derive a key with HKDF");
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}

void pki_hkdf_sha256(void *out, size_t len, struct slice secret, const char *info)
{
    pki_hkdf(out, len, secret, slice_of(NULL, 0), slice_text(info));
}

bool pki_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}
