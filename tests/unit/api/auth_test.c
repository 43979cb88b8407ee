#include "testing.h"

#include "api/auth.h"
#include "api/secrets.h"
#include "base/memory.h"
#include "base/text.h"
#include "pki/build_id.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t mac_key[PKI_HASH_SIZE] = {1, 2, 3};

static struct machine_identity machine_identity_of(const char *machine)
{
    struct machine_identity identity = {.arch = ARCH_ARM64, .key = {9, 8, 7}};
    text_copy(identity.machine, sizeof(identity.machine), machine);
    text_copy(identity.project, sizeof(identity.project), "web-2");
    return identity;
}

static void bearers_are_taken_out(void **state)
{
    assert_string_equal(auth_bearer("Bearer abc"), "abc");
    assert_string_equal(auth_bearer("bearer   abc"), "abc");
    assert_null(auth_bearer(NULL));
    assert_null(auth_bearer(""));
    assert_null(auth_bearer("Bearer"));
    assert_null(auth_bearer("Bearer "));
    assert_null(auth_bearer("Bearerabc"));
    assert_null(auth_bearer("Basic abc"));
}

static void tokens_name_their_principal(void **state)
{
    struct secrets secrets = {0};
    struct error err;

    assert_int_equal(secrets_add_tokens(&secrets,
                                        "# people\n"
                                        "leat_aaaaaaaaaaaaaaaaaaaa ann@example.org\r\n"
                                        "\n"
                                        "  leat_bbbbbbbbbbbbbbbbbbbb\tbuild bot  \n"
                                        "leat_cccccccccccccccccccc",
                                        &err),
                     0);
    assert_int_equal(secrets.token_count, 3);
    assert_string_equal(secrets_find_token(&secrets, "leat_aaaaaaaaaaaaaaaaaaaa"),
                        "ann@example.org");
    assert_string_equal(secrets_find_token(&secrets, "leat_bbbbbbbbbbbbbbbbbbbb"), "build bot");
    assert_string_equal(secrets_find_token(&secrets, "leat_cccccccccccccccccccc"), "owner");
    assert_null(secrets_find_token(&secrets, "leat_aaaaaaaaaaaaaaaaaaab"));
    assert_null(secrets_find_token(&secrets, ""));
    free(secrets.tokens);
}

static void short_tokens_name_their_line(void **state)
{
    struct secrets secrets = {0};
    struct error err;

    assert_int_equal(secrets_add_tokens(&secrets, "\nleat_short ann\n", &err), -1);
    assert_non_null(strstr(err.message, "line 2"));
    assert_null(strstr(err.message, "leat_short"));
    free(secrets.tokens);
}

static void a_machine_token_is_for_its_machine(void **state)
{
    const struct machine_identity identity = machine_identity_of("m-1");
    struct slice key = slice_of(mac_key, sizeof(mac_key));
    _cleanup_free_ char *token = machine_token_make(key, &identity);
    struct machine_identity found;

    assert_true(machine_token_check(key, "m-1", token, &found));
    assert_string_equal(found.machine, "m-1");
    assert_string_equal(found.project, "web-2");
    assert_int_equal(found.arch, ARCH_ARM64);
    assert_memory_equal(found.key, identity.key, sizeof(found.key));
    assert_false(machine_token_check(key, "m-2", token, &found));
    assert_false(machine_token_check(key, "", token, &found));
    const uint8_t other[PKI_HASH_SIZE] = {1, 2, 4};
    assert_false(machine_token_check(slice_of(other, sizeof(other)), "m-1", token, &found));
}

static void a_machine_token_that_was_changed_is_none(void **state)
{
    const struct machine_identity identity = machine_identity_of("m-1");
    struct slice key = slice_of(mac_key, sizeof(mac_key));
    _cleanup_free_ char *token = machine_token_make(key, &identity);
    struct machine_identity found;
    size_t len = strlen(token);

    for (size_t i = 0; i < len; i++) {
        char before = token[i];
        token[i] = before == 'a' ? 'b' : 'a';
        if (machine_token_check(key, "m-1", token, &found))
            fail_msg("byte %zu", i);
        token[i] = '\0';
        assert_false(machine_token_check(key, "m-1", token, &found));
        token[i] = before;
    }
    _cleanup_free_ char *longer = xasprintf("%s0", token);
    assert_false(machine_token_check(key, "m-1", longer, &found));
}

static void parts_cannot_be_moved_between_names(void **state)
{
    struct machine_identity first = machine_identity_of("m-1"), second = first, found;
    struct slice key = slice_of(mac_key, sizeof(mac_key));

    text_copy(first.project, sizeof(first.project), "ab");
    text_copy(second.project, sizeof(second.project), "a");
    text_copy(second.machine, sizeof(second.machine), "m-1b");
    _cleanup_free_ char *token = machine_token_make(key, &second);
    assert_false(machine_token_check(key, "m-1", token, &found));
}

/* What tells "never issued" from "not read yet". */
static void build_ids_prove_that_they_were_issued(void **state)
{
    struct slice key = slice_of(mac_key, sizeof(mac_key));
    char id[BUILD_ID_SIZE];
    int64_t issued_ms = 0;

    build_id_issue(id, key, 1800000000123);
    assert_true(build_id_verify(id, key, &issued_ms));
    assert_true(issued_ms == 1800000000123);
    id[10] = id[10] == '0' ? '1' : '0';
    assert_false(build_id_verify(id, key, NULL));
    assert_false(build_id_verify("", key, NULL));
    assert_false(build_id_verify("b", key, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bearers_are_taken_out),
        cmocka_unit_test(tokens_name_their_principal),
        cmocka_unit_test(short_tokens_name_their_line),
        cmocka_unit_test(a_machine_token_is_for_its_machine),
        cmocka_unit_test(a_machine_token_that_was_changed_is_none),
        cmocka_unit_test(parts_cannot_be_moved_between_names),
        cmocka_unit_test(build_ids_prove_that_they_were_issued),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
