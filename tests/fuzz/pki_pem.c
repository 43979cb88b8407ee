/* PEM out of bytes of a fuzzer. */
#include "pki_pem.h"

#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

static char *copy(const void *data, size_t size)
{
    char *text = calloc(1, size + 1);
    if (text == NULL)
        abort();
    memcpy(text, data, size);
    return text;
}

char *fuzz_pem(const char *label, const uint8_t *data, size_t size)
{
    if (size == 0 || data[0] == '-' || data[0] == ' ')
        return size == 0 ? copy("", 0) : copy(data, size);
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem = NULL;
    if (bio == NULL || PEM_write_bio(bio, label, "", data, (long)size) <= 0)
        abort();
    long len = BIO_get_mem_data(bio, &pem);
    char *text = copy(pem, (size_t)len);
    BIO_free(bio);
    return text;
}
