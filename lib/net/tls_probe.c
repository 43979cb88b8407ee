#include "net/tls_internal.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct tls_probe {
    struct loop *loop;
    int fd;
    SSL_CTX *context;
    SSL *ssl;
    struct watch *watch;
    struct timer *limit;
    tls_probe_fn *done;
    void *arg;
    bool handshaken;
};

static void free_probe(struct tls_probe *probe)
{
    watch_free(probe->watch);
    timer_free(probe->limit);
    SSL_free(probe->ssl);
    SSL_CTX_free(probe->context);
    if (probe->fd >= 0)
        close(probe->fd);
    free(probe);
}

static void end_probe(struct tls_probe *probe, const struct error *err)
{
    tls_probe_fn *done = probe->done;
    void *arg = probe->arg;

    free_probe(probe);
    done(arg, err);
}

static bool negotiated_h2(const struct tls_probe *probe)
{
    const unsigned char *protocol = NULL;
    unsigned len = 0;

    SSL_get0_alpn_selected(probe->ssl, &protocol, &len);
    return len == 2 && memcmp(protocol, "h2", 2) == 0;
}

static void advance(void *arg);

static void wait_for(struct tls_probe *probe, unsigned what)
{
    watch_free(probe->watch);
    probe->watch = watch_new(probe->loop, probe->fd, what, advance, probe);
}

/* True when the call is to be repeated once the socket is ready. */
static bool must_wait(struct tls_probe *probe, int result)
{
    int why = SSL_get_error(probe->ssl, result);
    if (why == SSL_ERROR_WANT_READ)
        wait_for(probe, WATCH_READ);
    else if (why == SSL_ERROR_WANT_WRITE)
        wait_for(probe, WATCH_WRITE);
    else
        return false;
    return true;
}

static void fail_handshake(struct tls_probe *probe)
{
    struct error err;
    int failure = 0;
    socklen_t len = sizeof(failure);

    getsockopt(probe->fd, SOL_SOCKET, SO_ERROR, &failure, &len);
    if (failure != 0)
        error_errno(&err, failure, "connecting");
    else if (SSL_get_verify_result(probe->ssl) != X509_V_OK)
        error_set(&err, ERROR_DENIED, "the server's certificate: %s",
                  X509_verify_cert_error_string(SSL_get_verify_result(probe->ssl)));
    else
        tls_error(&err, ERROR_UNAVAILABLE, "TLS handshake");
    ERR_clear_error();
    end_probe(probe, &err);
}

static void advance(void *arg)
{
    struct tls_probe *probe = arg;
    struct error err;
    char byte;

    ERR_clear_error();
    if (!probe->handshaken) {
        int result = SSL_connect(probe->ssl);
        if (result != 1) {
            if (!must_wait(probe, result))
                fail_handshake(probe);
            return;
        }
        probe->handshaken = true;
        if (!negotiated_h2(probe)) {
            error_set(&err, ERROR_INVALID, "the server does not negotiate HTTP/2 over TLS");
            end_probe(probe, &err);
            return;
        }
    }
    int result = SSL_read(probe->ssl, &byte, 1);
    if (result == 1)
        end_probe(probe, NULL);
    else if (!must_wait(probe, result)) {
        tls_error(&err, ERROR_DENIED, "the server closed the connection after the handshake");
        end_probe(probe, &err);
    }
}

static void too_late(void *arg)
{
    struct error err;
    error_set(&err, ERROR_TIMEOUT, "no answer to a TLS handshake in time");
    end_probe(arg, &err);
}

static int connect_socket(const struct tls_probe_options *options, struct error *err)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(options->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(options->port)};
    bool is_v4 = inet_pton(AF_INET, options->address, &v4.sin_addr) == 1;

    if (!is_v4 && inet_pton(AF_INET6, options->address, &v6.sin6_addr) != 1)
        return error_set(err, ERROR_INVALID, "%s is not a numeric address", options->address);
    int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_errno(err, errno, "socket");
    const struct sockaddr *address = is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
    if (connect(fd, address, is_v4 ? sizeof(v4) : sizeof(v6)) < 0 && errno != EINPROGRESS) {
        error_errno(err, errno, "connecting to %s:%u", options->address, options->port);
        close(fd);
        return -1;
    }
    return fd;
}

static int set_up_tls(struct tls_probe *probe, const struct tls_probe_options *options,
                      struct error *err)
{
    static const unsigned char protocols[] = {2, 'h', '2'};

    probe->context = tls_make_ssl_context(TLS_client_method(), options->certificate_pem,
                                          options->key_pem, options->ca_pem, err);
    if (probe->context == NULL)
        return -1;
    SSL_CTX_set_verify(probe->context, SSL_VERIFY_PEER, NULL);
    probe->ssl = SSL_new(probe->context);
    if (probe->ssl == NULL || SSL_set_fd(probe->ssl, probe->fd) != 1 ||
        SSL_set_tlsext_host_name(probe->ssl, options->server_name) != 1 ||
        SSL_set1_host(probe->ssl, options->server_name) != 1 ||
        SSL_set_alpn_protos(probe->ssl, protocols, sizeof(protocols)) != 0)
        return tls_error(err, ERROR_INVALID, "TLS");
    return 0;
}

struct tls_probe *tls_probe_start(struct loop *loop, const struct tls_probe_options *options,
                                  tls_probe_fn *done, void *arg, struct error *err)
{
    struct tls_probe *probe = xcalloc(1, sizeof(*probe));

    probe->loop = loop;
    probe->done = done;
    probe->arg = arg;
    probe->fd = connect_socket(options, err);
    if (probe->fd < 0 || set_up_tls(probe, options, err) < 0) {
        free_probe(probe);
        return NULL;
    }
    probe->limit = timer_new(loop, too_late, probe);
    timer_set(probe->limit, options->timeout_ms);
    wait_for(probe, WATCH_WRITE);
    return probe;
}

void tls_probe_cancel(struct tls_probe *probe)
{
    if (probe != NULL)
        free_probe(probe);
}
