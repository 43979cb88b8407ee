/* Which names a certificate may have, and how it carries them. */
#include "testing.h"

#include "base/memory.h"
#include "pki/pki.h"
#include "requests.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1800000000000)

static int try_names(const struct pki_names *names, enum pki_use use, struct error *err)
{
    _cleanup_key_ struct pki_key *ca = pki_key_generate();
    _cleanup_key_ struct pki_key *key = pki_key_generate();
    _cleanup_free_ char *csr = pki_csr_create(key, NULL);
    _cleanup_free_ char *pem = pki_issue(ca, "ca", csr, names, use, NOW, 1000, err);
    _cleanup_free_ char *same = pki_issue_for_key(ca, "ca", key, names, use, NOW, 1000);
    assert_true((pem != NULL) == (same != NULL));
    return pem != NULL ? 0 : -1;
}

static int try_dns(const char *name)
{
    const char *const dns[] = {name, NULL};
    return try_names(&(struct pki_names){.dns = dns}, PKI_USE_SERVER, NULL);
}

static void dns_names(void **state)
{
    static const char *const good[] = {"localhost",   "m-x.leat",  "*.m-x.leat", "a",
                                       "x_y.example", "A.Example", "1.2.3.x",    "*.a"};
    static const char *const bad[] = {"",     "*",          "*.",    "a.*.b", "*a.b", ".a",
                                      "a.",   "a..b",       "-a.b",  "a-.b",  "a b",  "a/b",
                                      "a\nb", "\xc3\xa9.x", "*.*.a", "a:1",   "a@b",  "[::1]"};
    for (size_t i = 0; i < array_size(good); i++)
        if (try_dns(good[i]) != 0)
            fail_msg("refused: \"%s\"", good[i]);
    for (size_t i = 0; i < array_size(bad); i++)
        if (try_dns(bad[i]) == 0)
            fail_msg("accepted: \"%s\"", bad[i]);
}

static void lengths_of_dns_names(void **state)
{
    char label[65], name[300] = "";
    memset(label, 'a', 64);
    label[64] = '\0';
    assert_int_equal(try_dns(label), -1);
    label[63] = '\0';
    assert_int_equal(try_dns(label), 0);
    for (int i = 0; i < 3; i++)
        strcat(strcat(name, label), "."); /* 192 */
    label[61] = '\0';
    strcat(name, label);
    assert_int_equal(strlen(name), 253);
    assert_int_equal(try_dns(name), 0);
    strcat(name, "a");
    assert_int_equal(try_dns(name), -1);
}

static int try_uri(const char *uri)
{
    return try_names(&(struct pki_names){.uri = uri}, PKI_USE_CLIENT, NULL);
}

static void uris(void **state)
{
    static const char *const good[] = {
        "spiffe://leat/project/p/build/b06h0ndh7k1nckmkekg578odc3k60", "spiffe://example.com",
        "https://h/a-b_c.d~e"};
    static const char *const bad[] = {"",          "leat",        "://leat/x",   "spiffe:///x",
                                      "s://a b/c", "s://a/b c",   "s://a/b?c=d", "s://a/%41",
                                      "s://u@h/x", "s://[::1]/x", "s://a:1/x",   "s://a/\xc3\xa9",
                                      "s://-a/x",  "s p://a/x",   "s://a/b#c",   "s://a\n/b"};
    for (size_t i = 0; i < array_size(good); i++)
        if (try_uri(good[i]) != 0)
            fail_msg("refused: \"%s\"", good[i]);
    for (size_t i = 0; i < array_size(bad); i++)
        if (try_uri(bad[i]) == 0)
            fail_msg("accepted: \"%s\"", bad[i]);
    _cleanup_free_ char *longest = xasprintf("s://a/%0506d", 1);
    assert_int_equal(try_uri(longest), 0);
    _cleanup_free_ char *too_long = xasprintf("s://a/%0507d", 1);
    assert_int_equal(try_uri(too_long), -1);
}

static void addresses(void **state)
{
    static const char *const bad[] = {"",       "localhost", "1.2.3",    "1.2.3.4.5",
                                      "::1%lo", "[::1]",     "1.2.3.4/8"};
    const char *const good[] = {"127.0.0.1", "::1", "2001:db8::1", "::ffff:1.2.3.4", NULL};
    assert_int_equal(try_names(&(struct pki_names){.addresses = good}, PKI_USE_SERVER, NULL), 0);
    for (size_t i = 0; i < array_size(bad); i++) {
        const char *const list[] = {bad[i], NULL};
        if (try_names(&(struct pki_names){.addresses = list}, PKI_USE_SERVER, NULL) == 0)
            fail_msg("accepted: \"%s\"", bad[i]);
    }
}

static void common_names(void **state)
{
    char name[66];
    memset(name, 'n', 65);
    name[65] = '\0';
    assert_int_equal(try_names(&(struct pki_names){.common_name = name}, PKI_USE_CLIENT, NULL), -1);
    name[64] = '\0';
    assert_int_equal(try_names(&(struct pki_names){.common_name = name}, PKI_USE_CLIENT, NULL), 0);
    assert_int_equal(
        try_names(&(struct pki_names){.common_name = "J\xc3\xb6rg"}, PKI_USE_CLIENT, NULL), 0);
    assert_int_equal(try_names(&(struct pki_names){.common_name = "a\tb"}, PKI_USE_CLIENT, NULL),
                     -1);
    assert_int_equal(try_names(&(struct pki_names){.common_name = "\xc3"}, PKI_USE_CLIENT, NULL),
                     -1);
}

static void a_certificate_needs_a_name(void **state)
{
    struct error err = ERROR_INIT;
    assert_int_equal(try_names(&(struct pki_names){0}, PKI_USE_CLIENT, &err), -1);
    assert_string_equal(err.message, "a certificate needs a name");
    assert_int_equal(try_names(&(struct pki_names){.common_name = "only"}, PKI_USE_SERVER, &err),
                     -1);
    assert_string_equal(err.message, "a server certificate needs a DNS name or an address");
}

static void too_many_names(void **state)
{
    struct error err = ERROR_INIT;
    const char *dns[34] = {0};
    for (int i = 0; i < 32; i++)
        dns[i] = "a";
    assert_int_equal(try_names(&(struct pki_names){.dns = dns}, PKI_USE_SERVER, &err), 0);
    dns[32] = "a";
    assert_int_equal(try_names(&(struct pki_names){.dns = dns}, PKI_USE_SERVER, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
}

static X509 *read_certificate(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    assert_non_null(certificate);
    BIO_free(bio);
    return certificate;
}

static void server_names_match(void **state)
{
    const char *const dns[] = {"*.m-x.leat", "m-x.leat", NULL};
    const char *const ips[] = {"127.0.0.1", "::1", NULL};
    const struct pki_names names = {.common_name = "m-x", .dns = dns, .addresses = ips};
    _cleanup_key_ struct pki_key *ca = pki_key_generate();
    _cleanup_key_ struct pki_key *key = pki_key_generate();
    _cleanup_free_ char *pem = pki_issue_for_key(ca, "ca", key, &names, PKI_USE_SERVER, NOW, 1000);
    X509 *certificate = read_certificate(pem);
    assert_int_equal(X509_check_host(certificate, "b1-secret.m-x.leat", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(certificate, "m-x.leat", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(certificate, "b1.m-y.leat", 0, 0, NULL), 0);
    assert_int_equal(X509_check_host(certificate, "a.b.m-x.leat", 0, 0, NULL), 0);
    assert_int_equal(X509_check_ip_asc(certificate, "127.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(certificate, "::1", 0), 1);
    assert_int_equal(X509_check_ip_asc(certificate, "127.0.0.2", 0), 0);
    X509_free(certificate);
}

static int names_are_critical(X509 *certificate)
{
    int critical = -1;
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, &critical, NULL);
    assert_non_null(names);
    GENERAL_NAMES_free(names);
    return critical;
}

/* RFC 5280, section 4.2.1.6. */
static void alternative_names_are_critical_when_alone(void **state)
{
    struct pki_names names = {.uri = "spiffe://leat/project/p/build/b"};
    _cleanup_key_ struct pki_key *ca = pki_key_generate();
    _cleanup_key_ struct pki_key *key = pki_key_generate();
    _cleanup_free_ char *alone =
        pki_issue_for_key(ca, "ca", key, &names, PKI_USE_CLIENT, NOW, 1000);
    names.common_name = "b";
    _cleanup_free_ char *both = pki_issue_for_key(ca, "ca", key, &names, PKI_USE_CLIENT, NOW, 1000);
    X509 *certificate = read_certificate(alone);
    assert_int_equal(X509_NAME_entry_count(X509_get_subject_name(certificate)), 0);
    assert_int_equal(names_are_critical(certificate), 1);
    X509_free(certificate);
    certificate = read_certificate(both);
    assert_int_equal(X509_NAME_entry_count(X509_get_subject_name(certificate)), 1);
    assert_int_equal(names_are_critical(certificate), 0);
    X509_free(certificate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dns_names),
        cmocka_unit_test(lengths_of_dns_names),
        cmocka_unit_test(uris),
        cmocka_unit_test(addresses),
        cmocka_unit_test(common_names),
        cmocka_unit_test(a_certificate_needs_a_name),
        cmocka_unit_test(too_many_names),
        cmocka_unit_test(server_names_match),
        cmocka_unit_test(alternative_names_are_critical_when_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
