/* How failures of OpenSSL are reported, and memory BIOs. */
#include "pki/internal.h"

#include "base/log.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>

void pki_require(bool ok, const char *what)
{
    if (ok)
        return;
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    log_error("OpenSSL cannot %s: %s", what, reason != NULL ? reason : "no reason given");
    abort();
}

void pki_errors_clear(int *unused)
{
    (void)unused;
    ERR_clear_error();
}

int pki_error(struct error *err, enum error_code code, const char *format, ...)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    char message[200];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    if (reason != NULL)
        error_set(err, code, "%s: %s", message, reason);
    else
        error_set(err, code, "%s", message);
    ERR_clear_error();
    return -1;
}

char *pki_bio_text(BIO *bio)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);
    pki_require(len > 0, "write PEM");
    return xstrndup(data, (size_t)len);
}

/* Without a callback OpenSSL would ask for a passphrase on the terminal. */
int pki_refuse_passphrase(char *buffer, int size, int writing, void *arg)
{
    (void)buffer, (void)size, (void)writing, (void)arg;
    return -1;
}
