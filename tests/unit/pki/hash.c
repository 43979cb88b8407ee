/* Hashes and key derivation against published vectors. */
#include "testing.h"

#include "base/text.h"
#include "pki/internal.h"
#include "pki/pki.h"

#include <string.h>

static void assert_hex(const uint8_t *bytes, size_t len, const char *expected)
{
    char hex[256];
    assert_true(2 * len < sizeof(hex));
    text_hex_encode(hex, bytes, len);
    assert_string_equal(hex, expected);
}

static struct slice repeat(uint8_t *out, uint8_t byte, size_t len)
{
    memset(out, byte, len);
    return slice_of(out, len);
}

static struct slice count_up(uint8_t *out, uint8_t first, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(first + i);
    return slice_of(out, len);
}

static void sha256_vectors(void **state)
{
    uint8_t hash[PKI_HASH_SIZE];
    pki_sha256(hash, slice_of(NULL, 0));
    assert_hex(hash, sizeof(hash),
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    pki_sha256(hash, slice_text("abc")); /* FIPS 180-4 */
    assert_hex(hash, sizeof(hash),
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* RFC 4231, test cases 1, 2, 3 and 6. */
static void hmac_vectors(void **state)
{
    uint8_t mac[PKI_HASH_SIZE], key[131], data[50];
    pki_hmac_sha256(mac, repeat(key, 0x0b, 20), slice_text("Hi There"));
    assert_hex(mac, sizeof(mac),
               "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    pki_hmac_sha256(mac, slice_text("Jefe"), slice_text("what do ya want for nothing?"));
    assert_hex(mac, sizeof(mac),
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    pki_hmac_sha256(mac, repeat(key, 0xaa, 20), repeat(data, 0xdd, 50));
    assert_hex(mac, sizeof(mac),
               "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    pki_hmac_sha256(mac, repeat(key, 0xaa, 131),
                    slice_text("Test Using Larger Than Block-Size Key - Hash Key First"));
    assert_hex(mac, sizeof(mac),
               "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void hmac_of_nothing(void **state)
{
    uint8_t mac[PKI_HASH_SIZE];
    pki_hmac_sha256(mac, slice_of(NULL, 0), slice_of(NULL, 0));
    assert_hex(mac, sizeof(mac),
               "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* RFC 5869, appendix A. */
static void hkdf_vectors(void **state)
{
    uint8_t out[82], secret[80], salt[80], info[80];
    pki_hkdf(out, 42, repeat(secret, 0x0b, 22), count_up(salt, 0, 13), count_up(info, 0xf0, 10));
    assert_hex(
        out, 42,
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    pki_hkdf(out, 82, count_up(secret, 0, 80), count_up(salt, 0x60, 80), count_up(info, 0xb0, 80));
    assert_hex(
        out, 82,
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb"
        "41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
    pki_hkdf_sha256(out, 42, repeat(secret, 0x0b, 22), "");
    assert_hex(
        out, 42,
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

static void hkdf_separates_uses(void **state)
{
    uint8_t a[PKI_HASH_SIZE], b[PKI_HASH_SIZE];
    char info[1025];
    pki_hkdf_sha256(a, sizeof(a), slice_text("secret"), "leat/one");
    pki_hkdf_sha256(b, sizeof(b), slice_text("secret"), "leat/two");
    assert_false(pki_equal(a, b, sizeof(a)));
    memset(info, 'i', sizeof(info) - 1);
    info[sizeof(info) - 1] = '\0';
    pki_hkdf_sha256(a, sizeof(a), slice_text("secret"), info); /* the longest there may be */
}

static void equality_looks_at_all_bytes(void **state)
{
    assert_true(pki_equal("abc", "abc", 3));
    assert_false(pki_equal("abc", "abd", 3));
    assert_false(pki_equal("abc", "bbc", 3));
    assert_true(pki_equal("abc", "abd", 2));
    assert_true(pki_equal("a", "b", 0));
}

static void random_differs(void **state)
{
    uint8_t a[32] = {0}, b[32] = {0};
    pki_random(a, sizeof(a));
    pki_random(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_vectors),      cmocka_unit_test(hmac_vectors),
        cmocka_unit_test(hmac_of_nothing),     cmocka_unit_test(hkdf_vectors),
        cmocka_unit_test(hkdf_separates_uses), cmocka_unit_test(equality_looks_at_all_bytes),
        cmocka_unit_test(random_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
