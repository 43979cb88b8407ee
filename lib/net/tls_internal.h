/* What lib/net's own files share of TLS: OpenSSL's types stay inside. */
#ifndef NET_TLS_INTERNAL_H
#define NET_TLS_INTERNAL_H

#include "net/tls.h"

#include <openssl/ssl.h>

SSL_CTX *tls_context_ssl(struct tls_context *context);
struct tls_context *tls_context_ref(struct tls_context *context);

/* TLS 1.2 at the least, certificate, key and CAs from PEM; NULLs are left out. Owned by the caller. */
SSL_CTX *tls_make_ssl_context(const SSL_METHOD *method, const char *certificate_pem,
                              const char *key_pem, const char *ca_pem, struct error *err);
/* The reason of the last OpenSSL failure of this thread; empties its queue. */
int tls_error(struct error *err, enum error_code code, const char *what);

#endif
