/* Certificate requests as other programs may make them. */
#include "testing.h"

#include "requests.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

EVP_PKEY *request_key(const char *kind)
{
    EVP_PKEY *key = NULL;
    if (strncmp(kind, "RSA:", 4) == 0)
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)atoi(kind + 4));
    else if (strncmp(kind, "EC:", 3) == 0)
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind + 3);
    else
        key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
    assert_non_null(key);
    return key;
}

EVP_PKEY *request_key_explicit_curve(void)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_group_name(context, "P-256"), 1);
    assert_int_equal(EVP_PKEY_CTX_set_ec_param_enc(context, OPENSSL_EC_EXPLICIT_CURVE), 1);
    assert_int_equal(EVP_PKEY_generate(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

X509_REQ *request_new(EVP_PKEY *key)
{
    X509_REQ *request = X509_REQ_new();
    assert_non_null(request);
    assert_int_equal(X509_REQ_set_pubkey(request, key), 1);
    return request;
}

void request_add_name(X509_REQ *request, int nid, const char *value, int len)
{
    X509_NAME *name = X509_REQ_get_subject_name(request);
    assert_int_equal(X509_NAME_add_entry_by_NID(name, nid, V_ASN1_UTF8STRING,
                                                (const unsigned char *)value, len, -1, 0),
                     1);
}

void request_ask_for_dns(X509_REQ *request, const char *name)
{
    STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
    char value[300] = "DNS:";
    strncat(value, name, sizeof(value) - 5);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, value);
    assert_non_null(extension);
    sk_X509_EXTENSION_push(extensions, extension);
    assert_int_equal(X509_REQ_add_extensions(request, extensions), 1);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}

void request_sign(X509_REQ *request, EVP_PKEY *key)
{
    bool own_digest = EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448");
    assert_true(X509_REQ_sign(request, key, own_digest ? NULL : EVP_sha256()) > 0);
}

char *request_pem(X509_REQ *request)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    assert_int_equal(PEM_write_bio_X509_REQ(bio, request), 1);
    long len = BIO_get_mem_data(bio, &data);
    char *text = strndup(data, (size_t)len);
    BIO_free(bio);
    return text;
}

char *request_of_kind(const char *kind)
{
    EVP_PKEY *key = request_key(kind);
    X509_REQ *request = request_new(key);
    request_add_name(request, NID_commonName, "anything", -1);
    request_sign(request, key);
    char *pem = request_pem(request);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    return pem;
}
