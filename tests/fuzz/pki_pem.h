/* Input for targets that read PEM: a PEM text as it is, anything else as the DER inside a block, so
 * that the fuzzer gets past base 64. */
#ifndef TESTS_FUZZ_PKI_PEM_H
#define TESTS_FUZZ_PKI_PEM_H

#include <stddef.h>
#include <stdint.h>

char *fuzz_pem(const char *label, const uint8_t *data, size_t size); /* the caller frees */

#endif
