/* Written by schemas/generate.py; change schemas/messages/ instead. */
/* clang-format off */
/* The messages of the log. For each message NAME:
 *
 *   NAME_check   ERROR_INVALID with the field when the message breaks its schema
 *   NAME_encode  appends msgpack; a message that breaks its schema writes nothing and sets
 *                out->overflow. What is written without overflow can always be decoded
 *   NAME_decode  fills *ret, which need not be initialised; ERROR_CORRUPT with message and field,
 *                and then *ret is empty. The caller ends with NAME_clear
 *   NAME_json    appends one line of JSON; optional fields that are not set are left out, secrets
 *                are "***", bytes are hexadecimal and cut after 512
 *   NAME_clear   frees what the message owns and wipes it
 *   NAME_copy    fills *ret, which need not be initialised, with a deep copy
 *
 * Enum values are named like in JSON: NAME_name gives "?" for a number without a name, 0 included,
 * which means "not set"; NAME_from_name sets *ret only when it answers true.
 */
#ifndef SCHEMAS_MESSAGES_H
#define SCHEMAS_MESSAGES_H

#include "wire/message.h"

/* CPU architecture of a builder. */
enum arch {
    /* Intel and AMD, 64 bit. */
    ARCH_AMD64 = 1,
    /* Arm, 64 bit. */
    ARCH_ARM64 = 2,
};

const char *arch_name(enum arch value);
bool arch_from_name(const char *name, enum arch *ret);

/* How far one (build, architecture) has come. */
enum builder_state {
    /* Waits for a place on a machine. */
    BUILDER_STATE_QUEUED = 1,
    /* Has a place on a machine, which may still be starting. */
    BUILDER_STATE_PLACED = 2,
    /* Released, cancelled, lapsed or failed; final. */
    BUILDER_STATE_ENDED = 3,
};

const char *builder_state_name(enum builder_state value);
bool builder_state_from_name(const char *name, enum builder_state *ret);

/* How a builder's use ended. */
enum build_outcome {
    /* The build ended with exit code 0. */
    BUILD_OUTCOME_SUCCEEDED = 1,
    /* The build ended with another exit code. */
    BUILD_OUTCOME_FAILED = 2,
    /* Somebody ended it: the client or an operator. */
    BUILD_OUTCOME_CANCELLED = 3,
    /* The client was not heard from for too long. */
    BUILD_OUTCOME_LAPSED = 4,
    /* No machine could serve it, or its machine went away. */
    BUILD_OUTCOME_LOST = 5,
};

const char *build_outcome_name(enum build_outcome value);
bool build_outcome_from_name(const char *name, enum build_outcome *ret);

/* Life of a machine; states only move forward. */
enum machine_state {
    /* Decided; the provider is asked for it until it answers. */
    MACHINE_STATE_LAUNCHING = 1,
    /* Its BuildKit takes builds. */
    MACHINE_STATE_READY = 2,
    /* Takes no new builds; stops when its builds have ended. */
    MACHINE_STATE_DRAINING = 3,
    /* To be stopped; the provider is asked until it confirms. */
    MACHINE_STATE_STOPPING = 4,
    /* The provider has confirmed that it no longer exists; final. */
    MACHINE_STATE_GONE = 5,
};

const char *machine_state_name(enum machine_state value);
bool machine_state_from_name(const char *name, enum machine_state *ret);

/* Life of a cache volume. */
enum volume_state {
    /* Exists, or is made when its first machine is launched. */
    VOLUME_STATE_PRESENT = 1,
    /* Removed; final. */
    VOLUME_STATE_DELETED = 2,
};

const char *volume_state_name(enum volume_state value);
bool volume_state_from_name(const char *name, enum volume_state *ret);

struct bytes32 {
    uint8_t data[32];
    size_t len;
};

/* One (build, architecture) as the fleet knows it. Part of a fleet_change. */
struct builder {
    /* Build id. */
    char build[41];
    /* Organisation that the project belongs to. */
    char organisation[64];
    /* Project whose cache and machines are used. */
    char project[64];
    /* CPU architecture. */
    enum arch arch;
    /* How far it has come. */
    enum builder_state state;
    /* build or bake. */
    char command[17];
    /* Machine it is placed on; empty while queued. */
    char machine[41];
    /* Secret part of the server name for this build's connections. */
    char secret[33];
    /* Why it is in this state, for people. */
    char reason[257];
    /* When it was asked for. Milliseconds since 1970-01-01T00:00:00Z. */
    uint64_t requested_at_ms;
    /* When it got its place; 0 before. */
    uint64_t placed_at_ms;
    /* When it ended; 0 before. */
    uint64_t ended_at_ms;
    /* How it ended. */
    enum build_outcome outcome;
    /* Exit code of the build. */
    uint64_t exit_code;
    /* Who asked. */
    char principal[129];
    /* How many machines it was placed on. */
    uint64_t attempts;
};

int builder_check(const struct builder *message, struct error *err);
void builder_encode(const struct builder *message, struct buf *out);
int builder_decode(struct builder *ret, struct slice bytes,
    struct error *err);
void builder_json(const struct builder *message, struct buf *out);
void builder_clear(struct builder *message);
void builder_copy(struct builder *ret, const struct builder *from);

/* The client, or somebody for it, gives a builder back. */
#define TYPE_BUILDER_RELEASED "leat.builder.released"
struct builder_released {
    /* Organisation that the project belongs to. */
    char organisation[64];
    /* Project whose cache and machines are used. */
    char project[64];
    /* Build id. */
    char build[41];
    /* CPU architecture. */
    enum arch arch;
    /* How the use ended. */
    enum build_outcome outcome;
    /* Why, for people. */
    char reason[257];
    /* Exit code of the build. */
    uint64_t exit_code;
    /* When the API took the release. Milliseconds since 1970-01-01T00:00:00Z. */
    uint64_t released_at_ms;
};

int builder_released_check(const struct builder_released *message, struct error *err);
void builder_released_encode(const struct builder_released *message, struct buf *out);
int builder_released_decode(struct builder_released *ret, struct slice bytes,
    struct error *err);
void builder_released_json(const struct builder_released *message, struct buf *out);
void builder_released_clear(struct builder_released *message);
void builder_released_copy(struct builder_released *ret, const struct builder_released *from);

/* A client asks for one builder: one architecture of one build. */
#define TYPE_BUILDER_REQUESTED "leat.builder.requested"
struct builder_requested {
    /* Organisation that the project belongs to. */
    char organisation[64];
    /* Project whose cache and machines are used. */
    char project[64];
    /* Build id. */
    char build[41];
    /* CPU architecture. */
    enum arch arch;
    /* What the client runs: build or bake. */
    char command[17];
    /* When the API took the request. Milliseconds since 1970-01-01T00:00:00Z. */
    uint64_t requested_at_ms;
    /* Who asked, for people and audits. */
    char principal[129];
    /* Name and version of the client program. */
    char client[65];
};

int builder_requested_check(const struct builder_requested *message, struct error *err);
void builder_requested_encode(const struct builder_requested *message, struct buf *out);
int builder_requested_decode(struct builder_requested *ret, struct slice bytes,
    struct error *err);
void builder_requested_json(const struct builder_requested *message, struct buf *out);
void builder_requested_clear(struct builder_requested *message);
void builder_requested_copy(struct builder_requested *ret, const struct builder_requested *from);

/* An input record that could not be understood, with the reason, as it was. */
#define TYPE_DEAD_LETTER "leat.dead-letter"
struct dead_letter {
    /* Topic it was read from. */
    char topic[250];
    /* Partition. */
    uint64_t partition;
    /* Offset. */
    uint64_t offset;
    /* Why it was refused. */
    char reason[321];
    /* Its ce_type, if it had a valid one. */
    char type[65];
    /* Its key, cut at the bound. */
    struct owned_bytes key;
    /* Its value, cut at the bound. */
    struct owned_bytes value;
    /* Bytes of the whole value. */
    uint64_t size;
    /* When it was refused. Milliseconds since 1970-01-01T00:00:00Z. */
    uint64_t at_ms;
};

int dead_letter_check(const struct dead_letter *message, struct error *err);
void dead_letter_encode(const struct dead_letter *message, struct buf *out);
int dead_letter_decode(struct dead_letter *ret, struct slice bytes,
    struct error *err);
void dead_letter_json(const struct dead_letter *message, struct buf *out);
void dead_letter_clear(struct dead_letter *message);
void dead_letter_copy(struct dead_letter *ret, const struct dead_letter *from);

/* One machine as the fleet knows it. Part of a fleet_change. */
struct machine {
    /* Machine id. */
    char machine[41];
    /* Organisation that the project belongs to. */
    char organisation[64];
    /* Project whose cache and machines are used. */
    char project[64];
    /* CPU architecture. */
    enum arch arch;
    /* Life of the machine. */
    enum machine_state state;
    /* Cache volume that it holds. */
    char volume[41];
    /* SHA-256 of its one-time registration token. */
    struct bytes32 token_hash;
    /* SHA-256 of the public key it is bound to; empty before it registered. */
    struct bytes32 key;
    /* Address that clients connect to. */
    char address[65];
    /* TCP port. */
    uint64_t port;
    /* Name its certificate is for, without the build's label. */
    char server_name[129];
    /* Version of BuildKit. */
    char buildkit_version[33];
    /* The architecture is emulated. */
    bool emulated;
    /* CPU limit in thousandths of a core; 0 for none. */
    uint64_t cpu_millis;
    /* Memory limit; 0 for none. */
    uint64_t memory_bytes;
    /* When the launch was decided. Milliseconds since 1970-01-01T00:00:00Z. */
    uint64_t launched_at_ms;
    /* When it first became ready; 0 before. */
    uint64_t ready_at_ms;
    /* Since when it has no builds; 0 while it has some. */
    uint64_t idle_since_ms;
    /* When the provider confirmed that it is gone; 0 before. */
    uint64_t gone_at_ms;
    /* Why it is in this state, for people. */
    char reason[257];
    /* Sequence of the last event of this machine that counted. */
    uint64_t event_sequence;
};

int machine_check(const struct machine *message, struct error *err);
void machine_encode(const struct machine *message, struct buf *out);
int machine_decode(struct machine *ret, struct slice bytes,
    struct error *err);
void machine_json(const struct machine *message, struct buf *out);
void machine_clear(struct machine *message);
void machine_copy(struct machine *ret, const struct machine *from);

/* The machine takes no new builds and stops when those it has have ended. */
#define TYPE_MACHINE_DRAINING "leat.machine.draining"
struct machine_draining {
    /* Machine id. */
    char machine[41];
    /* Project whose cache and machines are used. */
    char project[64];
    /* CPU architecture. */
    enum arch arch;
    /* Counts this machine's events from 1, so that a repeated one is recognised. */
    uint64_t sequence;
    /* When the machine says it happened. Milliseconds since 1970-01-01T00:00:00Z. */
    uint64_t at_ms;
    /* Why, for people. */
    char reason[161];
};

int machine_draining_check(const struct machine_draining *message, struct error *err);
void machine_draining_encode(const struct machine_draining *message, struct buf *out);
int machine_draining_decode(struct machine_draining *ret, struct slice bytes,
    struct error *err);
void machine_draining_json(const struct machine_draining *message, struct buf *out);
void machine_draining_clear(struct machine_draining *message);
void machine_draining_copy(struct machine_draining *ret, const struct machine_draining *from);

/* The machine cannot serve: BuildKit does not start, or keeps dying. */
#define TYPE_MACHINE_FAILED "leat.machine.failed"
struct machine_failed {
    /* Machine id. */
    char machine[41];
    /* Project whose cache and machines are used. */
    char project[64];
    /* CPU architecture. */
    enum arch arch;
    /* Counts this machine's events from 1, so that a repeated one is recognised. */
    uint64_t sequence;
    /* When the machine says it happened. Milliseconds since 1970-01-01T00:00:00Z. */
    uint64_t at_ms;
    /* What happened, for people. */
    char reason[257];
};

int machine_failed_check(const struct machine_failed *message, struct error *err);
void machine_failed_encode(const struct machine_failed *message, struct buf *out);
int machine_failed_decode(struct machine_failed *ret, struct slice bytes,
    struct error *err);
void machine_failed_json(const struct machine_failed *message, struct buf *out);
void machine_failed_clear(struct machine_failed *message);
void machine_failed_copy(struct machine_failed *ret, const struct machine_failed *from);

/* Heartbeat with what the machine is doing. */
#define TYPE_MACHINE_LOAD "leat.machine.load"
struct machine_load {
    /* Machine id. */
    char machine[41];
    /* Project whose cache and machines are used. */
    char project[64];
    /* CPU architecture. */
    enum arch arch;
    /* Counts this machine's events from 1, so that a repeated one is recognised. */
    uint64_t sequence;
    /* When the machine says it happened. Milliseconds since 1970-01-01T00:00:00Z. */
    uint64_t at_ms;
    /* CPU used since the last heartbeat, in thousandths of one core. */
    uint64_t cpu_permille;
    /* Memory in use by the machine's processes. */
    uint64_t memory_bytes;
    /* Cache volume: bytes in use. */
    uint64_t volume_used_bytes;
    /* Cache volume: bytes it may use. */
    uint64_t volume_total_bytes;
    /* Open client connections to BuildKit. */
    uint64_t connections;
};

int machine_load_check(const struct machine_load *message, struct error *err);
void machine_load_encode(const struct machine_load *message, struct buf *out);
int machine_load_decode(struct machine_load *ret, struct slice bytes,
    struct error *err);
void machine_load_json(const struct machine_load *message, struct buf *out);
void machine_load_clear(struct machine_load *message);
void machine_load_copy(struct machine_load *ret, const struct machine_load *from);

/* BuildKit on the machine has answered a TLS handshake and takes builds. */
#define TYPE_MACHINE_READY "leat.machine.ready"
struct machine_ready {
    /* Machine id. */
    char machine[41];
    /* Project whose cache and machines are used. */
    char project[64];
    /* CPU architecture. */
    enum arch arch;
    /* Counts this machine's events from 1, so that a repeated one is recognised. */
    uint64_t sequence;
    /* When the machine says it happened. Milliseconds since 1970-01-01T00:00:00Z. */
    uint64_t at_ms;
    /* Address that clients connect to. */
    char address[65];
    /* TCP port. */
    uint64_t port;
    /* Name that the certificate is for, without the build's label. */
    char server_name[129];
    /* Version of BuildKit. */
    char buildkit_version[33];
    /* Version of the machine-agent. */
    char agent_version[33];
    /* From the start of the machine-agent to readiness, in milliseconds. */
    uint64_t boot_ms;
    /* The architecture is emulated on this machine. */
    bool emulated;
    /* How often BuildKit was started again on this machine. */
    uint64_t restarts;
};

int machine_ready_check(const struct machine_ready *message, struct error *err);
void machine_ready_encode(const struct machine_ready *message, struct buf *out);
int machine_ready_decode(struct machine_ready *ret, struct slice bytes,
    struct error *err);
void machine_ready_json(const struct machine_ready *message, struct buf *out);
void machine_ready_clear(struct machine_ready *message);
void machine_ready_copy(struct machine_ready *ret, const struct machine_ready *from);

/* A machine has presented its one-time token and a key of its own. The owner binds the machine
 * to the first key it sees and to no other. */
#define TYPE_MACHINE_REGISTERED "leat.machine.registered"
struct machine_registered {
    /* Machine id. */
    char machine[41];
    /* Project whose cache and machines are used. */
    char project[64];
    /* CPU architecture. */
    enum arch arch;
    /* SHA-256 of the machine's public key (SubjectPublicKeyInfo, DER). */
    struct bytes32 key;
    /* Version of the machine-agent. */
    char agent_version[33];
    /* When the API took the registration. Milliseconds since 1970-01-01T00:00:00Z. */
    uint64_t at_ms;
};

int machine_registered_check(const struct machine_registered *message, struct error *err);
void machine_registered_encode(const struct machine_registered *message, struct buf *out);
int machine_registered_decode(struct machine_registered *ret, struct slice bytes,
    struct error *err);
void machine_registered_json(const struct machine_registered *message, struct buf *out);
void machine_registered_clear(struct machine_registered *message);
void machine_registered_copy(struct machine_registered *ret, const struct machine_registered *from);

/* The machine-agent has stopped BuildKit, synced and unmounted the volume, and exits now. */
#define TYPE_MACHINE_STOPPED "leat.machine.stopped"
struct machine_stopped {
    /* Machine id. */
    char machine[41];
    /* Project whose cache and machines are used. */
    char project[64];
    /* CPU architecture. */
    enum arch arch;
    /* Counts this machine's events from 1, so that a repeated one is recognised. */
    uint64_t sequence;
    /* When the machine says it happened. Milliseconds since 1970-01-01T00:00:00Z. */
    uint64_t at_ms;
    /* Why, for people. */
    char reason[161];
    /* BuildKit ended by itself and the volume was synced and unmounted. */
    bool clean;
};

int machine_stopped_check(const struct machine_stopped *message, struct error *err);
void machine_stopped_encode(const struct machine_stopped *message, struct buf *out);
int machine_stopped_decode(struct machine_stopped *ret, struct slice bytes,
    struct error *err);
void machine_stopped_json(const struct machine_stopped *message, struct buf *out);
void machine_stopped_clear(struct machine_stopped *message);
void machine_stopped_copy(struct machine_stopped *ret, const struct machine_stopped *from);

/* A cloud-agent takes over a partition. It counts when its epoch is the last counted epoch + 1. */
#define TYPE_TOOK_OVER "leat.fleet.took-over"
struct took_over {
    /* The epoch that begins. */
    uint64_t epoch;
    /* Instance of the cloud-agent. */
    char owner[65];
    /* When it was appended. Milliseconds since 1970-01-01T00:00:00Z. */
    uint64_t at_ms;
};

int took_over_check(const struct took_over *message, struct error *err);
void took_over_encode(const struct took_over *message, struct buf *out);
int took_over_decode(struct took_over *ret, struct slice bytes,
    struct error *err);
void took_over_json(const struct took_over *message, struct buf *out);
void took_over_clear(struct took_over *message);
void took_over_copy(struct took_over *ret, const struct took_over *from);

/* One cache volume as the fleet knows it. Part of a fleet_change. */
struct volume {
    /* Volume id. */
    char volume[41];
    /* Organisation that the project belongs to. */
    char organisation[64];
    /* Project whose cache and machines are used. */
    char project[64];
    /* CPU architecture. */
    enum arch arch;
    /* Life of the volume. */
    enum volume_state state;
    /* Machine that holds it; empty when none does. */
    char holder[41];
    /* Bytes that it may use. */
    uint64_t cap_bytes;
    /* When it was decided. Milliseconds since 1970-01-01T00:00:00Z. */
    uint64_t created_at_ms;
};

int volume_check(const struct volume *message, struct error *err);
void volume_encode(const struct volume *message, struct buf *out);
int volume_decode(struct volume *ret, struct slice bytes,
    struct error *err);
void volume_json(const struct volume *message, struct buf *out);
void volume_clear(struct volume *message);
void volume_copy(struct volume *ret, const struct volume *from);

/* Builds whose clients one API replica has heard from since its last such record. The owner of
 * the partition alone lets a build lapse. */
#define TYPE_BUILDS_ALIVE "leat.builds.alive"
struct builds_alive {
    /* Ids of the builds. */
    char (*builds)[41];
    size_t builds_count;
    /* When the batch was made. Milliseconds since 1970-01-01T00:00:00Z. */
    uint64_t at_ms;
};

int builds_alive_check(const struct builds_alive *message, struct error *err);
void builds_alive_encode(const struct builds_alive *message, struct buf *out);
int builds_alive_decode(struct builds_alive *ret, struct slice bytes,
    struct error *err);
void builds_alive_json(const struct builds_alive *message, struct buf *out);
void builds_alive_clear(struct builds_alive *message);
void builds_alive_copy(struct builds_alive *ret, const struct builds_alive *from);

/* Everything that one cause changes, as the new state of each entity it touches, and the input
 * positions after it. It counts when its epoch is the current one and its seq the last + 1. */
#define TYPE_FLEET_CHANGE "leat.fleet.change"
struct fleet_change {
    /* Epoch of the owner that decided. */
    uint64_t epoch;
    /* Counts the epoch's changes from 1. */
    uint64_t seq;
    /* When it was decided; never goes back. Milliseconds since 1970-01-01T00:00:00Z. */
    uint64_t decided_at_ms;
    /* What caused it: the type of an input record, a timer, the provider. */
    char cause[65];
    /* Next offset to read in builder-requests. */
    uint64_t request_position;
    /* Next offset to read in machine-events. */
    uint64_t event_position;
    /* Builders that changed. */
    struct builder *builders;
    size_t builders_count;
    /* Machines that changed. */
    struct machine *machines;
    size_t machines_count;
    /* Volumes that changed. */
    struct volume *volumes;
    size_t volumes_count;
};

int fleet_change_check(const struct fleet_change *message, struct error *err);
void fleet_change_encode(const struct fleet_change *message, struct buf *out);
int fleet_change_decode(struct fleet_change *ret, struct slice bytes,
    struct error *err);
void fleet_change_json(const struct fleet_change *message, struct buf *out);
void fleet_change_clear(struct fleet_change *message);
void fleet_change_copy(struct fleet_change *ret, const struct fleet_change *from);

/* A message that travels as a record of its own. */
struct message_type {
    const char *ce_type;
    const char *topic; /* without prefix and architecture */
    size_t size;
    int (*decode_json)(struct slice bytes, struct buf *out, struct error *err);
};

/* NULL when there is no such type. */
const struct message_type *message_type_by_name(const char *ce_type);

/* Every message, for tools and tests that walk over all of them. */
extern const struct wire_message *const message_schemas[];
extern const size_t message_schema_count;

#endif
