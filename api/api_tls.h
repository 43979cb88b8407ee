/* The API's own certificate, made at start and kept in memory. */
#ifndef API_API_TLS_H
#define API_API_TLS_H

#include "api/config.h"
#include "net/tls.h"
#include "pki/authority.h"

/* For localhost, the addresses of [api] listen and what [api] names says, signed by the API's CA,
 * whose certificate is written to [api] ca_file. */
struct tls_context *api_tls_context(const struct api_config *config,
                                    const uint8_t master[static MASTER_SECRET_SIZE],
                                    struct error *err);

#endif
