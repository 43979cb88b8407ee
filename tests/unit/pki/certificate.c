/* Certificates: form, chain, time, key. */
#include "testing.h"

#include "base/memory.h"
#include "pki/pki.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOW    INT64_C(1800000000000)
#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define YEAR   (8766 * HOUR)

struct fixture {
    struct pki_key *ca, *key;
    char *ca_pem, *server, *client;
};

static int setup(void **state)
{
    const char *const dns[] = {"*.m-x.leat", NULL};
    struct fixture *f = xcalloc(1, sizeof(*f));
    f->ca = pki_key_generate();
    f->key = pki_key_generate();
    f->ca_pem = pki_ca_certificate(f->ca, "test CA");
    f->server = pki_issue_for_key(f->ca, "test CA", f->key, &(struct pki_names){.dns = dns},
                                  PKI_USE_SERVER, NOW, HOUR);
    f->client = pki_issue_for_key(f->ca, "test CA", f->key,
                                  &(struct pki_names){.uri = "spiffe://leat/project/p/build/b"},
                                  PKI_USE_CLIENT, NOW, HOUR);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    pki_key_free(f->ca);
    pki_key_free(f->key);
    free(f->ca_pem);
    free(f->server);
    free(f->client);
    free(f);
    return 0;
}

static X509 *read_certificate(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    assert_non_null(certificate);
    BIO_free(bio);
    return certificate;
}

static void assert_check(const struct fixture *f, const char *pem, int64_t now, const char *reason)
{
    struct error err = ERROR_INIT;
    int result = pki_certificate_check(pem, f->ca_pem, f->key, now, &err);
    if (reason == NULL && result < 0)
        fail_msg("refused: %s", err.message);
    if (reason != NULL && (result == 0 || strstr(err.message, reason) == NULL))
        fail_msg("\"%s\" instead of \"%s\"", err.message, reason);
    assert_int_equal(ERR_peek_error(), 0);
}

static void valid_from_five_minutes_ago_to_its_end(void **state)
{
    const struct fixture *f = *state;
    assert_check(f, f->server, NOW, NULL);
    assert_check(f, f->client, NOW, NULL);
    assert_check(f, f->server, NOW - 5 * MINUTE, NULL);
    assert_check(f, f->server, NOW - 5 * MINUTE - 1000, "not yet valid");
    assert_check(f, f->server, NOW + HOUR - 1000, NULL);
    assert_check(f, f->server, NOW + HOUR, "expired");
}

static void another_authority(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    _cleanup_key_ struct pki_key *other = pki_key_generate();
    _cleanup_free_ char *other_pem = pki_ca_certificate(other, "other CA");
    _cleanup_free_ char *namesake = pki_ca_certificate(other, "test CA");
    assert_int_equal(pki_certificate_check(f->server, other_pem, f->key, NOW, &err), -1);
    assert_int_equal(err.code, ERROR_DENIED);
    assert_int_equal(pki_certificate_check(f->server, namesake, f->key, NOW, &err), -1);
    assert_int_equal(err.code, ERROR_DENIED);
}

static void another_key(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    _cleanup_key_ struct pki_key *other = pki_key_generate();
    assert_int_equal(pki_certificate_check(f->server, f->ca_pem, other, NOW, &err), -1);
    assert_string_equal(err.message, "the certificate is for another key");
}

static void only_one_certificate(void **state)
{
    const struct fixture *f = *state;
    struct error err = ERROR_INIT;
    _cleanup_free_ char *chain = xasprintf("%s%s", f->server, f->ca_pem);
    assert_check(f, chain, NOW, "text after the PEM block");
    assert_check(f, "", NOW, "not a PEM block");
    assert_check(f, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", NOW,
                 "not an X.509 certificate");
    assert_int_equal(pki_certificate_check(f->server, "x", f->key, NOW, &err), -1);
    assert_non_null(strstr(err.message, "certificate authority: "));
}

/* A leaf must not pass for an authority. */
static void a_leaf_signs_nothing(void **state)
{
    const struct fixture *f = *state;
    struct error err = ERROR_INIT;
    _cleanup_key_ struct pki_key *other = pki_key_generate();
    _cleanup_free_ char *below = pki_issue_for_key(
        f->key, "test CA", other, &(struct pki_names){.uri = "spiffe://leat/project/q/build/b"},
        PKI_USE_CLIENT, NOW, HOUR);
    assert_int_equal(pki_certificate_check(below, f->ca_pem, other, NOW, &err), -1);
    assert_int_equal(pki_certificate_check(below, f->client, other, NOW, &err), -1);
}

static void authority_is_the_same_each_time(void **state)
{
    const struct fixture *f = *state;
    _cleanup_free_ char *again = pki_ca_certificate(f->ca, "test CA");
    _cleanup_free_ char *renamed = pki_ca_certificate(f->ca, "test CB");
    assert_string_equal(again, f->ca_pem);
    assert_string_not_equal(renamed, f->ca_pem);
}

static void assert_time(const ASN1_TIME *at, const char *expected)
{
    struct tm tm;
    char text[32];
    assert_int_equal(ASN1_TIME_to_tm(at, &tm), 1);
    strftime(text, sizeof(text), "%FT%TZ", &tm);
    assert_string_equal(text, expected);
}

static void form_of_an_authority(void **state)
{
    const struct fixture *f = *state;
    X509 *ca = read_certificate(f->ca_pem);
    assert_int_equal(X509_get_version(ca), X509_VERSION_3);
    assert_time(X509_get0_notBefore(ca), "2020-01-01T00:00:00Z");
    assert_time(X509_get0_notAfter(ca), "2119-12-31T23:59:59Z");
    assert_true(X509_check_ca(ca) == 1);
    assert_int_equal(X509_get_pathlen(ca), 0);
    assert_int_equal(X509_get_key_usage(ca), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    assert_non_null(X509_get0_subject_key_id(ca));
    assert_int_equal(X509_verify(ca, X509_get0_pubkey(ca)), 1);
    X509_free(ca);
}

static void assert_leaf(const char *pem, uint32_t extended_usage)
{
    X509 *leaf = read_certificate(pem);
    int critical = 0;
    BASIC_CONSTRAINTS *constraints = X509_get_ext_d2i(leaf, NID_basic_constraints, &critical, NULL);
    assert_non_null(constraints);
    assert_int_equal(critical, 1);
    assert_int_equal(constraints->ca, 0);
    BASIC_CONSTRAINTS_free(constraints);
    assert_int_equal(X509_get_version(leaf), X509_VERSION_3);
    assert_int_equal(X509_get_key_usage(leaf), KU_DIGITAL_SIGNATURE);
    assert_int_equal(X509_get_extended_key_usage(leaf), extended_usage);
    assert_int_equal(X509_get_signature_nid(leaf), NID_ED25519);
    assert_non_null(X509_get0_subject_key_id(leaf));
    assert_non_null(X509_get0_authority_key_id(leaf));
    X509_free(leaf);
}

static void form_of_leaves(void **state)
{
    const struct fixture *f = *state;
    assert_leaf(f->server, XKU_SSL_SERVER);
    assert_leaf(f->client, XKU_SSL_CLIENT);
}

static void serials_are_positive_and_random(void **state)
{
    const struct fixture *f = *state;
    X509 *a = read_certificate(f->server), *b = read_certificate(f->client);
    const ASN1_INTEGER *serial = X509_get0_serialNumber(a);
    assert_int_not_equal(ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(b)), 0);
    assert_int_equal(ASN1_STRING_type(serial), V_ASN1_INTEGER); /* not V_ASN1_NEG_INTEGER */
    assert_int_equal(ASN1_STRING_length(serial), 16);
    X509_free(a);
    X509_free(b);
}

static int64_t try_times(const struct fixture *f, int64_t now, int64_t lifetime)
{
    const struct pki_names names = {.uri = "spiffe://leat/x"};
    _cleanup_free_ char *pem =
        pki_issue_for_key(f->ca, "test CA", f->key, &names, PKI_USE_CLIENT, now, lifetime);
    if (pem == NULL)
        return -1;
    X509 *certificate = read_certificate(pem);
    int days = 0, seconds = 0;
    ASN1_TIME *start = ASN1_TIME_set(NULL, (time_t)(now / 1000));
    assert_int_equal(ASN1_TIME_diff(&days, &seconds, start, X509_get0_notAfter(certificate)), 1);
    ASN1_TIME_free(start);
    X509_free(certificate);
    return INT64_C(86400) * days + seconds;
}

static void lifetimes(void **state)
{
    const struct fixture *f = *state;
    assert_int_equal(try_times(f, NOW, 1), 1); /* never shorter than asked for */
    assert_int_equal(try_times(f, NOW, 1000), 1);
    assert_int_equal(try_times(f, NOW, 14 * 24 * HOUR), 14 * 86400);
    assert_int_equal(try_times(f, NOW, 0), -1);
    assert_int_equal(try_times(f, NOW, -1), -1);
    assert_int_equal(try_times(f, 0, HOUR), -1);
    assert_int_equal(try_times(f, -NOW, HOUR), -1);
    assert_int_equal(try_times(f, NOW + 200 * YEAR, HOUR), -1);
    assert_int_equal(try_times(f, INT64_MAX, INT64_MAX), -1);
    /* Cut at the authority's end, past the year 2050 where X.509 writes times in another way. */
    assert_int_equal(try_times(f, NOW, INT64_MAX), INT64_C(4733510399) - NOW / 1000);
}

static void fingerprints(void **state)
{
    const struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char server[65], chain_first[65], ca[65];
    _cleanup_free_ char *chain = xasprintf("some text\n%s%s", f->server, f->ca_pem);
    assert_int_equal(pki_certificate_fingerprint(f->server, server, &err), 0);
    assert_int_equal(pki_certificate_fingerprint(chain, chain_first, &err), 0);
    assert_int_equal(pki_certificate_fingerprint(f->ca_pem, ca, &err), 0);
    assert_string_equal(server, chain_first);
    assert_string_not_equal(server, ca);
    assert_int_equal(strspn(server, "0123456789abcdef"), 64);
}

static void no_fingerprint(void **state)
{
    struct error err = ERROR_INIT;
    char text[65];
    _cleanup_free_ char *huge = xasprintf("%*s", 1 << 21, "");
    assert_int_equal(pki_certificate_fingerprint("", text, &err), -1);
    assert_int_equal(err.code, ERROR_INVALID);
    assert_int_equal(pki_certificate_fingerprint(huge, text, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
    /* Nobody is asked for a passphrase. */
    assert_int_equal(
        pki_certificate_fingerprint("-----BEGIN CERTIFICATE-----\n"
                                    "Proc-Type: 4,ENCRYPTED\n"
                                    "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
                                    "MAA=\n-----END CERTIFICATE-----\n",
                                    text, &err),
        -1);
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_from_five_minutes_ago_to_its_end),
        cmocka_unit_test(another_authority),
        cmocka_unit_test(another_key),
        cmocka_unit_test(only_one_certificate),
        cmocka_unit_test(a_leaf_signs_nothing),
        cmocka_unit_test(authority_is_the_same_each_time),
        cmocka_unit_test(form_of_an_authority),
        cmocka_unit_test(form_of_leaves),
        cmocka_unit_test(serials_are_positive_and_random),
        cmocka_unit_test(lifetimes),
        cmocka_unit_test(fingerprints),
        cmocka_unit_test(no_fingerprint),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
