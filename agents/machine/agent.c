#include "machine/agent.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "machine/buildkit.h"
#include "machine/core.h"
#include "machine/desired.h"
#include "machine/events.h"
#include "machine/reaper.h"
#include "machine/registration.h"
#include "machine/steps_network.h"
#include "machine/volume.h"

#include <stdio.h>
#include <stdlib.h>

#define CA_PEM_MAX 65536

struct agent {
    struct daemon *daemon;
    struct loop *loop;
    const struct machine_config *config;
    struct core core;
    struct timer *deadline, *heartbeat;
    struct http_client *client;
    struct publisher *publisher;
    struct buildkit *buildkit;
    struct steps_network *steps_network;
    struct registration *registration;
    struct desired *desired;
    struct reaper *reaper;
    struct load last_load;
    int64_t started_ms, last_load_ms;
    char server_name[128];
    char buildkit_version[32];
};

static void feed(struct agent *agent, const struct core_event *event);

static void feed_type(struct agent *agent, enum core_event_type type)
{
    feed(agent, &(struct core_event){.type = type});
}

static void feed_broken(struct agent *agent, const char *reason)
{
    log_error("%s", reason);
    feed(agent, &(struct core_event){.type = CORE_EVENT_BROKEN, .reason = reason});
}

/* --- what the parts report --- */

static void denies_set(void *arg, const struct error *err)
{
    struct agent *agent = arg;
    if (err != NULL)
        feed_broken(agent, err->message);
    else
        feed_type(agent, CORE_EVENT_DENIES_SET);
}

static void version_known(void *arg, const char *version, const struct error *err)
{
    struct agent *agent = arg;
    if (err != NULL) {
        feed_broken(agent, err->message);
        return;
    }
    text_copy(agent->buildkit_version, sizeof(agent->buildkit_version), version);
    feed_type(agent, CORE_EVENT_VERSION_OK);
}

static void buildkit_listens(void *arg)
{
    feed_type(arg, CORE_EVENT_BUILDKIT_READY);
}

static void buildkit_probed(void *arg, const struct error *err)
{
    struct agent *agent = arg;
    if (err == NULL) {
        feed_type(agent, CORE_EVENT_PROBE_OK);
        return;
    }
    log_warn("BuildKit says it is ready, but the check failed: %s", err->message);
    feed(agent, &(struct core_event){.type = CORE_EVENT_BUILDKIT_EXITED, .reason = err->message});
}

static void buildkit_ended(void *arg, const char *reason)
{
    log_warn("%s", reason);
    feed(arg, &(struct core_event){.type = CORE_EVENT_BUILDKIT_EXITED, .reason = reason});
}

static void desired_changed(void *arg, const struct desired_state *state)
{
    feed(arg, &(struct core_event){.type = CORE_EVENT_DESIRED,
                                   .reason = state->reason,
                                   .drain = state->drain,
                                   .stop = state->stop,
                                   .builds = state->builds});
}

static void registration_done(void *arg, const struct registration_answer *answer,
                              const struct error *err)
{
    struct agent *agent = arg;
    if (err != NULL) {
        feed_broken(agent, err->message);
        return;
    }
    log_info("registered as %s", answer->server_name);
    text_copy(agent->server_name, sizeof(agent->server_name), answer->server_name);
    http_client_set_bearer(agent->client, answer->machine_token);
    agent->desired =
        desired_start(agent->loop, agent->client, agent->config->id, desired_changed, agent);
    feed_type(agent, CORE_EVENT_REGISTERED);
}

static void all_published(void *arg)
{
    feed_type(arg, CORE_EVENT_PUBLISHED);
}

static void deadline_came(void *arg)
{
    feed_type(arg, CORE_EVENT_TIME);
}

static void heartbeat(void *arg)
{
    struct agent *agent = arg;
    int64_t now = loop_now_ms(agent->loop);
    struct load load;

    load_read(agent->config, &load);
    events_publish_load(agent->publisher, agent->config, &load, &agent->last_load,
                        now - agent->last_load_ms);
    agent->last_load = load;
    agent->last_load_ms = now;
    timer_set(agent->heartbeat, agent->config->heartbeat_ms);
}

/* --- what the core asks for --- */

static bool reaper_leaves(void *arg, pid_t pid)
{
    struct agent *agent = arg;
    return buildkit_owns(agent->buildkit, pid);
}

static void start_buildkit(struct agent *agent)
{
    if (agent->reaper == NULL) /* orphans come from BuildKit's steps alone */
        agent->reaper = reaper_new(agent->loop, reaper_leaves, agent);
    buildkit_start(agent->buildkit);
}

static void publish_ready(struct agent *agent)
{
    struct events_ready ready = {
        .server_name = agent->server_name,
        .buildkit_version = agent->buildkit_version,
        .boot_ms = loop_now_ms(agent->loop) - agent->started_ms,
        .restarts = agent->core.restarts,
    };
    log_info("BuildKit %s takes builds at %s:%lld, %lld ms after the start", ready.buildkit_version,
             agent->config->address, (long long)agent->config->port, (long long)ready.boot_ms);
    events_publish_ready(agent->publisher, agent->config, &ready);
    load_read(agent->config, &agent->last_load);
    agent->last_load_ms = loop_now_ms(agent->loop);
    timer_set(agent->heartbeat, agent->config->heartbeat_ms);
}

static void unmount(struct agent *agent)
{
    struct error err;
    if (volume_unmount(agent->config, &err) < 0) {
        log_error("%s", err.message);
        agent->core.clean = false;
    }
    feed_type(agent, CORE_EVENT_UNMOUNTED);
}

/* Before registration there is no way to publish: the log of the machine is all there is. */
static bool can_publish(const struct agent *agent)
{
    return agent->server_name[0] != '\0';
}

static void publish(struct agent *agent, unsigned actions)
{
    if (!can_publish(agent))
        return;
    if (actions & CORE_PUBLISH_READY)
        publish_ready(agent);
    if (actions & CORE_PUBLISH_FAILED)
        events_publish_failed(agent->publisher, agent->config, agent->core.reason);
    if (actions & CORE_PUBLISH_DRAINING)
        events_publish_draining(agent->publisher, agent->config, agent->core.reason);
    if (actions & CORE_PUBLISH_STOPPED)
        events_publish_stopped(agent->publisher, agent->config, agent->core.reason,
                               agent->core.clean);
}

static void act(struct agent *agent, unsigned actions)
{
    publish(agent, actions);
    if (actions & CORE_TERMINATE_BUILDKIT)
        buildkit_terminate(agent->buildkit);
    if (actions & CORE_KILL_BUILDKIT)
        buildkit_kill(agent->buildkit);
    if (actions & CORE_START_BUILDKIT)
        start_buildkit(agent);
    if (actions & CORE_PROBE)
        buildkit_probe(agent->buildkit, agent->server_name);
    if (actions & CORE_UNMOUNT)
        unmount(agent);
    if ((actions & CORE_PUBLISH_STOPPED) && publisher_is_empty(agent->publisher))
        feed_type(agent, CORE_EVENT_PUBLISHED);
    if (actions & CORE_EXIT) {
        log_info("stopped: %s", agent->core.reason[0] != '\0' ? agent->core.reason : "asked to");
        daemon_stopped(agent->daemon);
    }
}

static void feed(struct agent *agent, const struct core_event *event)
{
    int64_t now = loop_now_ms(agent->loop);
    unsigned actions = core_step(&agent->core, event, now);
    int64_t deadline = core_deadline(&agent->core);

    if (deadline != 0)
        timer_set(agent->deadline, deadline > now ? deadline - now : 0);
    else
        timer_clear(agent->deadline);
    act(agent, actions);
}

/* --- start and end --- */

static int make_client(struct agent *agent, struct error *err)
{
    struct buf ca = BUF_INIT(CA_PEM_MAX + 1);
    int result = file_read(agent->config->api_ca_file, CA_PEM_MAX, &ca, err);

    if (result == 0) {
        struct http_client_options options = {.base_url = agent->config->api_url,
                                              .ca_pem = buf_text(&ca),
                                              .user_agent = "leat-machine-agent/" LEAT_VERSION};
        agent->client = http_client_new(agent->loop, &options, err);
        result = agent->client != NULL ? 0 : -1;
    }
    buf_free(&ca);
    return result;
}

static void bus_is_lost(void *arg, const struct error *err)
{
    struct agent *agent = arg;
    daemon_fail(agent->daemon, err);
}

static int make_publisher(struct agent *agent, struct error *err)
{
    struct publisher_transport transport =
        agent->config->publish == MACHINE_PUBLISH_API
            ? publisher_through_api(agent->client, agent->config->id)
            : publisher_to_bus(agent->loop, agent->config, bus_is_lost, agent, err);
    if (transport.state == NULL)
        return -1;
    agent->publisher =
        publisher_new(agent->loop, agent->config->id, transport, all_published, agent);
    return 0;
}

static int boot(struct agent *agent, struct error *err)
{
    static const struct buildkit_callbacks callbacks = {.version = version_known,
                                                        .ready = buildkit_listens,
                                                        .probed = buildkit_probed,
                                                        .exited = buildkit_ended};

    if (file_make_folders(agent->config->run_folder, 0700, err) < 0 ||
        volume_mount(agent->config, err) < 0 || make_client(agent, err) < 0 ||
        make_publisher(agent, err) < 0)
        return -1;
    agent->buildkit = buildkit_new(agent->loop, agent->config, &callbacks, agent);
    agent->steps_network =
        steps_network_deny(agent->loop, agent->config, denies_set, agent, err);
    if (agent->steps_network == NULL)
        return -1;
    agent->registration = registration_start(agent->loop, agent->client, agent->config,
                                             registration_done, agent, err);
    if (agent->registration == NULL)
        return -1;
    buildkit_check_version(agent->buildkit);
    return 0;
}

struct agent *agent_start(struct daemon *daemon, struct loop *loop,
                          const struct machine_config *config, struct error *err)
{
    struct agent *agent = xcalloc(1, sizeof(*agent));
    struct core_limits limits = {.start_timeout_ms = config->buildkit_start_timeout_ms,
                                 .stop_timeout_ms = config->buildkit_stop_timeout_ms};

    agent->daemon = daemon;
    agent->loop = loop;
    agent->config = config;
    agent->started_ms = loop_now_ms(loop);
    agent->deadline = timer_new(loop, deadline_came, agent);
    agent->heartbeat = timer_new(loop, heartbeat, agent);
    core_init(&agent->core, &limits);
    if (boot(agent, err) < 0) {
        agent_free(agent);
        return NULL;
    }
    daemon_ready(daemon);
    return agent;
}

void agent_stop(struct agent *agent)
{
    feed(agent, &(struct core_event){.type = CORE_EVENT_TERMINATE, .reason = "asked to stop"});
}

void agent_free(struct agent *agent)
{
    if (agent == NULL)
        return;
    desired_free(agent->desired);
    registration_free(agent->registration);
    steps_network_free(agent->steps_network);
    publisher_free(agent->publisher);
    buildkit_free(agent->buildkit);
    reaper_free(agent->reaper);
    http_client_free(agent->client);
    timer_free(agent->deadline);
    timer_free(agent->heartbeat);
    free(agent);
}

/* --- the program --- */

static void *program_start(struct daemon *daemon, struct loop *loop, const void *config,
                           struct error *err)
{
    return agent_start(daemon, loop, config, err);
}

static void program_stop(void *state)
{
    agent_stop(state);
}

static void program_free(void *state)
{
    agent_free(state);
}

const struct daemon_program machine_agent_program = {
    .name = "leat-machine-agent",
    .component = "machine-agent",
    .summary = "runs BuildKit on one machine for one project and tells the fleet about it",
    .config = &machine_config_table,
    .config_size = sizeof(struct machine_config),
    .log_offset = offsetof(struct machine_config, log),
    .start = program_start,
    .stop = program_stop,
    .free = program_free,
    .stop_limit_ms = -1, /* a drain lasts as long as the longest build */
};
