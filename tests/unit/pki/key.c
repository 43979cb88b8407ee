/* Key pairs and tokens. */
#include "testing.h"

#include "base/memory.h"
#include "base/text.h"
#include "pki/pki.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

static void seeds_give_the_keys_of_rfc_8032(void **state)
{
    /* Section 7.1, test 1; the fingerprint is over the 12 bytes that RFC 8410 puts before it. */
    static const uint8_t seed[PKI_SEED_SIZE] = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60,
                                                0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
                                                0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19,
                                                0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
    static const uint8_t info[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21,
                                   0x00, /* header */
                                   0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe,
                                   0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
                                   0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};
    uint8_t expected[PKI_HASH_SIZE], fingerprint[PKI_HASH_SIZE];
    _cleanup_key_ struct pki_key *key = pki_key_from_seed(seed);
    pki_key_fingerprint(key, fingerprint);
    pki_sha256(expected, slice_of(info, sizeof(info)));
    assert_memory_equal(fingerprint, expected, sizeof(expected));
}

static void pem_and_back(void **state)
{
    struct error err = ERROR_INIT;
    uint8_t a[PKI_HASH_SIZE], b[PKI_HASH_SIZE];
    _cleanup_key_ struct pki_key *key = pki_key_generate();
    _cleanup_free_ char *pem = pki_key_to_pem(key);
    _cleanup_key_ struct pki_key *read = pki_key_from_pem(pem, &err);
    assert_non_null(read);
    pki_key_fingerprint(key, a);
    pki_key_fingerprint(read, b);
    assert_memory_equal(a, b, sizeof(a));
    assert_non_null(strstr(pem, "-----BEGIN PRIVATE KEY-----\n"));
}

static void keys_differ(void **state)
{
    uint8_t a[PKI_HASH_SIZE], b[PKI_HASH_SIZE];
    _cleanup_key_ struct pki_key *one = pki_key_generate();
    _cleanup_key_ struct pki_key *two = pki_key_generate();
    pki_key_fingerprint(one, a);
    pki_key_fingerprint(two, b);
    assert_memory_not_equal(a, b, sizeof(a));
}

static void assert_no_key(const char *pem, const char *reason)
{
    struct error err = ERROR_INIT;
    assert_null(pki_key_from_pem(pem, &err));
    if (strstr(err.message, reason) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.message, reason);
    assert_int_equal(ERR_peek_error(), 0);
}

static char *write_key(const char *kind, const EVP_CIPHER *cipher)
{
    EVP_PKEY *key =
        strcmp(kind, "RSA") == 0 ? EVP_RSA_gen(2048) : EVP_PKEY_Q_keygen(NULL, NULL, kind);
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    assert_int_equal(
        PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, "pass", cipher ? 4 : 0, NULL, NULL), 1);
    long len = BIO_get_mem_data(bio, &data);
    char *pem = strndup(data, (size_t)len);
    BIO_free(bio);
    EVP_PKEY_free(key);
    return pem;
}

static void other_keys_are_refused(void **state)
{
    _cleanup_free_ char *rsa = write_key("RSA", NULL);
    assert_no_key(rsa, "not an Ed25519 key");
    _cleanup_free_ char *exchange = write_key("X25519", NULL);
    assert_no_key(exchange, "not an Ed25519 key");
    _cleanup_free_ char *encrypted = write_key("ED25519", EVP_aes_128_cbc());
    assert_no_key(encrypted, "not a PEM block");
}

static void bad_texts_are_refused(void **state)
{
    _cleanup_key_ struct pki_key *key = pki_key_generate();
    _cleanup_free_ char *pem = pki_key_to_pem(key);
    _cleanup_free_ char *two = xasprintf("%s%s", pem, pem);
    _cleanup_free_ char *large = xasprintf("%s%*s", pem, 20000, "");
    assert_no_key("", "not a PEM block");
    assert_no_key("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n", "not a PKCS#8");
    assert_no_key(two, "text after");
    assert_no_key(large, "more than 16384 bytes");
    pem[40] = pem[40] == 'A' ? 'B' : 'A';
    assert_no_key(pem, "not a");
}

static void freeing_nothing(void **state)
{
    struct pki_key *none = NULL;
    pki_key_free(NULL);
    pki_key_free_pointer(&none);
}

static void tokens(void **state)
{
    char a[PKI_TOKEN_SIZE], b[PKI_TOKEN_SIZE], bare[PKI_TOKEN_SIZE], longest[PKI_TOKEN_SIZE];
    pki_token_generate(a, "leat_");
    pki_token_generate(b, "leat_");
    pki_token_generate(bare, "");
    pki_token_generate(longest, "123456789012345");
    assert_true(text_starts_with(a, "leat_"));
    assert_string_not_equal(a, b);
    assert_int_equal(strlen(a), 5 + 32);
    assert_int_equal(strspn(bare, "0123456789abcdefghijklmnopqrstuv"), 32);
    assert_int_equal(strlen(longest), PKI_TOKEN_SIZE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_give_the_keys_of_rfc_8032),
        cmocka_unit_test(pem_and_back),
        cmocka_unit_test(keys_differ),
        cmocka_unit_test(other_keys_are_refused),
        cmocka_unit_test(bad_texts_are_refused),
        cmocka_unit_test(freeing_nothing),
        cmocka_unit_test(tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
