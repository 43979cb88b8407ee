/* Certificates: the authorities' own and those they issue. */
#include "pki/internal.h"

#include <openssl/pem.h>
#include <string.h>
#include <time.h>

#define AUTHORITY_FROM INT64_C(1577836800)       /* 2020-01-01T00:00:00Z */
#define AUTHORITY_TO   (INT64_C(4733510400) - 1) /* 2119-12-31T23:59:59Z */
#define CLOCK_SKEW_MS  (INT64_C(5) * 60 * 1000)  /* another computer's clock may be behind */
#define SERIAL_SIZE    16

struct validity {
    int64_t from, to; /* seconds since 1970 */
};

static void set_name(X509_NAME *name, const char *common_name)
{
    int ok = X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                        (const unsigned char *)common_name, -1, -1, 0);
    pki_require(ok == 1, "set a common name");
}

/* RFC 5280, section 4.1.2.2: positive and at most 20 octets. */
static void set_serial(X509 *certificate, const uint8_t bytes[static SERIAL_SIZE])
{
    uint8_t serial[SERIAL_SIZE];
    memcpy(serial, bytes, sizeof(serial));
    serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40);
    BIGNUM *number = BN_bin2bn(serial, sizeof(serial), NULL);
    ASN1_INTEGER *value = X509_get_serialNumber(certificate);
    pki_require(number != NULL && BN_to_ASN1_INTEGER(number, value) != NULL, "set a serial");
    BN_free(number);
}

static X509 *certificate_new(const char *issuer, const char *subject, EVP_PKEY *public_key,
                             struct validity validity)
{
    X509 *certificate = X509_new();
    pki_require(certificate != NULL && X509_set_version(certificate, X509_VERSION_3) == 1 &&
                    X509_set_pubkey(certificate, public_key) == 1 &&
                    ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)validity.from) &&
                    ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)validity.to),
                "make a certificate");
    set_name(X509_get_issuer_name(certificate), issuer);
    if (subject != NULL)
        set_name(X509_get_subject_name(certificate), subject);
    return certificate;
}

static char *sign_to_pem(X509 *certificate, const struct pki_key *ca_key)
{
    BIO *bio __attribute__((cleanup(pki_cleanup_BIO))) = BIO_new(BIO_s_mem());
    pki_require(X509_sign(certificate, ca_key->pkey, NULL) > 0 &&
                    PEM_write_bio_X509(bio, certificate) == 1,
                "sign a certificate");
    return pki_bio_text(bio);
}

char *pki_ca_certificate(const struct pki_key *key, const char *name)
{
    static const int usage[] = {5 /* keyCertSign */, 6 /* cRLSign */};
    uint8_t hash[PKI_HASH_SIZE];
    pki_public_key_hash(key->pkey, hash);
    X509 *certificate __attribute__((cleanup(pki_cleanup_X509))) =
        certificate_new(name, name, key->pkey, (struct validity){AUTHORITY_FROM, AUTHORITY_TO});
    set_serial(certificate, hash);
    pki_add_basic_constraints(certificate, true);
    pki_add_key_usage(certificate, usage, array_size(usage));
    pki_add_key_ids(certificate, key->pkey, key->pkey);
    return sign_to_pem(certificate, key);
}

/* A certificate must lie within its authority's validity: clients check both. */
static int plan_validity(int64_t now_ms, int64_t lifetime_ms, struct validity *ret,
                         struct error *err)
{
    if (lifetime_ms <= 0 || now_ms / 1000 < AUTHORITY_FROM || now_ms / 1000 >= AUTHORITY_TO)
        return error_set(err, ERROR_INVALID, "no certificate can be valid for %lld ms from %lld",
                         (long long)lifetime_ms, (long long)now_ms);
    int64_t room = AUTHORITY_TO - now_ms / 1000;
    int64_t lifetime = lifetime_ms / 1000 + (lifetime_ms % 1000 > 0);
    ret->from = (now_ms - CLOCK_SKEW_MS) / 1000;
    ret->to = now_ms / 1000 + (lifetime < room ? lifetime : room);
    return 0;
}

static char *issue(const struct pki_key *ca_key, const char *ca_name, EVP_PKEY *public_key,
                   const struct pki_names *names, enum pki_use use, struct validity validity)
{
    static const int usage[] = {0 /* digitalSignature */};
    uint8_t serial[SERIAL_SIZE];
    pki_random(serial, sizeof(serial));
    X509 *certificate __attribute__((cleanup(pki_cleanup_X509))) =
        certificate_new(ca_name, names->common_name, public_key, validity);
    set_serial(certificate, serial);
    pki_add_basic_constraints(certificate, false);
    pki_add_key_usage(certificate, usage, array_size(usage));
    pki_add_extended_usage(certificate, use);
    pki_add_key_ids(certificate, public_key, ca_key->pkey);
    pki_add_names(certificate, names);
    return sign_to_pem(certificate, ca_key);
}

char *pki_issue(const struct pki_key *ca_key, const char *ca_name, const char *csr_pem,
                const struct pki_names *names, enum pki_use use, int64_t now_ms,
                int64_t lifetime_ms, struct error *err)
{
    _cleanup_errors_ int errors = 0;
    struct validity validity;
    if (pki_names_check(names, use, err) < 0 ||
        plan_validity(now_ms, lifetime_ms, &validity, err) < 0)
        return NULL;
    X509_REQ *request __attribute__((cleanup(pki_cleanup_X509_REQ))) = pki_csr_parse(csr_pem, err);
    if (request == NULL)
        return NULL;
    return issue(ca_key, ca_name, X509_REQ_get0_pubkey(request), names, use, validity);
}

char *pki_issue_for_key(const struct pki_key *ca_key, const char *ca_name,
                        const struct pki_key *key, const struct pki_names *names, enum pki_use use,
                        int64_t now_ms, int64_t lifetime_ms)
{
    struct validity validity;
    if (pki_names_check(names, use, NULL) < 0 ||
        plan_validity(now_ms, lifetime_ms, &validity, NULL) < 0)
        return NULL;
    return issue(ca_key, ca_name, key->pkey, names, use, validity);
}
