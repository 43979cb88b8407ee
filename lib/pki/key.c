/* Key pairs. */
#include "pki/internal.h"

#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

static struct pki_key *key_wrap(EVP_PKEY *pkey)
{
    struct pki_key *key = xcalloc(1, sizeof(*key));
    key->pkey = pkey;
    return key;
}

struct pki_key *pki_key_generate(void)
{
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    pki_require(pkey != NULL, "generate a key");
    return key_wrap(pkey);
}

struct pki_key *pki_key_from_seed(const uint8_t seed[static PKI_SEED_SIZE])
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, seed, PKI_SEED_SIZE);
    pki_require(pkey != NULL, "make a key from its seed");
    return key_wrap(pkey);
}

static EVP_PKEY *decode_pkcs8(const struct pki_der *der)
{
    const unsigned char *at = der->data;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, der->len);
    EVP_PKEY *pkey = NULL;
    if (info != NULL && at == der->data + der->len)
        pkey = EVP_PKCS82PKEY(info);
    PKCS8_PRIV_KEY_INFO_free(info);
    return pkey;
}

struct pki_key *pki_key_from_pem(const char *pem, struct error *err)
{
    _cleanup_errors_ int errors = 0;
    struct pki_der der __attribute__((cleanup(pki_der_clear))) = {0};
    if (pki_pem_decode(pem, PKI_KEY_MAX, "PRIVATE KEY", &der, err) < 0)
        return NULL;
    EVP_PKEY *pkey = decode_pkcs8(&der);
    if (pkey != NULL && EVP_PKEY_is_a(pkey, "ED25519"))
        return key_wrap(pkey);
    if (pkey == NULL)
        pki_error(err, ERROR_INVALID, "not a PKCS#8 private key");
    else
        error_set(err, ERROR_INVALID, "the private key is not an Ed25519 key");
    EVP_PKEY_free(pkey);
    return NULL;
}

char *pki_key_to_pem(const struct pki_key *key)
{
    BIO *bio __attribute__((cleanup(pki_cleanup_BIO))) = BIO_new(BIO_s_mem());
    int ok = PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL);
    pki_require(ok == 1, "write a private key");
    return pki_bio_text(bio);
}

void pki_public_key_hash(EVP_PKEY *key, uint8_t out[static PKI_HASH_SIZE])
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    pki_require(len > 0, "encode a public key");
    pki_sha256(out, slice_of(der, (size_t)len));
    OPENSSL_free(der);
}

void pki_key_fingerprint(const struct pki_key *key, uint8_t out[static PKI_HASH_SIZE])
{
    pki_public_key_hash(key->pkey, out);
}

void pki_key_free(struct pki_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey); /* clears the private half */
    free(key);
}

void pki_key_free_pointer(struct pki_key **key)
{
    pki_key_free(*key);
    *key = NULL;
}
