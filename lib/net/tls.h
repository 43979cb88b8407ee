/* TLS contexts and one check that a server speaks TLS with h2. TLS 1.3, or 1.2 at the least.
 *
 * Certificates and keys are PEM texts in memory; files are the caller's business.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/error.h"
#include "net/loop.h"

#include <stdint.h>

struct tls_context; /* shared by any number of connections, reference counted */

struct tls_server_options {
    const char *certificate_pem; /* leaf first, then intermediates */
    const char *key_pem;
    const char *client_ca_pem; /* NULL: no client certificates are asked for */
    bool require_client_certificate;
};
struct tls_context *tls_server_context(const struct tls_server_options *options, struct error *err);
void tls_context_unref(struct tls_context *context);

/* Connects to address:port, makes one TLS handshake with the server name and the CA, offering
 * ALPN "h2" and the client certificate when given, and closes. `done` is called once with NULL or
 * the error; an ALPN answer other than h2 is ERROR_INVALID (BuildKit older than v0.17). With TLS
 * 1.3 a server refuses a client certificate only after the handshake; the check waits for the
 * first byte that BuildKit sends (its HTTP/2 SETTINGS), so success means accepted. */
struct tls_probe;
typedef void tls_probe_fn(void *arg, const struct error *err);
struct tls_probe_options {
    const char *address; /* numeric */
    uint16_t port;
    const char *server_name;
    const char *ca_pem;
    const char *certificate_pem, *key_pem; /* NULL: none */
    int64_t timeout_ms;
};
struct tls_probe *tls_probe_start(struct loop *loop, const struct tls_probe_options *options,
                                  tls_probe_fn *done, void *arg, struct error *err);
void tls_probe_cancel(struct tls_probe *probe);

#endif
