/* Authorities derived from the master secret. */
#include "testing.h"

#include "base/memory.h"
#include "base/text.h"
#include "pki/authority.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t master[MASTER_SECRET_SIZE] = {1, 2, 3};

static void same_secret_same_bytes(void **state)
{
    for (int kind = AUTHORITY_API; kind <= AUTHORITY_MACHINE_CLIENT; kind++) {
        struct authority a, b;
        authority_derive(&a, (enum authority_kind)kind, master,
                         kind == AUTHORITY_API ? NULL : "m-x");
        authority_derive(&b, (enum authority_kind)kind, master,
                         kind == AUTHORITY_API ? NULL : "m-x");
        assert_string_equal(a.certificate_pem, b.certificate_pem);
        assert_string_equal(a.name, b.name);
        authority_clear(&a);
        authority_clear(&b);
        assert_null(a.key);
    }
}

/* What is pinned in the field must never change: a new version of Leat derives the same keys. */
static void known_keys(void **state)
{
    static const struct {
        enum authority_kind kind;
        const char *machine, *name, *fingerprint;
    } known[] = {
        {AUTHORITY_API, NULL, "leat API CA",
         "ce60c77dc9f1642d1976532cce4f85b7ede17b2908fcf74c6fc9751641036294"},
        {AUTHORITY_MACHINE_SERVER, "m-x", "leat machine server CA m-x",
         "efb319d252f1e1116efc5138596133f750f8b34f60e63f1829b4e6a6508bd217"},
        {AUTHORITY_MACHINE_CLIENT, "m-x", "leat machine client CA m-x",
         "192905d623898b3c70a3e5b165b45fb10d9b8e54bbc555e5addc15b8fc81f816"},
    };
    for (size_t i = 0; i < array_size(known); i++) {
        struct authority authority;
        struct error err = ERROR_INIT;
        char fingerprint[65];
        authority_derive(&authority, known[i].kind, master, known[i].machine);
        assert_string_equal(authority.name, known[i].name);
        assert_int_equal(pki_certificate_fingerprint(authority.certificate_pem, fingerprint, &err),
                         0);
        assert_string_equal(fingerprint, known[i].fingerprint);
        authority_clear(&authority);
    }
}

static void each_has_a_key_of_its_own(void **state)
{
    static const char *const machines[] = {"m-x", "m-y", "m-x2"};
    uint8_t seen[1 + 2 * array_size(machines)][PKI_HASH_SIZE];
    size_t count = 0;
    struct authority authority;
    authority_derive(&authority, AUTHORITY_API, master, NULL);
    pki_key_fingerprint(authority.key, seen[count++]);
    authority_clear(&authority);
    for (size_t i = 0; i < array_size(machines); i++)
        for (int kind = AUTHORITY_MACHINE_SERVER; kind <= AUTHORITY_MACHINE_CLIENT; kind++) {
            authority_derive(&authority, (enum authority_kind)kind, master, machines[i]);
            pki_key_fingerprint(authority.key, seen[count++]);
            authority_clear(&authority);
        }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(seen[i], seen[j], PKI_HASH_SIZE);
}

static void another_secret_other_keys(void **state)
{
    uint8_t other[MASTER_SECRET_SIZE] = {1, 2, 4};
    struct authority a, b;
    authority_derive(&a, AUTHORITY_API, master, NULL);
    authority_derive(&b, AUTHORITY_API, other, NULL);
    assert_string_not_equal(a.certificate_pem, b.certificate_pem);
    authority_clear(&a);
    authority_clear(&b);
}

/* Ids from outside may reach this before anything else looked at them. */
static void any_machine_text(void **state)
{
    char text[5001];
    struct authority longest, longer, longer_still;
    memset(text, 'm', sizeof(text) - 1);
    text[5000] = '\0';
    authority_derive(&longer_still, AUTHORITY_MACHINE_CLIENT, master, text);
    text[41] = '\0';
    authority_derive(&longer, AUTHORITY_MACHINE_CLIENT, master, text);
    text[40] = '\0';
    authority_derive(&longest, AUTHORITY_MACHINE_CLIENT, master, text);
    assert_true(text_ends_with(longest.name, text));
    assert_string_not_equal(longest.certificate_pem, longer.certificate_pem);
    assert_string_not_equal(longer.certificate_pem, longer_still.certificate_pem);
    assert_true(strlen(longer.name) <= 64);
    authority_clear(&longest);
    authority_clear(&longer);
    authority_clear(&longer_still);
}

static void purposes_give_different_keys(void **state)
{
    uint8_t a[PKI_HASH_SIZE], b[PKI_HASH_SIZE];
    master_secret_derive(a, master, "leat/build-id-mac");
    master_secret_derive(b, master, "leat/token");
    assert_memory_not_equal(a, b, sizeof(a));
}

/* A certificate for one machine opens no other. */
static void certificates_hold_for_one_machine(void **state)
{
    struct error err = ERROR_INIT;
    struct authority here, there, server;
    const struct pki_names names = {.uri = "spiffe://leat/project/p/build/b"};
    const int64_t now = INT64_C(1800000000000);
    authority_derive(&here, AUTHORITY_MACHINE_CLIENT, master, "m-x");
    authority_derive(&there, AUTHORITY_MACHINE_CLIENT, master, "m-y");
    authority_derive(&server, AUTHORITY_MACHINE_SERVER, master, "m-x");
    _cleanup_key_ struct pki_key *key = pki_key_generate();
    _cleanup_free_ char *pem =
        pki_issue_for_key(here.key, here.name, key, &names, PKI_USE_CLIENT, now, 1000);
    assert_int_equal(pki_certificate_check(pem, here.certificate_pem, key, now, &err), 0);
    assert_int_equal(pki_certificate_check(pem, there.certificate_pem, key, now, &err), -1);
    assert_int_equal(pki_certificate_check(pem, server.certificate_pem, key, now, &err), -1);
    authority_clear(&here);
    authority_clear(&there);
    authority_clear(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_secret_same_bytes),
        cmocka_unit_test(known_keys),
        cmocka_unit_test(each_has_a_key_of_its_own),
        cmocka_unit_test(another_secret_other_keys),
        cmocka_unit_test(any_machine_text),
        cmocka_unit_test(purposes_give_different_keys),
        cmocka_unit_test(certificates_hold_for_one_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
