/* A CA and a server certificate for 127.0.0.1 and "localhost", made anew in each run. */
#ifndef TESTS_HTTP_CERTIFICATES_H
#define TESTS_HTTP_CERTIFICATES_H

#include "testing.h"

#include "base/clock.h"
#include "pki/pki.h"

#include <stdlib.h>

struct certificates {
    struct pki_key *ca_key;
    char *ca, *certificate, *key;
};

static inline struct certificates certificates_make(void)
{
    static const char *const dns[] = {"localhost", NULL};
    static const char *const addresses[] = {"127.0.0.1", NULL};
    static const struct pki_names names = {.dns = dns, .addresses = addresses};
    _cleanup_key_ struct pki_key *key = pki_key_generate();
    struct certificates made = {.ca_key = pki_key_generate()};

    made.ca = pki_ca_certificate(made.ca_key, "test");
    made.certificate = pki_issue_for_key(made.ca_key, "test", key, &names, PKI_USE_SERVER,
                                         clock_wall_ms(), 3600000);
    made.key = pki_key_to_pem(key);
    assert_non_null(made.certificate);
    return made;
}

static inline void certificates_free(struct certificates *certificates)
{
    pki_key_free(certificates->ca_key);
    free(certificates->ca);
    free(certificates->certificate);
    free(certificates->key);
}

#endif
