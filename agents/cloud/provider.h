/* What a provider of machines can do: a table of asynchronous functions.
 *
 * Ids of machines and volumes are single-use and made before the call: each call is idempotent, and
 * repeating it after an unknown outcome is safe. Every call is answered exactly once, from the loop
 * and never from inside the call, unless the provider is closed first.
 *
 * The reconciler is the only caller. It decides from the folded state and from list(), never from
 * the message just handled.
 */
#ifndef CLOUD_PROVIDER_H
#define CLOUD_PROVIDER_H

#include "base/error.h"
#include "net/loop.h"
#include "schemas/messages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct provider;

struct provider_machine_spec {
    const char *machine; /* id, at most 40 characters of [a-z0-9-] */
    const char *organisation, *project;
    enum arch arch;
    const char *volume;             /* id of the cache volume that it holds */
    uint64_t volume_cap_bytes;
    const char *registration_token; /* one-time; the provider hands it to the machine, never logs it */
    uint64_t cpu_millis;            /* 0: no limit */
    uint64_t memory_bytes;          /* 0: no limit */
};

/* err NULL: done (or it was so already). err->retriable: the same call may be repeated later.
 * `again_ms` > 0 with ERROR_LIMIT: no capacity, ask again after that many milliseconds. */
typedef void provider_done_fn(void *arg, const struct error *err, int64_t again_ms);

struct provider_machine {
    char machine[41];
    char volume[41];
    enum arch arch;
    /* As in its spec: they tell which partition it belongs to. Empty when the provider lost them. */
    char organisation[64], project[64];
};
struct provider_volume {
    char volume[41];
    enum arch arch;
    uint64_t used_bytes;
};
struct provider_listing {
    const struct provider_machine *machines; /* exist: any process or resource of theirs is left */
    size_t machine_count;
    const struct provider_volume *volumes;
    size_t volume_count;
};
typedef void provider_listed_fn(void *arg, const struct provider_listing *listing,
                                const struct error *err);

struct provider_operations {
    const char *name; /* "process" */
    /* Launches the machine (and makes its volume when it does not exist). Success means that the
     * machine exists; readiness comes from the machine itself, through the log. */
    void (*launch)(struct provider *provider, const struct provider_machine_spec *spec,
                   provider_done_fn *done, void *arg);
    /* Asks the machine to end and makes sure that it does: SIGTERM, after `grace_ms` SIGKILL.
     * Answered when nothing of it is left. Unknown ids are gone already: success. */
    void (*stop)(struct provider *provider, const char *machine, int64_t grace_ms,
                 provider_done_fn *done, void *arg);
    /* Everything that carries this installation's tag. */
    void (*list)(struct provider *provider, provider_listed_fn *done, void *arg);
    void (*volume_delete)(struct provider *provider, const char *volume, provider_done_fn *done,
                          void *arg);
    /* Whether machines of the architecture can be launched, and whether that is by emulation. */
    bool (*supports)(struct provider *provider, enum arch arch, bool *ret_emulated);
    /* Closes the provider and leaves its machines running. */
    void (*close)(struct provider *provider);
};

struct provider {
    const struct provider_operations *operations;
    /* Set by the owner of the provider: something changed by itself (a machine ended): list again. */
    void (*changed)(void *arg);
    void *changed_arg;
};

#endif
