/* Certificate requests from anybody. */
#include "testing.h"

#include "base/memory.h"
#include "pki/pki.h"
#include "requests.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

static void assert_refused(const char *pem, enum error_code code, const char *reason)
{
    struct error err = ERROR_INIT;
    uint8_t fingerprint[PKI_HASH_SIZE];
    assert_int_equal(pki_csr_check(pem, fingerprint, &err), -1);
    if (strstr(err.message, reason) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.message, reason);
    assert_int_equal(err.code, code);
    assert_int_equal(ERR_peek_error(), 0); /* nothing is left for somebody's TLS to stumble over */
}

static void assert_accepted(const char *pem)
{
    struct error err = ERROR_INIT;
    uint8_t fingerprint[PKI_HASH_SIZE];
    if (pki_csr_check(pem, fingerprint, &err) < 0)
        fail_msg("refused: %s", err.message);
    assert_int_equal(ERR_peek_error(), 0);
}

static void own_request_has_the_key_s_fingerprint(void **state)
{
    struct error err = ERROR_INIT;
    uint8_t of_key[PKI_HASH_SIZE], of_request[PKI_HASH_SIZE];
    _cleanup_key_ struct pki_key *key = pki_key_generate();
    _cleanup_free_ char *named = pki_csr_create(key, "m-4k2");
    _cleanup_free_ char *nameless = pki_csr_create(key, NULL);
    pki_key_fingerprint(key, of_key);
    assert_int_equal(pki_csr_check(named, of_request, &err), 0);
    assert_memory_equal(of_key, of_request, sizeof(of_key));
    assert_int_equal(pki_csr_check(nameless, of_request, &err), 0);
    assert_memory_equal(of_key, of_request, sizeof(of_key));
}

static void bad_common_names_are_not_requested(void **state)
{
    _cleanup_key_ struct pki_key *key = pki_key_generate();
    char long_name[66];
    memset(long_name, 'n', sizeof(long_name) - 1);
    long_name[65] = '\0';
    assert_null(pki_csr_create(key, long_name));
    assert_null(pki_csr_create(key, ""));
    assert_null(pki_csr_create(key, "a\nb"));
    assert_null(pki_csr_create(key, "\xff"));
    long_name[64] = '\0';
    _cleanup_free_ char *longest = pki_csr_create(key, long_name);
    assert_non_null(longest);
}

static void kinds_of_keys(void **state)
{
    static const char *const good[] = {"ED25519", "EC:P-256", "EC:P-384", "RSA:2048", "RSA:4096"};
    static const char *const bad[] = {"ED448", "EC:P-521", "EC:secp256k1", "EC:P-224"};
    for (size_t i = 0; i < array_size(good); i++) {
        _cleanup_free_ char *pem = request_of_kind(good[i]);
        assert_accepted(pem);
    }
    for (size_t i = 0; i < array_size(bad); i++) {
        _cleanup_free_ char *pem = request_of_kind(bad[i]);
        assert_refused(pem, ERROR_INVALID, "is not Ed25519, P-256, P-384 or RSA");
    }
}

static void weak_and_huge_rsa(void **state)
{
    _cleanup_free_ char *weak = request_of_kind("RSA:1024");
    assert_refused(weak, ERROR_INVALID, "RSA key of 1024 bits");
    _cleanup_free_ char *almost = request_of_kind("RSA:2047");
    assert_refused(almost, ERROR_INVALID, "RSA key of 2047 bits");
    _cleanup_free_ char *huge = request_of_kind("RSA:4112");
    assert_refused(huge, ERROR_INVALID, "RSA key of 4112 bits");
}

static void curve_that_is_spelt_out(void **state)
{
    EVP_PKEY *key = request_key_explicit_curve();
    X509_REQ *request = request_new(key);
    request_sign(request, key);
    _cleanup_free_ char *pem = request_pem(request);
    assert_refused(pem, ERROR_INVALID, "is not Ed25519");
    X509_REQ_free(request);
    EVP_PKEY_free(key);
}

static void signature_of_another_key(void **state)
{
    EVP_PKEY *key = request_key("ED25519"), *other = request_key("ED25519");
    X509_REQ *request = request_new(key);
    request_sign(request, other);
    _cleanup_free_ char *pem = request_pem(request);
    assert_refused(pem, ERROR_INVALID, "not signed by its own key");
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
}

/* A request whose names were changed after it was signed. */
static void signature_over_other_bytes(void **state)
{
    _cleanup_free_ char *pem = request_of_kind("ED25519");
    BIO *bio = BIO_new_mem_buf(pem, -1);
    unsigned char *der = NULL;
    char *name = NULL, *header = NULL;
    long len = 0;
    assert_int_equal(PEM_read_bio(bio, &name, &header, &der, &len), 1);
    unsigned char *at = memmem(der, (size_t)len, "anything", 8);
    assert_non_null(at);
    at[0] = 'A';
    BIO *out = BIO_new(BIO_s_mem());
    assert_true(PEM_write_bio(out, "CERTIFICATE REQUEST", "", der, len) > 0);
    BIO_write(out, "", 1);
    char *forged = NULL;
    BIO_get_mem_data(out, &forged);
    assert_refused(forged, ERROR_INVALID, "not signed by its own key");
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    BIO_free(bio);
    BIO_free(out);
}

static void garbage(void **state)
{
    assert_refused("", ERROR_INVALID, "not a PEM block");
    assert_refused("hello", ERROR_INVALID, "not a PEM block");
    assert_refused("-----BEGIN CERTIFICATE REQUEST-----", ERROR_INVALID, "not a PEM block");
    assert_refused("-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n",
                   ERROR_INVALID, "not a P");
    assert_refused("-----BEGIN CERTIFICATE REQUEST-----\n!!!!\n-----END CERTIFICATE REQUEST-----\n",
                   ERROR_INVALID, "not a PEM block");
    assert_refused("-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n",
                   ERROR_INVALID, "not a PKCS#10");
}

/* Would ask for a passphrase on the terminal if the header were believed. */
static void encrypted_block(void **state)
{
    assert_refused("-----BEGIN CERTIFICATE REQUEST-----\n"
                   "Proc-Type: 4,ENCRYPTED\n"
                   "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
                   "MAA=\n-----END CERTIFICATE REQUEST-----\n",
                   ERROR_INVALID, "has a header");
}

static void other_label(void **state)
{
    _cleanup_key_ struct pki_key *key = pki_key_generate();
    _cleanup_free_ char *pem = pki_key_to_pem(key);
    assert_refused(pem, ERROR_INVALID, "not a PEM block \"CERTIFICATE REQUEST\"");
}

static void truncated_at_every_byte(void **state)
{
    _cleanup_free_ char *pem = request_of_kind("ED25519");
    size_t len = strlen(pem);
    for (size_t i = 0; i + 1 < len; i++) { /* the last newline may be missing */
        uint8_t fingerprint[PKI_HASH_SIZE];
        _cleanup_free_ char *part = xstrndup(pem, i);
        assert_int_equal(pki_csr_check(part, fingerprint, NULL), -1);
    }
}

static void two_blocks_and_text_around(void **state)
{
    _cleanup_free_ char *pem = request_of_kind("ED25519");
    _cleanup_free_ char *two = xasprintf("%s%s", pem, pem);
    assert_refused(two, ERROR_INVALID, "text after the PEM block");
    _cleanup_free_ char *after = xasprintf("%sx", pem);
    assert_refused(after, ERROR_INVALID, "text after the PEM block");
    _cleanup_free_ char *before = xasprintf("x\n%s", pem);
    assert_refused(before, ERROR_INVALID, "not a PEM block");
    _cleanup_free_ char *spaces = xasprintf("\r\n  %s\r\n\t \n", pem);
    assert_accepted(spaces);
}

static void oversized(void **state)
{
    _cleanup_free_ char *pem = request_of_kind("ED25519");
    _cleanup_free_ char *padded = xasprintf("%s%*s", pem, 16384 - (int)strlen(pem), "");
    assert_accepted(padded);
    _cleanup_free_ char *too_long = xasprintf("%s ", padded);
    assert_refused(too_long, ERROR_LIMIT, "more than 16384 bytes");
}

static void odd_names_are_not_believed(void **state)
{
    EVP_PKEY *key = request_key("EC:P-256");
    X509_REQ *request = request_new(key);
    request_add_name(request, NID_commonName, "evil\0.example", 13);
    request_add_name(request, NID_commonName, "line\nbreak \xe2\x80\xae", -1);
    for (int i = 0; i < 50; i++)
        request_add_name(request, NID_organizationalUnitName, "unit", -1);
    request_ask_for_dns(request, "*.example.com");
    request_sign(request, key);
    _cleanup_free_ char *pem = request_pem(request);
    assert_accepted(pem);

    struct error err = ERROR_INIT;
    const struct pki_names names = {.uri = "spiffe://leat/project/p/build/b"};
    _cleanup_key_ struct pki_key *ca = pki_key_generate();
    _cleanup_free_ char *issued =
        pki_issue(ca, "ca", pem, &names, PKI_USE_CLIENT, INT64_C(1800000000000), 1000, &err);
    assert_non_null(issued);
    BIO *bio = BIO_new_mem_buf(issued, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    assert_int_equal(X509_NAME_entry_count(X509_get_subject_name(certificate)), 0);
    assert_int_equal(X509_check_host(certificate, "a.example.com", 0, 0, NULL), 0);
    assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(certificate), key), 1);
    X509_free(certificate);
    BIO_free(bio);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
}

static void issuing_checks_the_request_too(void **state)
{
    struct error err = ERROR_INIT;
    const struct pki_names names = {.uri = "spiffe://leat/project/p/build/b"};
    _cleanup_key_ struct pki_key *ca = pki_key_generate();
    _cleanup_free_ char *weak = request_of_kind("RSA:1024");
    assert_null(
        pki_issue(ca, "ca", weak, &names, PKI_USE_CLIENT, INT64_C(1800000000000), 1000, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_request_has_the_key_s_fingerprint),
        cmocka_unit_test(bad_common_names_are_not_requested),
        cmocka_unit_test(kinds_of_keys),
        cmocka_unit_test(weak_and_huge_rsa),
        cmocka_unit_test(curve_that_is_spelt_out),
        cmocka_unit_test(signature_of_another_key),
        cmocka_unit_test(signature_over_other_bytes),
        cmocka_unit_test(garbage),
        cmocka_unit_test(encrypted_block),
        cmocka_unit_test(other_label),
        cmocka_unit_test(truncated_at_every_byte),
        cmocka_unit_test(two_blocks_and_text_around),
        cmocka_unit_test(oversized),
        cmocka_unit_test(odd_names_are_not_believed),
        cmocka_unit_test(issuing_checks_the_request_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
