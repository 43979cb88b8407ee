#include "api/connection_state.h"

#include "base/text.h"
#include "pki/pki.h"

#include <stdio.h>
#include <string.h>

void version_of(struct slice text, char out[static VERSION_SIZE])
{
    uint8_t hash[PKI_HASH_SIZE];

    pki_sha256(hash, text);
    text_hex_encode(out, hash, (VERSION_SIZE - 1) / 2);
}

static void set_pending(struct connection_state *state, const char *phase, const char *reason)
{
    state->kind = CONNECTION_PENDING;
    state->phase = phase;
    snprintf(state->reason, sizeof(state->reason), "%s", reason);
}

static void from_absence(const struct view_build *build, enum arch arch,
                         struct connection_state *state)
{
    set_pending(state, "accepted",
                build->state.complete[ARCH_INDEX(arch)]
                    ? "the request is in the log and not decided yet"
                    : "the view of the log is being built again");
}

static void set_endpoint(const struct builder *builder, const struct machine *machine,
                         struct connection_state *state)
{
    bool is_v6 = strchr(machine->address, ':') != NULL;
    char base[140];

    snprintf(base, sizeof(base), "%s%s",
             machine->server_name[0] ? machine->server_name : machine->machine,
             machine->server_name[0] ? "" : ".leat");
    snprintf(state->endpoint, sizeof(state->endpoint), "tcp://%s%s%s:%u", is_v6 ? "[" : "",
             machine->address, is_v6 ? "]" : "", (unsigned)machine->port);
    snprintf(state->server_name, sizeof(state->server_name), "%s%s%s.%s", builder->build,
             builder->secret[0] ? "-" : "", builder->secret, base);
}

static void from_placed(const struct view_builder *entry, struct connection_state *state)
{
    const struct builder *builder = &entry->builder;
    char reason[120];

    if (!entry->has_machine || entry->machine.state >= MACHINE_STATE_STOPPING) {
        snprintf(reason, sizeof(reason), "machine %s is gone; another one is looked for",
                 builder->machine);
        set_pending(state, "queued", reason);
    } else if (entry->machine.state == MACHINE_STATE_LAUNCHING) {
        bool started = entry->machine.key.len > 0;
        snprintf(reason, sizeof(reason), "machine %s is %s", builder->machine,
                 started ? "starting its BuildKit" : "being launched");
        set_pending(state, started ? "starting" : "launching",
                    builder->reason[0] ? builder->reason : reason);
    } else {
        state->kind = CONNECTION_READY;
        text_copy(state->project, sizeof(state->project), builder->project);
        set_endpoint(builder, &entry->machine, state);
    }
}

static void from_builder(const struct view_builder *entry, struct connection_state *state)
{
    const struct builder *builder = &entry->builder;

    text_copy(state->machine, sizeof(state->machine), builder->machine);
    state->emulated = entry->has_machine && entry->machine.emulated;
    switch (builder->state) {
    case BUILDER_STATE_QUEUED:
        set_pending(state, "queued",
                    builder->reason[0] ? builder->reason : "waiting for a place on a machine");
        break;
    case BUILDER_STATE_PLACED:
        from_placed(entry, state);
        break;
    case BUILDER_STATE_ENDED:
        state->kind = CONNECTION_ENDED;
        state->outcome = builder->outcome;
        snprintf(state->reason, sizeof(state->reason), "%s",
                 builder->reason[0] ? builder->reason : "the build has ended");
        break;
    }
}

static void set_version(struct connection_state *state)
{
    _cleanup_buf_ struct buf text = BUF_INIT(4096);

    buf_printf(&text, "%d\n%s\n%d\n%d\n%s\n%s\n%s\n%s", (int)state->kind, state->phase,
               (int)state->outcome, (int)state->emulated, state->machine, state->reason,
               state->endpoint, state->server_name);
    version_of(buf_slice(&text), state->version);
}

void connection_state_from_view(const struct view_build *build, enum arch arch,
                                struct connection_state *ret)
{
    const struct view_builder *entry = &build->builders[ARCH_INDEX(arch)];

    *ret = (struct connection_state){.phase = ""};
    if (entry->present && build->state.complete[ARCH_INDEX(arch)])
        from_builder(entry, ret);
    else
        from_absence(build, arch, ret);
    set_version(ret);
}
