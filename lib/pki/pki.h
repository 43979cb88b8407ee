/* Keys, certificates, tokens: everything that Leat does with cryptography, on OpenSSL 3.
 *
 * All keys are Ed25519 (RFC 8032, RFC 8410); hashes are SHA-256. Keys that can be derived are
 * derived with HKDF (RFC 5869) from the installation's master secret, so that any API replica can
 * sign and nothing is stored.
 */
#ifndef PKI_PKI_H
#define PKI_PKI_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PKI_HASH_SIZE 32
#define PKI_SEED_SIZE 32

void pki_random(void *out, size_t len); /* aborts when the system has no randomness */
void pki_sha256(uint8_t out[static PKI_HASH_SIZE], struct slice data);
void pki_hmac_sha256(uint8_t out[static PKI_HASH_SIZE], struct slice key, struct slice data);
/* `info` separates uses: "leat/machine-client-ca/<machine>"; at most 1024 characters. No salt. */
void pki_hkdf_sha256(void *out, size_t len, struct slice secret, const char *info);
bool pki_equal(const void *a, const void *b, size_t len); /* constant time */

/* A key pair. */
struct pki_key;
struct pki_key *pki_key_generate(void);
struct pki_key *pki_key_from_seed(const uint8_t seed[static PKI_SEED_SIZE]);
/* One PKCS#8 block of an Ed25519 key, not encrypted. */
struct pki_key *pki_key_from_pem(const char *pem, struct error *err);
char *pki_key_to_pem(const struct pki_key *key); /* PKCS#8; the caller frees (and clears) it */
/* SHA-256 over the SubjectPublicKeyInfo, as pki_csr_check() gives it. */
void pki_key_fingerprint(const struct pki_key *key, uint8_t out[static PKI_HASH_SIZE]);
void pki_key_free(struct pki_key *key);
#define _cleanup_key_ __attribute__((cleanup(pki_key_free_pointer)))
void pki_key_free_pointer(struct pki_key **key);

/* Names of one certificate or request, at most 32 of each kind. Host names are letters, digits, '-'
 * and '_'; a URI is scheme://host/path of plain characters: what both Go and OpenSSL accept. A
 * server certificate needs a DNS name or an address, any other at least one name. */
struct pki_names {
    const char *common_name;      /* at most 64 characters; NULL: none */
    const char *const *dns;       /* NULL-terminated; NULL: none; may start with "*." */
    const char *const *addresses; /* numeric IP addresses */
    const char *uri;              /* "spiffe://leat/project/p/build/b"; NULL: none */
};

/* A request carries a public key and nothing that is believed: names come from the signer. */
/* PEM. `common_name` may be NULL; NULL comes back when it is not a valid one. */
char *pki_csr_create(const struct pki_key *key, const char *common_name);
/* Checks size (16 KiB), form, a single PEM block, the signature by the key inside, and that the
 * key is Ed25519, P-256, P-384 or RSA of 2048 to 4096 bits. Fills the SHA-256 of its
 * SubjectPublicKeyInfo. */
int pki_csr_check(const char *pem, uint8_t ret_fingerprint[static PKI_HASH_SIZE],
                  struct error *err);

/* A self-signed CA certificate, the same bytes each time for the same key and name (fixed validity
 * from 2020 to 2120, serial from the key), path length 0. The name has 1 to 64 characters. PEM,
 * owned by the caller. */
char *pki_ca_certificate(const struct pki_key *key, const char *name);

enum pki_use { PKI_USE_SERVER, PKI_USE_CLIENT };
/* Signs the public key of a request that pki_csr_check() accepts. Not before: now - 5 min; not
 * after the end of the authority. */
char *pki_issue(const struct pki_key *ca_key, const char *ca_name, const char *csr_pem,
                const struct pki_names *names, enum pki_use use, int64_t now_ms,
                int64_t lifetime_ms, struct error *err);
/* The same for a key of our own; NULL when a name or the time is not valid. */
char *pki_issue_for_key(const struct pki_key *ca_key, const char *ca_name,
                        const struct pki_key *key, const struct pki_names *names, enum pki_use use,
                        int64_t now_ms, int64_t lifetime_ms);
/* SHA-256 of the first certificate of a PEM text, as 64 hex digits: what people compare. */
int pki_certificate_fingerprint(const char *pem, char ret[static 65], struct error *err);
/* Checks that `pem` is one certificate signed by `ca_pem`, is valid now and is for this key. */
int pki_certificate_check(const char *pem, const char *ca_pem, const struct pki_key *key,
                          int64_t now_ms, struct error *err);

/* Text tokens: `prefix` + base32 of 20 random bytes, e.g. "leat_4f0...". Compared by hash. */
#define PKI_TOKEN_SIZE 48
void pki_token_generate(char out[static PKI_TOKEN_SIZE], const char *prefix);

#endif
