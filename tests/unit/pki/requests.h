/* Certificate requests as other programs may make them, bad ones too. */
#ifndef TESTS_PKI_REQUESTS_H
#define TESTS_PKI_REQUESTS_H

#include <openssl/evp.h>
#include <openssl/x509.h>

EVP_PKEY *request_key(const char *kind); /* "ED25519", "RSA:1024", "EC:P-521", ... */
EVP_PKEY *request_key_explicit_curve(void);

X509_REQ *request_new(EVP_PKEY *key);
/* One subject entry of raw bytes, which may hold anything. */
void request_add_name(X509_REQ *request, int nid, const char *value, int len);
void request_ask_for_dns(X509_REQ *request, const char *name); /* a subjectAltName */
void request_sign(X509_REQ *request, EVP_PKEY *key);
char *request_pem(X509_REQ *request); /* the caller frees */

/* All at once, signed by the key itself. */
char *request_of_kind(const char *kind);

#endif
