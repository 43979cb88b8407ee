#include "api/api.h"

#include "api/alive.h"
#include "api/api_tls.h"
#include "api/call.h"
#include "api/keys.h"
#include "api/projector.h"
#include "api/publish.h"
#include "api/view.h"
#include "api/waiting.h"
#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* --- readiness --- */

static void announce_when_ready(struct api *api)
{
    if (api->announced || api->server == NULL || api->projector == NULL ||
        !store_is_connected(api->store))
        return;
    api->announced = true;
    log_info("ready");
    daemon_ready(api->daemon);
}

/* --- the log --- */

static void bus_failed(void *arg, const struct error *err)
{
    struct api *api = arg;

    daemon_fail(api->daemon, err);
}

static void topics_ensured(void *arg, const struct error *err)
{
    struct api *api = arg;
    struct error problem;

    if (api->ending)
        return;
    if (err != NULL) {
        daemon_fail(api->daemon, err);
        return;
    }
    api->topics_ready = true;
    api->projector = projector_start(
        &(struct projector_options){.loop = api->loop,
                                    .bus = api->bus,
                                    .store = api->store,
                                    .view = api->view,
                                    .metrics = api->metrics,
                                    .partitions = (int32_t)api->config->bus.partitions},
        &problem);
    if (api->projector == NULL)
        daemon_fail(api->daemon, &problem);
    else
        announce_when_ready(api);
}

static int open_bus(struct api *api, struct error *err)
{
    struct bus_options options;

    bus_options_from_config(&options, &api->config->bus, api->instance);
    api->bus = bus_open(api->loop, &options, bus_failed, api, err);
    if (api->bus == NULL)
        return -1;
    api->publisher =
        publisher_new(api->bus, api->instance, (int32_t)api->config->bus.partitions, api->metrics);
    bus_ensure_leat_topics(api->bus, &api->config->bus, topics_ensured, api);
    return 0;
}

/* --- Redis --- */

static void store_connected(void *arg)
{
    struct api *api = arg;

    log_info("Redis is connected");
    if (api->projector != NULL)
        projector_store_connected(api->projector);
    waiting_wake_all(api->waiting);
    announce_when_ready(api);
}

static void store_disconnected(void *arg, const struct error *err)
{
    (void)arg;
    log_warn("Redis: %s", err->message);
}

/* Said by a reader here or, through the channel, by one of another replica. */
static void view_is_missing(void *arg)
{
    struct api *api = arg;

    if (api->projector != NULL)
        projector_check(api->projector);
}

static int open_store(struct api *api, struct error *err)
{
    const struct api_config *config = api->config;
    const struct store_options options = {.url = config->store_url,
                                          .password_file = config->store_password_file,
                                          .connected = store_connected,
                                          .disconnected = store_disconnected,
                                          .arg = api};
    char channel[KEY_SIZE];

    api->waiting =
        waiting_new(api->loop, (size_t)config->max_waiters, api->metrics, view_is_missing, api);
    api->store = store_open(api->loop, &options, err);
    if (api->store == NULL)
        return error_prefix(err, "[store]");
    api->view = view_new(api->store, config->bus.topic_prefix, publisher_partition(api->publisher),
                         view_is_missing, api);
    api->alive = alive_new(api->loop, api->publisher, api->view);
    return waiting_subscribe(api->waiting, api->store,
                             key_channel(channel, config->bus.topic_prefix), err);
}

/* --- HTTP --- */

static int open_server(struct api *api, struct error *err)
{
    struct tls_context *tls = api_tls_context(api->config, api->secrets->master, err);
    struct text_list listen;

    if (tls == NULL)
        return -1;
    text_list_split(&listen, api->config->listen);
    const struct http_server_options options = {.listen = (const char *const *)listen.items,
                                                .tls = tls,
                                                .max_connections =
                                                    (size_t)api->config->max_connections,
                                                .handler = call_dispatch,
                                                .arg = api};
    api->server = http_server_new(api->loop, &options, err);
    for (size_t i = 0; api->server != NULL && i < listen.count; i++)
        log_info("listening on %s, port %u", listen.items[i],
                 (unsigned)http_server_port(api->server, i));
    text_list_clear(&listen);
    tls_context_unref(tls);
    return api->server != NULL ? 0 : -1;
}

/* --- life --- */

static void name_instance(struct api *api)
{
    char host[65] = "";

    if (api->config->instance[0] == '\0' && gethostname(host, sizeof(host) - 1) < 0)
        log_warn("the host has no name: %d", errno);
    api->instance = xstrdup(api->config->instance[0] != '\0' ? api->config->instance : host);
}

static void api_free(void *state)
{
    struct api *api = state;

    /* From the outside in: what was closed answers what is still waiting, so those who are answered
     * go last. */
    api->ending = true;
    http_server_free(api->server);
    bus_close(api->bus);
    store_close(api->store);
    projector_free(api->projector);
    waiting_free(api->waiting);
    view_free(api->view);
    alive_free(api->alive);
    publisher_free(api->publisher);
    call_metrics_free(api->call_metrics);
    metrics_free(api->metrics);
    secrets_free(api->secrets);
    free(api->instance);
    free(api);
}

static int open_parts(struct api *api, struct error *err)
{
    api->secrets = secrets_load(api->config, err);
    if (api->secrets == NULL)
        return -1;
    return open_bus(api, err) < 0 || open_store(api, err) < 0 || open_server(api, err) < 0 ? -1 : 0;
}

static void *api_start(struct daemon *daemon, struct loop *loop, const void *config,
                       struct error *err)
{
    struct api *api = xcalloc(1, sizeof(*api));

    api->loop = loop;
    api->daemon = daemon;
    api->config = config;
    api->metrics = metrics_new();
    api->call_metrics = call_metrics_new(api->metrics);
    name_instance(api);
    if (open_parts(api, err) < 0) {
        api_free(api);
        return NULL;
    }
    return api;
}

static void api_stop(void *state)
{
    struct api *api = state;

    /* Clients and machines ask another replica, or again: nothing has to be waited for. */
    daemon_stopped(api->daemon);
}

const struct daemon_program api_program = {
    .name = "leat-api",
    .component = "api",
    .summary = "the HTTP API of Leat: takes builds, hands out builders, registers machines",
    .config = &api_config_table,
    .config_size = sizeof(struct api_config),
    .log_offset = offsetof(struct api_config, log),
    .start = api_start,
    .stop = api_stop,
    .free = api_free,
};
