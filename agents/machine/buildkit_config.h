/* The texts that the machine writes for others: BuildKit's configuration and the steps' denies. */
#ifndef MACHINE_BUILDKIT_CONFIG_H
#define MACHINE_BUILDKIT_CONFIG_H

#include "base/buf.h"
#include "base/error.h"
#include "machine/config.h"

/* buildkitd.toml (docs: moby/buildkit docs/buildkitd.toml.md). Keys and certificates are expected
 * in the run folder: server.pem, key.pem, client-ca.pem. A value that cannot stand in TOML or is
 * out of form is ERROR_INVALID. */
int buildkit_config_text(const struct machine_config *config, struct buf *out, struct error *err);

/* Input for `iptables-restore --noflush`: in the raw table, so that they stand before every rule
 * that BuildKit's own plug-ins put first elsewhere, drops of what comes from the steps' bridge for
 * each network of `steps.deny` and for the bridge's own address. */
int steps_deny_rules(const struct machine_config *config, struct buf *out, struct error *err);

/* "buildkitd github.com/moby/buildkit v0.32.2 <commit>" -> "v0.32.2"; ERROR_INVALID for another
 * form, ERROR_MISSING for a BuildKit older than v0.17 (its TLS server does not negotiate h2). */
int buildkit_parse_version(const char *output, char *ret, size_t size, struct error *err);

#endif
