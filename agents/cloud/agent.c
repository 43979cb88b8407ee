#include "cloud/agent.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "cloud/draws.h"
#include "cloud/owner.h"
#include "cloud/provider.h"
#include "cloud/reconciler.h"
#include "cloud/status_page.h"
#include "pki/authority.h"
#include "pki/pki.h"
#include "process/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWNERS_MAX 2048
#define ARCHS      2
/* An agent that was given no partition for so long is ready to take over from others. */
#define STANDBY_MS 15000

/* What this agent does for one architecture. */
struct membership {
    struct agent *agent;
    enum arch arch;
    bool emulated;
    char unsupported[160]; /* why it cannot be launched; empty: it can */
    struct bus_group *group;
};

struct agent {
    struct daemon *daemon;
    struct loop *loop;
    const struct cloud_config *config;
    struct bus *bus;
    struct provider *provider;
    struct reconciler *reconciler;
    struct status_page *status_page;
    struct membership memberships[ARCHS];
    struct owner *owners[OWNERS_MAX];
    size_t owner_count;
    struct timer *again, *standby;
    bool listing, list_again, closing, ready;
    uint8_t launch_secret[MASTER_SECRET_SIZE];
    char instance[64];
};

struct provider_call {
    struct agent *agent;
    enum reconciler_action action;
    char machine[41];
};

static void reconcile(void *arg);

/* --- owners --- */

static bool is_owning(const struct owner *owner)
{
    return owner_core_state(owner_core(owner)) == OWNER_OWNING;
}

static const struct fleet *confirmed_fleet(const struct owner *owner)
{
    return owner_core_confirmed(owner_core(owner));
}

static struct owner *owner_of(const struct agent *agent, const char *machine)
{
    for (size_t i = 0; i < agent->owner_count; i++) {
        if (is_owning(agent->owners[i]) &&
            fleet_find_machine(confirmed_fleet(agent->owners[i]), machine) != NULL)
            return agent->owners[i];
    }
    return NULL;
}

static bool is_gone(const struct agent *agent, const char *machine)
{
    for (size_t i = 0; i < agent->owner_count; i++) {
        if (is_owning(agent->owners[i]) &&
            fleet_machine_is_gone(confirmed_fleet(agent->owners[i]), machine))
            return true;
    }
    return false;
}

/* Every partition of the architectures that this agent takes is owned here and decided for. */
static bool owns_everything(const struct agent *agent)
{
    size_t wanted = 0;

    for (size_t i = 0; i < ARCHS; i++)
        wanted += agent->memberships[i].group != NULL ? (size_t)agent->config->bus.partitions : 0;
    for (size_t i = 0; i < agent->owner_count; i++) {
        if (!is_owning(agent->owners[i]))
            return false;
    }
    return agent->owner_count == wanted;
}

/* --- readiness --- */

static void announce(void *arg)
{
    struct agent *agent = arg;

    timer_clear(agent->standby);
    if (!agent->ready)
        daemon_ready(agent->daemon);
    agent->ready = true;
}

/* It was given partitions, and no owner of one is still on its way. */
static bool is_settled(const struct agent *agent, const struct membership *membership)
{
    size_t given = 0;

    for (size_t i = 0; i < agent->owner_count; i++) {
        enum owner_state state = owner_core_state(owner_core(agent->owners[i]));
        if (owner_arch(agent->owners[i]) != membership->arch)
            continue;
        if (state != OWNER_OWNING && state != OWNER_BROKEN)
            return false;
        given++;
    }
    return given > 0 || membership->group == NULL;
}

static void announce_when_settled(struct agent *agent)
{
    for (size_t i = 0; i < ARCHS; i++) {
        if (!is_settled(agent, &agent->memberships[i]))
            return;
    }
    announce(agent);
}

static void owner_confirmed(void *arg)
{
    announce_when_settled(arg);
    reconcile(arg);
}

/* --- partitions --- */

static void partition_assigned(void *arg, int32_t partition)
{
    struct membership *membership = arg;
    struct agent *agent = membership->agent;
    struct owner_options options = {.loop = agent->loop,
                                    .bus = agent->bus,
                                    .arch = membership->arch,
                                    .partition = partition,
                                    .partitions = (int32_t)agent->config->bus.partitions,
                                    .instance = agent->instance,
                                    .launch_secret = agent->launch_secret,
                                    .confirmed = owner_confirmed,
                                    .arg = agent};

    if (agent->owner_count == OWNERS_MAX) {
        log_error("more than %d partitions for one agent", OWNERS_MAX);
        return;
    }
    cloud_config_settings(agent->config, &options.settings);
    options.settings.emulated = membership->emulated;
    if (membership->unsupported[0] != '\0')
        options.settings.unsupported = membership->unsupported;
    agent->owners[agent->owner_count++] = owner_new(&options);
}

static void partition_revoked(void *arg, int32_t partition, bool lost)
{
    struct membership *membership = arg;
    struct agent *agent = membership->agent;

    for (size_t i = 0; i < agent->owner_count; i++) {
        if (owner_arch(agent->owners[i]) == membership->arch &&
            owner_partition(agent->owners[i]) == partition) {
            owner_free(agent->owners[i]);
            agent->owners[i] = agent->owners[--agent->owner_count];
            return;
        }
    }
}

/* --- reconciliation --- */

static void call_answered(void *arg, const struct error *err, int64_t again_ms)
{
    struct provider_call *call = arg;
    struct agent *agent = call->agent;
    bool failed = err != NULL;

    if (!agent->closing) {
        if (failed)
            log_warn("%s of machine %s: %s", call->action == RECONCILER_LAUNCH ? "launch" : "stop",
                     call->machine, err->message);
        reconciler_answered(agent->reconciler, call->machine, failed, again_ms,
                            loop_now_ms(agent->loop));
        if (failed && !err->retriable && call->action == RECONCILER_LAUNCH) {
            struct owner *owner = owner_of(agent, call->machine);
            if (owner != NULL)
                owner_provider_says(owner, &(struct planner_event){.type = PLANNER_LAUNCH_FAILED,
                                                                   .machine = call->machine,
                                                                   .reason = err->message});
        }
        reconcile(agent);
    }
    free(call);
}

static struct provider_call *new_call(struct agent *agent, enum reconciler_action action,
                                      const char *machine)
{
    struct provider_call *call = xcalloc(1, sizeof(*call));
    call->agent = agent;
    call->action = action;
    text_copy(call->machine, sizeof(call->machine), machine);
    return call;
}

static void launch(struct agent *agent, const struct fleet *fleet, const struct machine *machine)
{
    char token[REGISTRATION_TOKEN_SIZE];
    const struct volume *volume = fleet_find_volume(fleet, machine->volume);
    struct provider_machine_spec spec = {
        .machine = machine->machine,
        .organisation = machine->organisation,
        .project = machine->project,
        .arch = machine->arch,
        .volume = machine->volume,
        .volume_cap_bytes = volume != NULL ? volume->cap_bytes : 0,
        .registration_token = token,
        .cpu_millis = machine->cpu_millis,
        .memory_bytes = machine->memory_bytes,
    };

    draws_registration_token(token, agent->launch_secret, machine->machine);
    agent->provider->operations->launch(agent->provider, &spec, call_answered,
                                        new_call(agent, RECONCILER_LAUNCH, machine->machine));
    explicit_bzero(token, sizeof(token));
}

static void stop(struct agent *agent, const char *machine)
{
    agent->provider->operations->stop(agent->provider, machine, agent->config->stop_grace_ms,
                                      call_answered, new_call(agent, RECONCILER_STOP, machine));
}

static bool is_listed(const struct provider_listing *listing, const char *machine)
{
    for (size_t i = 0; i < listing->machine_count; i++) {
        if (text_equal(listing->machines[i].machine, machine))
            return true;
    }
    return false;
}

static void look_at_machine(struct agent *agent, struct owner *owner, const struct fleet *fleet,
                            const struct machine *machine, bool listed)
{
    char id[41];
    int64_t now = loop_now_ms(agent->loop);

    switch (reconciler_look(agent->reconciler, machine, listed, now)) {
    case RECONCILER_LAUNCH:
        launch(agent, fleet, machine);
        break;
    case RECONCILER_STOP:
        stop(agent, machine->machine);
        break;
    case RECONCILER_GONE:
        text_copy(id, sizeof(id), machine->machine);
        reconciler_forget(agent->reconciler, id);
        owner_provider_says(
            owner, &(struct planner_event){.type = PLANNER_MACHINE_GONE,
                                           .machine = id,
                                           .reason = machine->state == MACHINE_STATE_STOPPING
                                                         ? "stopped"
                                                         : "it vanished"});
        break;
    case RECONCILER_NOTHING:
        break;
    }
}

static void look_at_owner(struct agent *agent, struct owner *owner,
                          const struct provider_listing *listing)
{
    const struct fleet *fleet = confirmed_fleet(owner);
    const struct machine *machine = NULL;

    while ((machine = fleet_next_machine(fleet, machine)) != NULL)
        look_at_machine(agent, owner, fleet, machine, is_listed(listing, machine->machine));
}

static void look_at_orphans(struct agent *agent, const struct provider_listing *listing)
{
    bool everything = owns_everything(agent);

    for (size_t i = 0; i < listing->machine_count; i++) {
        const char *id = listing->machines[i].machine;
        bool orphan = is_gone(agent, id) || (everything && owner_of(agent, id) == NULL);
        if (orphan && reconciler_look_at_orphan(agent->reconciler, id, loop_now_ms(agent->loop)) ==
                          RECONCILER_STOP) {
            log_warn("machine %s exists, but the fleet has no use for it: stopping it", id);
            stop(agent, id);
        }
    }
}

static void arm(struct agent *agent)
{
    int64_t deadline = reconciler_deadline(agent->reconciler), now = loop_now_ms(agent->loop);

    if (deadline == 0)
        timer_clear(agent->again);
    else
        timer_set(agent->again, deadline > now ? deadline - now : 0);
}

static void listed(void *arg, const struct provider_listing *listing, const struct error *err)
{
    struct agent *agent = arg;

    agent->listing = false;
    if (agent->closing)
        return;
    if (err != NULL) {
        log_warn("the provider cannot list its machines: %s", err->message);
        timer_set(agent->again, RECONCILER_PAUSE_MIN_MS);
        return;
    }
    for (size_t i = 0; i < agent->owner_count; i++) {
        if (is_owning(agent->owners[i]))
            look_at_owner(agent, agent->owners[i], listing);
    }
    look_at_orphans(agent, listing);
    arm(agent);
    if (agent->list_again)
        reconcile(agent);
}

static void reconcile(void *arg)
{
    struct agent *agent = arg;

    agent->list_again = agent->listing;
    if (agent->listing || agent->closing)
        return;
    agent->listing = true;
    agent->provider->operations->list(agent->provider, listed, agent);
}

/* --- start and end --- */

static void bus_is_lost(void *arg, const struct error *err)
{
    struct agent *agent = arg;
    daemon_fail(agent->daemon, err);
}

static bool names_arch(const char *list, enum arch arch)
{
    _cleanup_free_ char *copy = xstrdup(list);
    char *rest = NULL;

    for (char *name = strtok_r(copy, ", ", &rest); name != NULL;
         name = strtok_r(NULL, ", ", &rest)) {
        if (text_equal(name, arch_name(arch)))
            return true;
    }
    return false;
}

/* Whether the agent takes requests of the architecture, if only to turn them away. */
static bool takes(struct agent *agent, struct membership *membership)
{
    const char *arch = arch_name(membership->arch), *archs = agent->config->archs;
    bool is_named = names_arch(archs, membership->arch);

    if (archs[0] != '\0' && !is_named)
        return false;
    if (agent->provider->operations->supports(agent->provider, membership->arch,
                                              &membership->emulated)) {
        log_info("takes requests for %s%s", arch, membership->emulated ? " (emulated)" : "");
        return true;
    }
    snprintf(membership->unsupported, sizeof(membership->unsupported),
             "%s machines cannot be launched here: the processor is another one, and nothing "
             "emulates it (`leat doctor` says what is missing)",
             arch);
    log_info("%s machines cannot be launched here; builds for them %s", arch,
             is_named ? "are turned away" : "are left to other agents");
    return is_named;
}

static int join(struct agent *agent, enum arch arch, struct error *err)
{
    static const struct bus_group_callbacks callbacks = {.assigned = partition_assigned,
                                                         .revoked = partition_revoked};
    struct membership *membership = &agent->memberships[arch - ARCH_AMD64];
    char group[64], topic[64];

    membership->agent = agent;
    membership->arch = arch;
    if (!takes(agent, membership))
        return 0;
    snprintf(group, sizeof(group), "cloud-agents.%s", arch_name(arch));
    snprintf(topic, sizeof(topic), "builder-requests.%s", arch_name(arch));
    membership->group = bus_join(agent->bus, group, topic, &callbacks, membership, err);
    return membership->group != NULL ? 0 : -1;
}

static void topics_ensured(void *arg, const struct error *err)
{
    struct agent *agent = arg;
    struct error failure = ERROR_INIT;

    if (err != NULL) {
        daemon_fail(agent->daemon, err);
        return;
    }
    if (join(agent, ARCH_AMD64, &failure) < 0 || join(agent, ARCH_ARM64, &failure) < 0) {
        daemon_fail(agent->daemon, &failure);
        return;
    }
    timer_set(agent->standby, STANDBY_MS);
    announce_when_settled(agent); /* it takes nothing at all */
}

static void name_instance(struct agent *agent)
{
    uint8_t random[5];
    char text[16];

    pki_random(random, sizeof(random));
    text_base32_encode(text, random, sizeof(random));
    snprintf(agent->instance, sizeof(agent->instance), "%s%s%s", agent->config->instance,
             agent->config->instance[0] != '\0' ? "-" : "", text);
}

static int open_bus(struct agent *agent, struct error *err)
{
    struct bus_options options;

    bus_options_from_config(&options, &agent->config->bus, agent->instance);
    agent->bus = bus_open(agent->loop, &options, bus_is_lost, agent, err);
    return agent->bus != NULL ? 0 : -1;
}

static int open_provider(struct agent *agent, struct error *err)
{
    struct process_provider_options options;
    struct buf machine_config = BUF_INIT(65536);

    if (process_options_from_config(&options, &agent->config->process, &machine_config, err) == 0)
        agent->provider = process_provider_open(agent->loop, &options, err);
    buf_free(&machine_config);
    if (agent->provider == NULL)
        return -1;
    agent->provider->changed = reconcile;
    agent->provider->changed_arg = agent;
    return 0;
}

static void fill_status(void *arg, struct status_figures *ret)
{
    struct agent *agent = arg;

    ret->ready = true;
    for (size_t i = 0; i < agent->owner_count; i++) {
        struct owner_counts counts = owner_core_counts(owner_core(agent->owners[i]));
        enum owner_state state = owner_core_state(owner_core(agent->owners[i]));
        ret->owned += state == OWNER_OWNING;
        ret->broken += state == OWNER_BROKEN;
        ret->decisions += counts.decisions;
        ret->dead_letters += counts.dead_letters;
        ret->void_records += counts.void_records;
        ret->take_overs += counts.take_overs;
    }
    ret->partitions = agent->owner_count;
    ret->ready = ret->broken == 0 && ret->owned == ret->partitions;
}

static int open_parts(struct agent *agent, struct error *err)
{
    if (master_secret_load(agent->config->launch_secret_file, agent->launch_secret, err) < 0 ||
        open_provider(agent, err) < 0 || open_bus(agent, err) < 0)
        return -1;
    if (agent->config->listen[0] == '\0')
        return 0;
    agent->status_page =
        status_page_open(agent->loop, agent->config->listen, fill_status, agent, err);
    return agent->status_page != NULL ? 0 : -1;
}

static void agent_free(void *state)
{
    struct agent *agent = state;

    agent->closing = true;
    status_page_close(agent->status_page);
    for (size_t i = 0; i < ARCHS; i++) {
        if (agent->memberships[i].group != NULL)
            bus_group_leave(agent->memberships[i].group);
    }
    while (agent->owner_count > 0)
        owner_free(agent->owners[--agent->owner_count]);
    if (agent->bus != NULL)
        bus_close(agent->bus);
    if (agent->provider != NULL)
        agent->provider->operations->close(agent->provider);
    reconciler_free(agent->reconciler);
    timer_free(agent->again);
    timer_free(agent->standby);
    explicit_bzero(agent->launch_secret, sizeof(agent->launch_secret));
    free(agent);
}

static void *agent_start(struct daemon *daemon, struct loop *loop, const void *config,
                         struct error *err)
{
    struct agent *agent = xcalloc(1, sizeof(*agent));

    agent->daemon = daemon;
    agent->loop = loop;
    agent->config = config;
    agent->reconciler = reconciler_new();
    agent->again = timer_new(loop, reconcile, agent);
    agent->standby = timer_new(loop, announce, agent);
    name_instance(agent);
    if (open_parts(agent, err) < 0) {
        agent_free(agent);
        return NULL;
    }
    bus_ensure_leat_topics(agent->bus, &agent->config->bus, topics_ensured, agent);
    return agent;
}

/* Machines outlive the agent: whoever takes over finds them. */
static void agent_stop(void *state)
{
    struct agent *agent = state;
    daemon_stopped(agent->daemon);
}

const struct daemon_program cloud_agent_program = {
    .name = "leat-cloud-agent",
    .component = "cloud-agent",
    .summary = "decides which machines exist for which builds, and makes it so",
    .config = &cloud_config_table,
    .config_size = sizeof(struct cloud_config),
    .log_offset = offsetof(struct cloud_config, log),
    .start = agent_start,
    .stop = agent_stop,
    .free = agent_free,
};
