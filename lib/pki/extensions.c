/* The X.509v3 extensions of our certificates (RFC 5280, section 4.2.1). */
#include "pki/internal.h"

static void add_extension(X509 *certificate, int nid, void *value, bool critical)
{
    int ok = X509_add1_ext_i2d(certificate, nid, value, critical, X509V3_ADD_APPEND);
    pki_require(value != NULL && ok == 1, "add an extension to a certificate");
}

void pki_add_basic_constraints(X509 *certificate, bool authority)
{
    BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();
    pki_require(constraints != NULL, "make basic constraints");
    if (authority) {
        constraints->ca = 0xff; /* DER's TRUE */
        constraints->pathlen = ASN1_INTEGER_new();
        pki_require(ASN1_INTEGER_set_int64(constraints->pathlen, 0) == 1, "set the path length");
    }
    add_extension(certificate, NID_basic_constraints, constraints, true);
    BASIC_CONSTRAINTS_free(constraints);
}

void pki_add_key_usage(X509 *certificate, const int *bits, size_t count)
{
    ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();
    for (size_t i = 0; i < count; i++)
        pki_require(ASN1_BIT_STRING_set_bit(usage, bits[i], 1) == 1, "set the key usage");
    add_extension(certificate, NID_key_usage, usage, true);
    ASN1_BIT_STRING_free(usage);
}

void pki_add_extended_usage(X509 *certificate, enum pki_use use)
{
    EXTENDED_KEY_USAGE *usage = EXTENDED_KEY_USAGE_new();
    int nid = use == PKI_USE_SERVER ? NID_server_auth : NID_client_auth;
    pki_require(usage != NULL && sk_ASN1_OBJECT_push(usage, OBJ_nid2obj(nid)) > 0,
                "set the extended key usage");
    add_extension(certificate, NID_ext_key_usage, usage, false);
    EXTENDED_KEY_USAGE_free(usage);
}

/* RFC 7093, section 2, method 4: a truncated SHA-256 over the SubjectPublicKeyInfo. */
static ASN1_OCTET_STRING *key_id(EVP_PKEY *key)
{
    uint8_t hash[PKI_HASH_SIZE];
    pki_public_key_hash(key, hash);
    ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
    pki_require(ASN1_OCTET_STRING_set(id, hash, PKI_KEY_ID_SIZE) == 1, "make a key id");
    return id;
}

void pki_add_key_ids(X509 *certificate, EVP_PKEY *subject, EVP_PKEY *issuer)
{
    ASN1_OCTET_STRING *subject_id = key_id(subject);
    add_extension(certificate, NID_subject_key_identifier, subject_id, false);
    ASN1_OCTET_STRING_free(subject_id);
    AUTHORITY_KEYID *authority = AUTHORITY_KEYID_new();
    pki_require(authority != NULL, "make an authority key id");
    authority->keyid = key_id(issuer);
    add_extension(certificate, NID_authority_key_identifier, authority, false);
    AUTHORITY_KEYID_free(authority);
}

static void push_name(GENERAL_NAMES *list, int type, ASN1_STRING *value)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    pki_require(name != NULL && value != NULL, "make a name");
    GENERAL_NAME_set0_value(name, type, value);
    pki_require(sk_GENERAL_NAME_push(list, name) > 0, "add a name");
}

static void push_text(GENERAL_NAMES *list, int type, const char *text)
{
    ASN1_IA5STRING *value = ASN1_IA5STRING_new();
    pki_require(ASN1_STRING_set(value, text, -1) == 1, "make a name");
    push_name(list, type, value);
}

void pki_add_names(X509 *certificate, const struct pki_names *names)
{
    GENERAL_NAMES *list = GENERAL_NAMES_new();
    pki_require(list != NULL, "make a list of names");
    for (size_t i = 0; names->dns != NULL && names->dns[i] != NULL; i++)
        push_text(list, GEN_DNS, names->dns[i]);
    for (size_t i = 0; names->addresses != NULL && names->addresses[i] != NULL; i++)
        push_name(list, GEN_IPADD, a2i_IPADDRESS(names->addresses[i]));
    if (names->uri != NULL)
        push_text(list, GEN_URI, names->uri);
    /* Section 4.2.1.6: critical when these are the only names. */
    if (sk_GENERAL_NAME_num(list) > 0)
        add_extension(certificate, NID_subject_alt_name, list, names->common_name == NULL);
    GENERAL_NAMES_free(list);
}
