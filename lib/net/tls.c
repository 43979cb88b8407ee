#include "net/tls.h"

#include "base/memory.h"
#include "net/tls_internal.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>

struct tls_context {
    SSL_CTX *ssl;
    unsigned references;
};

int tls_error(struct error *err, enum error_code code, const char *what)
{
    unsigned long number = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(number);

    ERR_clear_error();
    return error_set(err, code, "%s: %s", what, reason != NULL ? reason : "no reason given");
}

/* The leaf, then the intermediates. */
static int use_certificates(SSL_CTX *ssl, const char *pem, struct error *err)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *leaf = PEM_read_bio_X509(bio, NULL, NULL, NULL), *next;
    int good = leaf != NULL && SSL_CTX_use_certificate(ssl, leaf) == 1;

    while (good && (next = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
        good = SSL_CTX_add0_chain_cert(ssl, next) == 1;
    X509_free(leaf);
    BIO_free(bio);
    if (!good)
        return tls_error(err, ERROR_INVALID, "certificate");
    ERR_clear_error();
    return 0;
}

static int use_key(SSL_CTX *ssl, const char *pem, struct error *err)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    int good = key != NULL && SSL_CTX_use_PrivateKey(ssl, key) == 1 &&
               SSL_CTX_check_private_key(ssl) == 1;

    EVP_PKEY_free(key);
    BIO_free(bio);
    return good ? 0 : tls_error(err, ERROR_INVALID, "private key");
}

static int trust(SSL_CTX *ssl, const char *pem, struct error *err)
{
    X509_STORE *store = SSL_CTX_get_cert_store(ssl);
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *ca;
    int count = 0, good = 1;

    while (good && (ca = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        good = X509_STORE_add_cert(store, ca) == 1;
        X509_free(ca);
        count++;
    }
    BIO_free(bio);
    if (!good || count == 0)
        return tls_error(err, ERROR_INVALID, "CA certificate");
    ERR_clear_error();
    return 0;
}

SSL_CTX *tls_make_ssl_context(const SSL_METHOD *method, const char *certificate_pem,
                              const char *key_pem, const char *ca_pem, struct error *err)
{
    SSL_CTX *ssl = SSL_CTX_new(method);

    if (ssl == NULL) {
        tls_error(err, ERROR_INTERNAL, "TLS context");
        return NULL;
    }
    SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
    SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    if ((certificate_pem != NULL && use_certificates(ssl, certificate_pem, err) < 0) ||
        (key_pem != NULL && use_key(ssl, key_pem, err) < 0) ||
        (ca_pem != NULL && trust(ssl, ca_pem, err) < 0)) {
        SSL_CTX_free(ssl);
        return NULL;
    }
    return ssl;
}

struct tls_context *tls_server_context(const struct tls_server_options *options, struct error *err)
{
    SSL_CTX *ssl = tls_make_ssl_context(TLS_server_method(), options->certificate_pem,
                                        options->key_pem, options->client_ca_pem, err);
    if (ssl == NULL)
        return NULL;
    if (options->client_ca_pem != NULL)
        SSL_CTX_set_verify(ssl,
                           SSL_VERIFY_PEER | (options->require_client_certificate
                                                  ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT
                                                  : 0),
                           NULL);
    struct tls_context *context = xcalloc(1, sizeof(*context));
    context->ssl = ssl;
    context->references = 1;
    return context;
}

SSL_CTX *tls_context_ssl(struct tls_context *context)
{
    return context->ssl;
}

struct tls_context *tls_context_ref(struct tls_context *context)
{
    context->references++;
    return context;
}

void tls_context_unref(struct tls_context *context)
{
    if (context == NULL || --context->references > 0)
        return;
    SSL_CTX_free(context->ssl);
    free(context);
}
