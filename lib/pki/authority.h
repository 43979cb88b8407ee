/* The installation's certificate authorities, all derived from one master secret.
 *
 *   API CA            signs the API's own server certificate; clients and machines pin it
 *   machine server CA one per machine: signs BuildKit's certificate, `*.<machine>.leat`
 *   machine client CA one per machine: signs client certificates of builds on that machine, so a
 *                     certificate for one machine opens no other
 *
 * The info texts of HKDF are "leat/<purpose>" and "leat/<purpose>/<machine>".
 */
#ifndef PKI_AUTHORITY_H
#define PKI_AUTHORITY_H

#include "pki/pki.h"

#define MASTER_SECRET_SIZE 32

enum authority_kind { AUTHORITY_API, AUTHORITY_MACHINE_SERVER, AUTHORITY_MACHINE_CLIENT };

struct authority {
    struct pki_key *key;
    char name[96];
    char *certificate_pem;
};

/* `machine` is NULL for AUTHORITY_API, else an id of 1 to 40 characters. (Any other text is safe
 * too: it gives an authority of its own.) */
void authority_derive(struct authority *ret, enum authority_kind kind,
                      const uint8_t master[static MASTER_SECRET_SIZE], const char *machine);
void authority_clear(struct authority *authority);

/* 32 bytes as 64 hex digits and a newline in a file of mode 0600 that only its owner can read;
 * refuses one that others can read. */
int master_secret_load(const char *path, uint8_t ret[static MASTER_SECRET_SIZE], struct error *err);
/* Makes the file when it does not exist (atomically: two callers get the same secret). */
int master_secret_load_or_create(const char *path, uint8_t ret[static MASTER_SECRET_SIZE],
                                 struct error *err);

/* A 32-byte key for one purpose: `purpose` is the whole info text, "leat/build-id-mac". */
void master_secret_derive(uint8_t out[static PKI_HASH_SIZE],
                          const uint8_t master[static MASTER_SECRET_SIZE], const char *purpose);

#endif
