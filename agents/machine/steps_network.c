#include "machine/steps_network.h"

#include "base/memory.h"
#include "machine/buildkit_config.h"

#include <stdlib.h>

#define RULES_MAX           65536
#define RESTORE_TIMEOUT_MS  20000

struct steps_network {
    steps_network_fn *done;
    void *arg;
    struct child *restore;
};

static void restored(void *arg, const struct child_exit *ended)
{
    struct steps_network *network = arg;
    struct error err;

    network->restore = NULL;
    if (ended->code == 0) {
        network->done(network->arg, NULL);
        return;
    }
    error_set(&err, ERROR_MISSING, "iptables-restore could not deny networks to RUN steps: %.200s",
              ended->timed_out ? "it did not end in time" : ended->output);
    network->done(network->arg, &err);
}

static struct child *start_restore(struct loop *loop, struct steps_network *network,
                                   const struct machine_config *config, struct error *err)
{
    static const char *const argv[] = {"iptables-restore", "--noflush", "--wait", NULL};
    struct buf rules = BUF_INIT(RULES_MAX);
    struct child_options options = CHILD_OPTIONS_INIT;
    struct child *child = NULL;

    if (steps_deny_rules(config, &rules, err) == 0) {
        options.argv = argv;
        options.stdin_text = buf_slice(&rules);
        options.exited = restored;
        options.arg = network;
        options.timeout_ms = RESTORE_TIMEOUT_MS;
        options.die_with_parent = true;
        child = child_start(loop, &options, err);
    }
    buf_free(&rules);
    return child;
}

struct steps_network *steps_network_deny(struct loop *loop, const struct machine_config *config,
                                         steps_network_fn *done, void *arg, struct error *err)
{
    struct steps_network *network = xcalloc(1, sizeof(*network));

    network->done = done;
    network->arg = arg;
    network->restore = start_restore(loop, network, config, err);
    if (network->restore == NULL) {
        free(network);
        return NULL;
    }
    return network;
}

void steps_network_free(struct steps_network *network)
{
    if (network == NULL)
        return;
    if (network->restore != NULL)
        child_abandon(network->restore, true);
    free(network);
}
