#include "cloud/stop_machines.h"

#include "base/memory.h"
#include "cloud/config.h"
#include "process/process.h"

#include <stdlib.h>

struct stopping {
    struct daemon *daemon;
    struct provider *provider;
};

static void all_stopped(void *arg, const struct error *err, int64_t again_ms)
{
    struct stopping *stopping = arg;
    if (err != NULL)
        daemon_fail(stopping->daemon, err);
    else
        daemon_stopped(stopping->daemon);
}

static void *start(struct daemon *daemon, struct loop *loop, const void *arg, struct error *err)
{
    const struct cloud_config *config = arg;
    struct stopping *stopping = xcalloc(1, sizeof(*stopping));
    struct process_provider_options options;
    struct buf machine_config = BUF_INIT(65536);

    stopping->daemon = daemon;
    if (process_options_from_config(&options, &config->process, &machine_config, err) == 0)
        stopping->provider = process_provider_attach(loop, &options, err);
    buf_free(&machine_config);
    if (stopping->provider == NULL) {
        free(stopping);
        return NULL;
    }
    process_provider_stop_all(stopping->provider, config->stop_grace_ms, all_stopped, stopping);
    return stopping;
}

static void stop(void *state)
{
    struct stopping *stopping = state;
    daemon_stopped(stopping->daemon);
}

static void free_state(void *state)
{
    struct stopping *stopping = state;
    stopping->provider->operations->close(stopping->provider);
    free(stopping);
}

static const struct daemon_program stop_machines_program = {
    .name = "leat-cloud-agent --stop-machines",
    .component = "stop-machines",
    .summary = "stops every machine on this computer",
    .config = &cloud_config_table,
    .config_size = sizeof(struct cloud_config),
    .log_offset = offsetof(struct cloud_config, log),
    .start = start,
    .stop = stop,
    .free = free_state,
};

int stop_machines(int argc, char **argv)
{
    return daemon_main(&stop_machines_program, argc, argv);
}
