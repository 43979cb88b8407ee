/* What the files of lib/pki share: OpenSSL types stay behind this header. */
#ifndef PKI_INTERNAL_H
#define PKI_INTERNAL_H

#include "base/memory.h"
#include "pki/pki.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

struct pki_key {
    EVP_PKEY *pkey;
};

#define PKI_CSR_MAX         ((size_t)16 << 10)
#define PKI_KEY_MAX         ((size_t)16 << 10)
#define PKI_CERTIFICATE_MAX ((size_t)64 << 10)
#define PKI_BUNDLE_MAX      ((size_t)1 << 20)
#define PKI_KEY_ID_SIZE     20
#define PKI_NAME_MAX        64 /* ub-common-name, RFC 5280 appendix A.1 */

/* Aborts: for calls on our own data that fail only when OpenSSL itself is broken. */
void pki_require(bool ok, const char *what);
/* As error_set; appends OpenSSL's reason when there is one, and empties its queue, since a stale
 * entry there would be taken for the failure of somebody's later TLS call. */
int pki_error(struct error *err, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* `_cleanup_errors_ int errors = 0;` empties OpenSSL's queue at the end of the scope: parsers leave
 * entries there even when they succeed. */
#define _cleanup_errors_ __attribute__((cleanup(pki_errors_clear), unused))
void pki_errors_clear(int *unused);

/* HKDF with everything RFC 5869 has. */
void pki_hkdf(void *out, size_t len, struct slice secret, struct slice salt, struct slice info);

/* The DER bytes of a text that is one PEM block of this label and nothing else. */
struct pki_der {
    unsigned char *data;
    long len;
};
void pki_der_clear(struct pki_der *der); /* wipes: it may be a private key */
int pki_pem_decode(const char *pem, size_t max, const char *label, struct pki_der *ret,
                   struct error *err);
X509 *pki_certificate_parse(const char *pem, struct error *err);
X509_REQ *pki_csr_parse(const char *pem, struct error *err); /* checked as pki_csr_check() says */
char *pki_bio_text(BIO *bio);                                /* a copy of a memory BIO */
int pki_refuse_passphrase(char *buffer, int size, int writing, void *arg);

/* SHA-256 over the DER of the SubjectPublicKeyInfo. */
void pki_public_key_hash(EVP_PKEY *key, uint8_t out[static PKI_HASH_SIZE]);

/* Names that clients in Go and OpenSSL accept; see names.c for the rules. */
int pki_names_check(const struct pki_names *names, enum pki_use use, struct error *err);

void pki_add_basic_constraints(X509 *certificate, bool authority);
void pki_add_key_usage(X509 *certificate, const int *bits, size_t count);
void pki_add_extended_usage(X509 *certificate, enum pki_use use);
void pki_add_key_ids(X509 *certificate, EVP_PKEY *subject, EVP_PKEY *issuer);
void pki_add_names(X509 *certificate, const struct pki_names *names);

#define PKI_DEFINE_CLEANUP(type, free_function)                                                    \
    static inline void pki_cleanup_##type(type **pointer)                                          \
    {                                                                                              \
        free_function(*pointer);                                                                   \
    }
PKI_DEFINE_CLEANUP(X509, X509_free)
PKI_DEFINE_CLEANUP(X509_REQ, X509_REQ_free)
PKI_DEFINE_CLEANUP(BIO, BIO_free_all)
PKI_DEFINE_CLEANUP(EVP_PKEY, EVP_PKEY_free)

#endif
