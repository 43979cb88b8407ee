/* PEM texts from outside: one block, nothing around it, bounded. */
#include "pki/internal.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#define SPACE " \t\r\n"

void pki_der_clear(struct pki_der *der)
{
    OPENSSL_clear_free(der->data, der->len > 0 ? (size_t)der->len : 0);
    *der = (struct pki_der){0};
}

/* What is left in the BIO after the block. */
static bool only_space_left(BIO *bio)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);
    for (long i = 0; i < len; i++)
        if (strchr(SPACE, data[i]) == NULL || data[i] == '\0')
            return false;
    return true;
}

/* PEM_read_bio() would skip any text before the block, and other people's tools would read other
 * blocks than we do: so the block must come first. */
static bool begins_with_label(const char *text, const char *label)
{
    char first_line[64];
    int len = snprintf(first_line, sizeof(first_line), "-----BEGIN %s-----", label);
    return strncmp(text, first_line, (size_t)len) == 0;
}

static int decode_block(BIO *bio, const char *label, struct pki_der *ret, struct error *err)
{
    char *name = NULL, *header = NULL;
    struct pki_der der = {0};
    int result = 0;
    if (PEM_read_bio(bio, &name, &header, &der.data, &der.len) != 1)
        result = pki_error(err, ERROR_INVALID, "not a PEM block \"%s\"", label);
    else if (strcmp(name, label) != 0 || header[0] != '\0')
        result = error_set(err, ERROR_INVALID, "the PEM block \"%s\" has a header", label);
    else if (!only_space_left(bio))
        result = error_set(err, ERROR_INVALID, "text after the PEM block \"%s\"", label);
    OPENSSL_free(name);
    OPENSSL_free(header);
    if (result == 0)
        *ret = der;
    else
        pki_der_clear(&der);
    return result;
}

int pki_pem_decode(const char *pem, size_t max, const char *label, struct pki_der *ret,
                   struct error *err)
{
    size_t len = strnlen(pem, max + 1);
    if (len > max)
        return error_set(err, ERROR_LIMIT, "a PEM block \"%s\" of more than %zu bytes", label, max);
    const char *text = pem + strspn(pem, SPACE);
    if (!begins_with_label(text, label))
        return error_set(err, ERROR_INVALID, "not a PEM block \"%s\"", label);
    BIO *bio __attribute__((cleanup(pki_cleanup_BIO))) =
        BIO_new_mem_buf(text, (int)(len - (size_t)(text - pem)));
    pki_require(bio != NULL, "make a buffer");
    return decode_block(bio, label, ret, err);
}

X509 *pki_certificate_parse(const char *pem, struct error *err)
{
    struct pki_der der __attribute__((cleanup(pki_der_clear))) = {0};
    if (pki_pem_decode(pem, PKI_CERTIFICATE_MAX, "CERTIFICATE", &der, err) < 0)
        return NULL;
    const unsigned char *at = der.data;
    X509 *certificate = d2i_X509(NULL, &at, der.len);
    if (certificate != NULL && at == der.data + der.len)
        return certificate;
    X509_free(certificate);
    pki_error(err, ERROR_INVALID, "not an X.509 certificate");
    return NULL;
}
