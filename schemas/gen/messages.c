/* Written by schemas/generate.py; change schemas/messages/ instead. */
/* clang-format off */
#include "schemas/messages.h"

#include <string.h>

#define VALUE(message, field)                                                                      \
    .offset = offsetof(struct message, field), .size = sizeof(((struct message *)0)->field)
#define LIST(message, field, most)                                                                 \
    .offset = offsetof(struct message, field), .size = sizeof(*((struct message *)0)->field),      \
    .list = (most), .count_offset = offsetof(struct message, field##_count)

_Static_assert(sizeof(enum arch) == sizeof(unsigned), "lib/wire reads enums as unsigned");

static const char *const arch_value_names[] = {
    [1] = "amd64",
    [2] = "arm64",
};

static const struct wire_enum arch_enum = {
    .name = "arch", .value_names = arch_value_names, .count = 3};

const char *arch_name(enum arch value)
{
    return wire_enum_name(&arch_enum, (unsigned)value);
}

bool arch_from_name(const char *name, enum arch *ret)
{
    unsigned value = wire_enum_from_name(&arch_enum, name);

    if (value != 0)
        *ret = (enum arch)value;
    return value != 0;
}

_Static_assert(sizeof(enum builder_state) == sizeof(unsigned), "lib/wire reads enums as unsigned");

static const char *const builder_state_value_names[] = {
    [1] = "queued",
    [2] = "placed",
    [3] = "ended",
};

static const struct wire_enum builder_state_enum = {
    .name = "builder_state", .value_names = builder_state_value_names, .count = 4};

const char *builder_state_name(enum builder_state value)
{
    return wire_enum_name(&builder_state_enum, (unsigned)value);
}

bool builder_state_from_name(const char *name, enum builder_state *ret)
{
    unsigned value = wire_enum_from_name(&builder_state_enum, name);

    if (value != 0)
        *ret = (enum builder_state)value;
    return value != 0;
}

_Static_assert(sizeof(enum build_outcome) == sizeof(unsigned), "lib/wire reads enums as unsigned");

static const char *const build_outcome_value_names[] = {
    [1] = "succeeded",
    [2] = "failed",
    [3] = "cancelled",
    [4] = "lapsed",
    [5] = "lost",
};

static const struct wire_enum build_outcome_enum = {
    .name = "build_outcome", .value_names = build_outcome_value_names, .count = 6};

const char *build_outcome_name(enum build_outcome value)
{
    return wire_enum_name(&build_outcome_enum, (unsigned)value);
}

bool build_outcome_from_name(const char *name, enum build_outcome *ret)
{
    unsigned value = wire_enum_from_name(&build_outcome_enum, name);

    if (value != 0)
        *ret = (enum build_outcome)value;
    return value != 0;
}

_Static_assert(sizeof(enum machine_state) == sizeof(unsigned), "lib/wire reads enums as unsigned");

static const char *const machine_state_value_names[] = {
    [1] = "launching",
    [2] = "ready",
    [3] = "draining",
    [4] = "stopping",
    [5] = "gone",
};

static const struct wire_enum machine_state_enum = {
    .name = "machine_state", .value_names = machine_state_value_names, .count = 6};

const char *machine_state_name(enum machine_state value)
{
    return wire_enum_name(&machine_state_enum, (unsigned)value);
}

bool machine_state_from_name(const char *name, enum machine_state *ret)
{
    unsigned value = wire_enum_from_name(&machine_state_enum, name);

    if (value != 0)
        *ret = (enum machine_state)value;
    return value != 0;
}

_Static_assert(sizeof(enum volume_state) == sizeof(unsigned), "lib/wire reads enums as unsigned");

static const char *const volume_state_value_names[] = {
    [1] = "present",
    [2] = "deleted",
};

static const struct wire_enum volume_state_enum = {
    .name = "volume_state", .value_names = volume_state_value_names, .count = 3};

const char *volume_state_name(enum volume_state value)
{
    return wire_enum_name(&volume_state_enum, (unsigned)value);
}

bool volume_state_from_name(const char *name, enum volume_state *ret)
{
    unsigned value = wire_enum_from_name(&volume_state_enum, name);

    if (value != 0)
        *ret = (enum volume_state)value;
    return value != 0;
}

static const struct wire_field builder_fields[] = {
    {.id = 1, .name = "build", .type = WIRE_STRING,
     .max = 40, VALUE(builder, build)},
    {.id = 2, .name = "organisation", .type = WIRE_STRING,
     .max = 63, VALUE(builder, organisation)},
    {.id = 3, .name = "project", .type = WIRE_STRING,
     .max = 63, VALUE(builder, project)},
    {.id = 4, .name = "arch", .type = WIRE_ENUM,
     .enumeration = &arch_enum, VALUE(builder, arch)},
    {.id = 5, .name = "state", .type = WIRE_ENUM,
     .enumeration = &builder_state_enum, VALUE(builder, state)},
    {.id = 6, .name = "command", .type = WIRE_STRING,
     .max = 16, VALUE(builder, command)},
    {.id = 7, .name = "machine", .type = WIRE_STRING,
     .optional = true, .max = 40, VALUE(builder, machine)},
    {.id = 8, .name = "secret", .type = WIRE_STRING,
     .optional = true, .secret = true, .max = 32, VALUE(builder, secret)},
    {.id = 9, .name = "reason", .type = WIRE_STRING,
     .optional = true, .max = 256, VALUE(builder, reason)},
    {.id = 10, .name = "requested_at_ms", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(builder, requested_at_ms)},
    {.id = 11, .name = "placed_at_ms", .type = WIRE_U64,
     .optional = true, .max = UINT64_MAX, VALUE(builder, placed_at_ms)},
    {.id = 12, .name = "ended_at_ms", .type = WIRE_U64,
     .optional = true, .max = UINT64_MAX, VALUE(builder, ended_at_ms)},
    {.id = 13, .name = "outcome", .type = WIRE_ENUM,
     .optional = true, .enumeration = &build_outcome_enum, VALUE(builder, outcome)},
    {.id = 14, .name = "exit_code", .type = WIRE_U64,
     .optional = true, .max = 255, VALUE(builder, exit_code)},
    {.id = 15, .name = "principal", .type = WIRE_STRING,
     .optional = true, .max = 128, VALUE(builder, principal)},
    {.id = 16, .name = "attempts", .type = WIRE_U64,
     .optional = true, .max = UINT64_MAX, VALUE(builder, attempts)},
};

static const struct wire_message builder_schema = {
    .name = "builder",
    .size = sizeof(struct builder),
    .min_encoded = 15,
    .fields = builder_fields,
    .count = 16,
};

int builder_check(const struct builder *message, struct error *err)
{
    return wire_message_check(&builder_schema, message, err);
}

void builder_encode(const struct builder *message, struct buf *out)
{
    wire_message_encode(&builder_schema, message, out);
}

int builder_decode(struct builder *ret, struct slice bytes, struct error *err)
{
    return wire_message_decode(&builder_schema, ret, bytes, err);
}

void builder_json(const struct builder *message, struct buf *out)
{
    wire_message_json(&builder_schema, message, out);
}

void builder_clear(struct builder *message)
{
    wire_message_clear(&builder_schema, message);
}

void builder_copy(struct builder *ret, const struct builder *from)
{
    wire_message_copy(&builder_schema, ret, from);
}

static const struct wire_field builder_released_fields[] = {
    {.id = 1, .name = "organisation", .type = WIRE_STRING,
     .max = 63, VALUE(builder_released, organisation)},
    {.id = 2, .name = "project", .type = WIRE_STRING,
     .max = 63, VALUE(builder_released, project)},
    {.id = 3, .name = "build", .type = WIRE_STRING,
     .max = 40, VALUE(builder_released, build)},
    {.id = 4, .name = "arch", .type = WIRE_ENUM,
     .enumeration = &arch_enum, VALUE(builder_released, arch)},
    {.id = 5, .name = "outcome", .type = WIRE_ENUM,
     .enumeration = &build_outcome_enum, VALUE(builder_released, outcome)},
    {.id = 6, .name = "reason", .type = WIRE_STRING,
     .optional = true, .max = 256, VALUE(builder_released, reason)},
    {.id = 7, .name = "exit_code", .type = WIRE_U64,
     .optional = true, .max = 255, VALUE(builder_released, exit_code)},
    {.id = 8, .name = "released_at_ms", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(builder_released, released_at_ms)},
};

static const struct wire_message builder_released_schema = {
    .name = "builder_released",
    .size = sizeof(struct builder_released),
    .min_encoded = 13,
    .fields = builder_released_fields,
    .count = 8,
};

int builder_released_check(const struct builder_released *message, struct error *err)
{
    return wire_message_check(&builder_released_schema, message, err);
}

void builder_released_encode(const struct builder_released *message, struct buf *out)
{
    wire_message_encode(&builder_released_schema, message, out);
}

int builder_released_decode(struct builder_released *ret, struct slice bytes, struct error *err)
{
    return wire_message_decode(&builder_released_schema, ret, bytes, err);
}

void builder_released_json(const struct builder_released *message, struct buf *out)
{
    wire_message_json(&builder_released_schema, message, out);
}

void builder_released_clear(struct builder_released *message)
{
    wire_message_clear(&builder_released_schema, message);
}

void builder_released_copy(struct builder_released *ret, const struct builder_released *from)
{
    wire_message_copy(&builder_released_schema, ret, from);
}

static const struct wire_field builder_requested_fields[] = {
    {.id = 1, .name = "organisation", .type = WIRE_STRING,
     .max = 63, VALUE(builder_requested, organisation)},
    {.id = 2, .name = "project", .type = WIRE_STRING,
     .max = 63, VALUE(builder_requested, project)},
    {.id = 3, .name = "build", .type = WIRE_STRING,
     .max = 40, VALUE(builder_requested, build)},
    {.id = 4, .name = "arch", .type = WIRE_ENUM,
     .enumeration = &arch_enum, VALUE(builder_requested, arch)},
    {.id = 5, .name = "command", .type = WIRE_STRING,
     .max = 16, VALUE(builder_requested, command)},
    {.id = 6, .name = "requested_at_ms", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(builder_requested, requested_at_ms)},
    {.id = 7, .name = "principal", .type = WIRE_STRING,
     .max = 128, VALUE(builder_requested, principal)},
    {.id = 8, .name = "client", .type = WIRE_STRING,
     .optional = true, .max = 64, VALUE(builder_requested, client)},
};

static const struct wire_message builder_requested_schema = {
    .name = "builder_requested",
    .size = sizeof(struct builder_requested),
    .min_encoded = 15,
    .fields = builder_requested_fields,
    .count = 8,
};

int builder_requested_check(const struct builder_requested *message, struct error *err)
{
    return wire_message_check(&builder_requested_schema, message, err);
}

void builder_requested_encode(const struct builder_requested *message, struct buf *out)
{
    wire_message_encode(&builder_requested_schema, message, out);
}

int builder_requested_decode(struct builder_requested *ret, struct slice bytes, struct error *err)
{
    return wire_message_decode(&builder_requested_schema, ret, bytes, err);
}

void builder_requested_json(const struct builder_requested *message, struct buf *out)
{
    wire_message_json(&builder_requested_schema, message, out);
}

void builder_requested_clear(struct builder_requested *message)
{
    wire_message_clear(&builder_requested_schema, message);
}

void builder_requested_copy(struct builder_requested *ret, const struct builder_requested *from)
{
    wire_message_copy(&builder_requested_schema, ret, from);
}

static const struct wire_field dead_letter_fields[] = {
    {.id = 1, .name = "topic", .type = WIRE_STRING,
     .max = 249, VALUE(dead_letter, topic)},
    {.id = 2, .name = "partition", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(dead_letter, partition)},
    {.id = 3, .name = "offset", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(dead_letter, offset)},
    {.id = 4, .name = "reason", .type = WIRE_STRING,
     .max = 320, VALUE(dead_letter, reason)},
    {.id = 5, .name = "type", .type = WIRE_STRING,
     .optional = true, .max = 64, VALUE(dead_letter, type)},
    {.id = 6, .name = "key", .type = WIRE_OWNED_BYTES,
     .optional = true, .max = 256, VALUE(dead_letter, key)},
    {.id = 7, .name = "value", .type = WIRE_OWNED_BYTES,
     .optional = true, .max = 65536, VALUE(dead_letter, value)},
    {.id = 8, .name = "size", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(dead_letter, size)},
    {.id = 9, .name = "at_ms", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(dead_letter, at_ms)},
};

static const struct wire_message dead_letter_schema = {
    .name = "dead_letter",
    .size = sizeof(struct dead_letter),
    .min_encoded = 13,
    .fields = dead_letter_fields,
    .count = 9,
};

int dead_letter_check(const struct dead_letter *message, struct error *err)
{
    return wire_message_check(&dead_letter_schema, message, err);
}

void dead_letter_encode(const struct dead_letter *message, struct buf *out)
{
    wire_message_encode(&dead_letter_schema, message, out);
}

int dead_letter_decode(struct dead_letter *ret, struct slice bytes, struct error *err)
{
    return wire_message_decode(&dead_letter_schema, ret, bytes, err);
}

void dead_letter_json(const struct dead_letter *message, struct buf *out)
{
    wire_message_json(&dead_letter_schema, message, out);
}

void dead_letter_clear(struct dead_letter *message)
{
    wire_message_clear(&dead_letter_schema, message);
}

void dead_letter_copy(struct dead_letter *ret, const struct dead_letter *from)
{
    wire_message_copy(&dead_letter_schema, ret, from);
}

static const struct wire_field machine_fields[] = {
    {.id = 1, .name = "machine", .type = WIRE_STRING,
     .max = 40, VALUE(machine, machine)},
    {.id = 2, .name = "organisation", .type = WIRE_STRING,
     .max = 63, VALUE(machine, organisation)},
    {.id = 3, .name = "project", .type = WIRE_STRING,
     .max = 63, VALUE(machine, project)},
    {.id = 4, .name = "arch", .type = WIRE_ENUM,
     .enumeration = &arch_enum, VALUE(machine, arch)},
    {.id = 5, .name = "state", .type = WIRE_ENUM,
     .enumeration = &machine_state_enum, VALUE(machine, state)},
    {.id = 6, .name = "volume", .type = WIRE_STRING,
     .max = 40, VALUE(machine, volume)},
    {.id = 7, .name = "token_hash", .type = WIRE_BYTES,
     .optional = true, .secret = true, .max = 32, .len_offset = offsetof(struct bytes32, len),
     VALUE(machine, token_hash)},
    {.id = 8, .name = "key", .type = WIRE_BYTES,
     .optional = true, .max = 32, .len_offset = offsetof(struct bytes32, len), VALUE(machine, key)},
    {.id = 9, .name = "address", .type = WIRE_STRING,
     .optional = true, .max = 64, VALUE(machine, address)},
    {.id = 10, .name = "port", .type = WIRE_U64,
     .optional = true, .max = 65535, VALUE(machine, port)},
    {.id = 11, .name = "server_name", .type = WIRE_STRING,
     .optional = true, .max = 128, VALUE(machine, server_name)},
    {.id = 12, .name = "buildkit_version", .type = WIRE_STRING,
     .optional = true, .max = 32, VALUE(machine, buildkit_version)},
    {.id = 13, .name = "emulated", .type = WIRE_BOOL,
     .optional = true, VALUE(machine, emulated)},
    {.id = 14, .name = "cpu_millis", .type = WIRE_U64,
     .optional = true, .max = UINT64_MAX, VALUE(machine, cpu_millis)},
    {.id = 15, .name = "memory_bytes", .type = WIRE_U64,
     .optional = true, .max = UINT64_MAX, VALUE(machine, memory_bytes)},
    {.id = 16, .name = "launched_at_ms", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine, launched_at_ms)},
    {.id = 17, .name = "ready_at_ms", .type = WIRE_U64,
     .optional = true, .max = UINT64_MAX, VALUE(machine, ready_at_ms)},
    {.id = 18, .name = "idle_since_ms", .type = WIRE_U64,
     .optional = true, .max = UINT64_MAX, VALUE(machine, idle_since_ms)},
    {.id = 19, .name = "gone_at_ms", .type = WIRE_U64,
     .optional = true, .max = UINT64_MAX, VALUE(machine, gone_at_ms)},
    {.id = 20, .name = "reason", .type = WIRE_STRING,
     .optional = true, .max = 256, VALUE(machine, reason)},
    {.id = 21, .name = "event_sequence", .type = WIRE_U64,
     .optional = true, .max = UINT64_MAX, VALUE(machine, event_sequence)},
};

static const struct wire_message machine_schema = {
    .name = "machine",
    .size = sizeof(struct machine),
    .min_encoded = 15,
    .fields = machine_fields,
    .count = 21,
};

int machine_check(const struct machine *message, struct error *err)
{
    return wire_message_check(&machine_schema, message, err);
}

void machine_encode(const struct machine *message, struct buf *out)
{
    wire_message_encode(&machine_schema, message, out);
}

int machine_decode(struct machine *ret, struct slice bytes, struct error *err)
{
    return wire_message_decode(&machine_schema, ret, bytes, err);
}

void machine_json(const struct machine *message, struct buf *out)
{
    wire_message_json(&machine_schema, message, out);
}

void machine_clear(struct machine *message)
{
    wire_message_clear(&machine_schema, message);
}

void machine_copy(struct machine *ret, const struct machine *from)
{
    wire_message_copy(&machine_schema, ret, from);
}

static const struct wire_field machine_draining_fields[] = {
    {.id = 1, .name = "machine", .type = WIRE_STRING,
     .max = 40, VALUE(machine_draining, machine)},
    {.id = 2, .name = "project", .type = WIRE_STRING,
     .max = 63, VALUE(machine_draining, project)},
    {.id = 3, .name = "arch", .type = WIRE_ENUM,
     .enumeration = &arch_enum, VALUE(machine_draining, arch)},
    {.id = 4, .name = "sequence", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_draining, sequence)},
    {.id = 5, .name = "at_ms", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_draining, at_ms)},
    {.id = 6, .name = "reason", .type = WIRE_STRING,
     .max = 160, VALUE(machine_draining, reason)},
};

static const struct wire_message machine_draining_schema = {
    .name = "machine_draining",
    .size = sizeof(struct machine_draining),
    .min_encoded = 13,
    .fields = machine_draining_fields,
    .count = 6,
};

int machine_draining_check(const struct machine_draining *message, struct error *err)
{
    return wire_message_check(&machine_draining_schema, message, err);
}

void machine_draining_encode(const struct machine_draining *message, struct buf *out)
{
    wire_message_encode(&machine_draining_schema, message, out);
}

int machine_draining_decode(struct machine_draining *ret, struct slice bytes, struct error *err)
{
    return wire_message_decode(&machine_draining_schema, ret, bytes, err);
}

void machine_draining_json(const struct machine_draining *message, struct buf *out)
{
    wire_message_json(&machine_draining_schema, message, out);
}

void machine_draining_clear(struct machine_draining *message)
{
    wire_message_clear(&machine_draining_schema, message);
}

void machine_draining_copy(struct machine_draining *ret, const struct machine_draining *from)
{
    wire_message_copy(&machine_draining_schema, ret, from);
}

static const struct wire_field machine_failed_fields[] = {
    {.id = 1, .name = "machine", .type = WIRE_STRING,
     .max = 40, VALUE(machine_failed, machine)},
    {.id = 2, .name = "project", .type = WIRE_STRING,
     .max = 63, VALUE(machine_failed, project)},
    {.id = 3, .name = "arch", .type = WIRE_ENUM,
     .enumeration = &arch_enum, VALUE(machine_failed, arch)},
    {.id = 4, .name = "sequence", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_failed, sequence)},
    {.id = 5, .name = "at_ms", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_failed, at_ms)},
    {.id = 6, .name = "reason", .type = WIRE_STRING,
     .max = 256, VALUE(machine_failed, reason)},
};

static const struct wire_message machine_failed_schema = {
    .name = "machine_failed",
    .size = sizeof(struct machine_failed),
    .min_encoded = 13,
    .fields = machine_failed_fields,
    .count = 6,
};

int machine_failed_check(const struct machine_failed *message, struct error *err)
{
    return wire_message_check(&machine_failed_schema, message, err);
}

void machine_failed_encode(const struct machine_failed *message, struct buf *out)
{
    wire_message_encode(&machine_failed_schema, message, out);
}

int machine_failed_decode(struct machine_failed *ret, struct slice bytes, struct error *err)
{
    return wire_message_decode(&machine_failed_schema, ret, bytes, err);
}

void machine_failed_json(const struct machine_failed *message, struct buf *out)
{
    wire_message_json(&machine_failed_schema, message, out);
}

void machine_failed_clear(struct machine_failed *message)
{
    wire_message_clear(&machine_failed_schema, message);
}

void machine_failed_copy(struct machine_failed *ret, const struct machine_failed *from)
{
    wire_message_copy(&machine_failed_schema, ret, from);
}

static const struct wire_field machine_load_fields[] = {
    {.id = 1, .name = "machine", .type = WIRE_STRING,
     .max = 40, VALUE(machine_load, machine)},
    {.id = 2, .name = "project", .type = WIRE_STRING,
     .max = 63, VALUE(machine_load, project)},
    {.id = 3, .name = "arch", .type = WIRE_ENUM,
     .enumeration = &arch_enum, VALUE(machine_load, arch)},
    {.id = 4, .name = "sequence", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_load, sequence)},
    {.id = 5, .name = "at_ms", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_load, at_ms)},
    {.id = 6, .name = "cpu_permille", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_load, cpu_permille)},
    {.id = 7, .name = "memory_bytes", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_load, memory_bytes)},
    {.id = 8, .name = "volume_used_bytes", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_load, volume_used_bytes)},
    {.id = 9, .name = "volume_total_bytes", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_load, volume_total_bytes)},
    {.id = 10, .name = "connections", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_load, connections)},
};

static const struct wire_message machine_load_schema = {
    .name = "machine_load",
    .size = sizeof(struct machine_load),
    .min_encoded = 21,
    .fields = machine_load_fields,
    .count = 10,
};

int machine_load_check(const struct machine_load *message, struct error *err)
{
    return wire_message_check(&machine_load_schema, message, err);
}

void machine_load_encode(const struct machine_load *message, struct buf *out)
{
    wire_message_encode(&machine_load_schema, message, out);
}

int machine_load_decode(struct machine_load *ret, struct slice bytes, struct error *err)
{
    return wire_message_decode(&machine_load_schema, ret, bytes, err);
}

void machine_load_json(const struct machine_load *message, struct buf *out)
{
    wire_message_json(&machine_load_schema, message, out);
}

void machine_load_clear(struct machine_load *message)
{
    wire_message_clear(&machine_load_schema, message);
}

void machine_load_copy(struct machine_load *ret, const struct machine_load *from)
{
    wire_message_copy(&machine_load_schema, ret, from);
}

static const struct wire_field machine_ready_fields[] = {
    {.id = 1, .name = "machine", .type = WIRE_STRING,
     .max = 40, VALUE(machine_ready, machine)},
    {.id = 2, .name = "project", .type = WIRE_STRING,
     .max = 63, VALUE(machine_ready, project)},
    {.id = 3, .name = "arch", .type = WIRE_ENUM,
     .enumeration = &arch_enum, VALUE(machine_ready, arch)},
    {.id = 4, .name = "sequence", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_ready, sequence)},
    {.id = 5, .name = "at_ms", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_ready, at_ms)},
    {.id = 6, .name = "address", .type = WIRE_STRING,
     .max = 64, VALUE(machine_ready, address)},
    {.id = 7, .name = "port", .type = WIRE_U64,
     .max = 65535, VALUE(machine_ready, port)},
    {.id = 8, .name = "server_name", .type = WIRE_STRING,
     .max = 128, VALUE(machine_ready, server_name)},
    {.id = 9, .name = "buildkit_version", .type = WIRE_STRING,
     .max = 32, VALUE(machine_ready, buildkit_version)},
    {.id = 10, .name = "agent_version", .type = WIRE_STRING,
     .max = 32, VALUE(machine_ready, agent_version)},
    {.id = 11, .name = "boot_ms", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_ready, boot_ms)},
    {.id = 12, .name = "emulated", .type = WIRE_BOOL,
     VALUE(machine_ready, emulated)},
    {.id = 13, .name = "restarts", .type = WIRE_U64,
     .optional = true, .max = UINT64_MAX, VALUE(machine_ready, restarts)},
};

static const struct wire_message machine_ready_schema = {
    .name = "machine_ready",
    .size = sizeof(struct machine_ready),
    .min_encoded = 25,
    .fields = machine_ready_fields,
    .count = 13,
};

int machine_ready_check(const struct machine_ready *message, struct error *err)
{
    return wire_message_check(&machine_ready_schema, message, err);
}

void machine_ready_encode(const struct machine_ready *message, struct buf *out)
{
    wire_message_encode(&machine_ready_schema, message, out);
}

int machine_ready_decode(struct machine_ready *ret, struct slice bytes, struct error *err)
{
    return wire_message_decode(&machine_ready_schema, ret, bytes, err);
}

void machine_ready_json(const struct machine_ready *message, struct buf *out)
{
    wire_message_json(&machine_ready_schema, message, out);
}

void machine_ready_clear(struct machine_ready *message)
{
    wire_message_clear(&machine_ready_schema, message);
}

void machine_ready_copy(struct machine_ready *ret, const struct machine_ready *from)
{
    wire_message_copy(&machine_ready_schema, ret, from);
}

static const struct wire_field machine_registered_fields[] = {
    {.id = 1, .name = "machine", .type = WIRE_STRING,
     .max = 40, VALUE(machine_registered, machine)},
    {.id = 2, .name = "project", .type = WIRE_STRING,
     .max = 63, VALUE(machine_registered, project)},
    {.id = 3, .name = "arch", .type = WIRE_ENUM,
     .enumeration = &arch_enum, VALUE(machine_registered, arch)},
    {.id = 4, .name = "key", .type = WIRE_BYTES,
     .max = 32, .len_offset = offsetof(struct bytes32, len), VALUE(machine_registered, key)},
    {.id = 5, .name = "agent_version", .type = WIRE_STRING,
     .max = 32, VALUE(machine_registered, agent_version)},
    {.id = 6, .name = "at_ms", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_registered, at_ms)},
};

static const struct wire_message machine_registered_schema = {
    .name = "machine_registered",
    .size = sizeof(struct machine_registered),
    .min_encoded = 14,
    .fields = machine_registered_fields,
    .count = 6,
};

int machine_registered_check(const struct machine_registered *message, struct error *err)
{
    return wire_message_check(&machine_registered_schema, message, err);
}

void machine_registered_encode(const struct machine_registered *message, struct buf *out)
{
    wire_message_encode(&machine_registered_schema, message, out);
}

int machine_registered_decode(struct machine_registered *ret, struct slice bytes, struct error *err)
{
    return wire_message_decode(&machine_registered_schema, ret, bytes, err);
}

void machine_registered_json(const struct machine_registered *message, struct buf *out)
{
    wire_message_json(&machine_registered_schema, message, out);
}

void machine_registered_clear(struct machine_registered *message)
{
    wire_message_clear(&machine_registered_schema, message);
}

void machine_registered_copy(struct machine_registered *ret, const struct machine_registered *from)
{
    wire_message_copy(&machine_registered_schema, ret, from);
}

static const struct wire_field machine_stopped_fields[] = {
    {.id = 1, .name = "machine", .type = WIRE_STRING,
     .max = 40, VALUE(machine_stopped, machine)},
    {.id = 2, .name = "project", .type = WIRE_STRING,
     .max = 63, VALUE(machine_stopped, project)},
    {.id = 3, .name = "arch", .type = WIRE_ENUM,
     .enumeration = &arch_enum, VALUE(machine_stopped, arch)},
    {.id = 4, .name = "sequence", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_stopped, sequence)},
    {.id = 5, .name = "at_ms", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(machine_stopped, at_ms)},
    {.id = 6, .name = "reason", .type = WIRE_STRING,
     .max = 160, VALUE(machine_stopped, reason)},
    {.id = 7, .name = "clean", .type = WIRE_BOOL,
     VALUE(machine_stopped, clean)},
};

static const struct wire_message machine_stopped_schema = {
    .name = "machine_stopped",
    .size = sizeof(struct machine_stopped),
    .min_encoded = 15,
    .fields = machine_stopped_fields,
    .count = 7,
};

int machine_stopped_check(const struct machine_stopped *message, struct error *err)
{
    return wire_message_check(&machine_stopped_schema, message, err);
}

void machine_stopped_encode(const struct machine_stopped *message, struct buf *out)
{
    wire_message_encode(&machine_stopped_schema, message, out);
}

int machine_stopped_decode(struct machine_stopped *ret, struct slice bytes, struct error *err)
{
    return wire_message_decode(&machine_stopped_schema, ret, bytes, err);
}

void machine_stopped_json(const struct machine_stopped *message, struct buf *out)
{
    wire_message_json(&machine_stopped_schema, message, out);
}

void machine_stopped_clear(struct machine_stopped *message)
{
    wire_message_clear(&machine_stopped_schema, message);
}

void machine_stopped_copy(struct machine_stopped *ret, const struct machine_stopped *from)
{
    wire_message_copy(&machine_stopped_schema, ret, from);
}

static const struct wire_field took_over_fields[] = {
    {.id = 1, .name = "epoch", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(took_over, epoch)},
    {.id = 2, .name = "owner", .type = WIRE_STRING,
     .max = 64, VALUE(took_over, owner)},
    {.id = 3, .name = "at_ms", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(took_over, at_ms)},
};

static const struct wire_message took_over_schema = {
    .name = "took_over",
    .size = sizeof(struct took_over),
    .min_encoded = 7,
    .fields = took_over_fields,
    .count = 3,
};

int took_over_check(const struct took_over *message, struct error *err)
{
    return wire_message_check(&took_over_schema, message, err);
}

void took_over_encode(const struct took_over *message, struct buf *out)
{
    wire_message_encode(&took_over_schema, message, out);
}

int took_over_decode(struct took_over *ret, struct slice bytes, struct error *err)
{
    return wire_message_decode(&took_over_schema, ret, bytes, err);
}

void took_over_json(const struct took_over *message, struct buf *out)
{
    wire_message_json(&took_over_schema, message, out);
}

void took_over_clear(struct took_over *message)
{
    wire_message_clear(&took_over_schema, message);
}

void took_over_copy(struct took_over *ret, const struct took_over *from)
{
    wire_message_copy(&took_over_schema, ret, from);
}

static const struct wire_field volume_fields[] = {
    {.id = 1, .name = "volume", .type = WIRE_STRING,
     .max = 40, VALUE(volume, volume)},
    {.id = 2, .name = "organisation", .type = WIRE_STRING,
     .max = 63, VALUE(volume, organisation)},
    {.id = 3, .name = "project", .type = WIRE_STRING,
     .max = 63, VALUE(volume, project)},
    {.id = 4, .name = "arch", .type = WIRE_ENUM,
     .enumeration = &arch_enum, VALUE(volume, arch)},
    {.id = 5, .name = "state", .type = WIRE_ENUM,
     .enumeration = &volume_state_enum, VALUE(volume, state)},
    {.id = 6, .name = "holder", .type = WIRE_STRING,
     .optional = true, .max = 40, VALUE(volume, holder)},
    {.id = 7, .name = "cap_bytes", .type = WIRE_U64,
     .optional = true, .max = UINT64_MAX, VALUE(volume, cap_bytes)},
    {.id = 8, .name = "created_at_ms", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(volume, created_at_ms)},
};

static const struct wire_message volume_schema = {
    .name = "volume",
    .size = sizeof(struct volume),
    .min_encoded = 13,
    .fields = volume_fields,
    .count = 8,
};

int volume_check(const struct volume *message, struct error *err)
{
    return wire_message_check(&volume_schema, message, err);
}

void volume_encode(const struct volume *message, struct buf *out)
{
    wire_message_encode(&volume_schema, message, out);
}

int volume_decode(struct volume *ret, struct slice bytes, struct error *err)
{
    return wire_message_decode(&volume_schema, ret, bytes, err);
}

void volume_json(const struct volume *message, struct buf *out)
{
    wire_message_json(&volume_schema, message, out);
}

void volume_clear(struct volume *message)
{
    wire_message_clear(&volume_schema, message);
}

void volume_copy(struct volume *ret, const struct volume *from)
{
    wire_message_copy(&volume_schema, ret, from);
}

static const struct wire_field builds_alive_fields[] = {
    {.id = 1, .name = "builds", .type = WIRE_STRING,
     .max = 40, LIST(builds_alive, builds, 4096)},
    {.id = 2, .name = "at_ms", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(builds_alive, at_ms)},
};

static const struct wire_message builds_alive_schema = {
    .name = "builds_alive",
    .size = sizeof(struct builds_alive),
    .min_encoded = 5,
    .fields = builds_alive_fields,
    .count = 2,
};

int builds_alive_check(const struct builds_alive *message, struct error *err)
{
    return wire_message_check(&builds_alive_schema, message, err);
}

void builds_alive_encode(const struct builds_alive *message, struct buf *out)
{
    wire_message_encode(&builds_alive_schema, message, out);
}

int builds_alive_decode(struct builds_alive *ret, struct slice bytes, struct error *err)
{
    return wire_message_decode(&builds_alive_schema, ret, bytes, err);
}

void builds_alive_json(const struct builds_alive *message, struct buf *out)
{
    wire_message_json(&builds_alive_schema, message, out);
}

void builds_alive_clear(struct builds_alive *message)
{
    wire_message_clear(&builds_alive_schema, message);
}

void builds_alive_copy(struct builds_alive *ret, const struct builds_alive *from)
{
    wire_message_copy(&builds_alive_schema, ret, from);
}

static const struct wire_field fleet_change_fields[] = {
    {.id = 1, .name = "epoch", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(fleet_change, epoch)},
    {.id = 2, .name = "seq", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(fleet_change, seq)},
    {.id = 3, .name = "decided_at_ms", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(fleet_change, decided_at_ms)},
    {.id = 4, .name = "cause", .type = WIRE_STRING,
     .max = 64, VALUE(fleet_change, cause)},
    {.id = 5, .name = "request_position", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(fleet_change, request_position)},
    {.id = 6, .name = "event_position", .type = WIRE_U64,
     .max = UINT64_MAX, VALUE(fleet_change, event_position)},
    {.id = 7, .name = "builders", .type = WIRE_MESSAGE,
     .optional = true, .message = &builder_schema, LIST(fleet_change, builders, 256)},
    {.id = 8, .name = "machines", .type = WIRE_MESSAGE,
     .optional = true, .message = &machine_schema, LIST(fleet_change, machines, 256)},
    {.id = 9, .name = "volumes", .type = WIRE_MESSAGE,
     .optional = true, .message = &volume_schema, LIST(fleet_change, volumes, 256)},
};

static const struct wire_message fleet_change_schema = {
    .name = "fleet_change",
    .size = sizeof(struct fleet_change),
    .min_encoded = 13,
    .fields = fleet_change_fields,
    .count = 9,
};

int fleet_change_check(const struct fleet_change *message, struct error *err)
{
    return wire_message_check(&fleet_change_schema, message, err);
}

void fleet_change_encode(const struct fleet_change *message, struct buf *out)
{
    wire_message_encode(&fleet_change_schema, message, out);
}

int fleet_change_decode(struct fleet_change *ret, struct slice bytes, struct error *err)
{
    return wire_message_decode(&fleet_change_schema, ret, bytes, err);
}

void fleet_change_json(const struct fleet_change *message, struct buf *out)
{
    wire_message_json(&fleet_change_schema, message, out);
}

void fleet_change_clear(struct fleet_change *message)
{
    wire_message_clear(&fleet_change_schema, message);
}

void fleet_change_copy(struct fleet_change *ret, const struct fleet_change *from)
{
    wire_message_copy(&fleet_change_schema, ret, from);
}

static int builder_released_decode_json(struct slice bytes, struct buf *out, struct error *err)
{
    return wire_message_decode_json(&builder_released_schema, bytes, out, err);
}

static int builder_requested_decode_json(struct slice bytes, struct buf *out, struct error *err)
{
    return wire_message_decode_json(&builder_requested_schema, bytes, out, err);
}

static int dead_letter_decode_json(struct slice bytes, struct buf *out, struct error *err)
{
    return wire_message_decode_json(&dead_letter_schema, bytes, out, err);
}

static int machine_draining_decode_json(struct slice bytes, struct buf *out, struct error *err)
{
    return wire_message_decode_json(&machine_draining_schema, bytes, out, err);
}

static int machine_failed_decode_json(struct slice bytes, struct buf *out, struct error *err)
{
    return wire_message_decode_json(&machine_failed_schema, bytes, out, err);
}

static int machine_load_decode_json(struct slice bytes, struct buf *out, struct error *err)
{
    return wire_message_decode_json(&machine_load_schema, bytes, out, err);
}

static int machine_ready_decode_json(struct slice bytes, struct buf *out, struct error *err)
{
    return wire_message_decode_json(&machine_ready_schema, bytes, out, err);
}

static int machine_registered_decode_json(struct slice bytes, struct buf *out, struct error *err)
{
    return wire_message_decode_json(&machine_registered_schema, bytes, out, err);
}

static int machine_stopped_decode_json(struct slice bytes, struct buf *out, struct error *err)
{
    return wire_message_decode_json(&machine_stopped_schema, bytes, out, err);
}

static int took_over_decode_json(struct slice bytes, struct buf *out, struct error *err)
{
    return wire_message_decode_json(&took_over_schema, bytes, out, err);
}

static int builds_alive_decode_json(struct slice bytes, struct buf *out, struct error *err)
{
    return wire_message_decode_json(&builds_alive_schema, bytes, out, err);
}

static int fleet_change_decode_json(struct slice bytes, struct buf *out, struct error *err)
{
    return wire_message_decode_json(&fleet_change_schema, bytes, out, err);
}

static const struct message_type message_types[] = {
    {.ce_type = TYPE_BUILDER_RELEASED,
     .topic = "builder-requests",
     .size = sizeof(struct builder_released),
     .decode_json = builder_released_decode_json},
    {.ce_type = TYPE_BUILDER_REQUESTED,
     .topic = "builder-requests",
     .size = sizeof(struct builder_requested),
     .decode_json = builder_requested_decode_json},
    {.ce_type = TYPE_DEAD_LETTER,
     .topic = "dead-letters",
     .size = sizeof(struct dead_letter),
     .decode_json = dead_letter_decode_json},
    {.ce_type = TYPE_MACHINE_DRAINING,
     .topic = "machine-events",
     .size = sizeof(struct machine_draining),
     .decode_json = machine_draining_decode_json},
    {.ce_type = TYPE_MACHINE_FAILED,
     .topic = "machine-events",
     .size = sizeof(struct machine_failed),
     .decode_json = machine_failed_decode_json},
    {.ce_type = TYPE_MACHINE_LOAD,
     .topic = "machine-events",
     .size = sizeof(struct machine_load),
     .decode_json = machine_load_decode_json},
    {.ce_type = TYPE_MACHINE_READY,
     .topic = "machine-events",
     .size = sizeof(struct machine_ready),
     .decode_json = machine_ready_decode_json},
    {.ce_type = TYPE_MACHINE_REGISTERED,
     .topic = "machine-events",
     .size = sizeof(struct machine_registered),
     .decode_json = machine_registered_decode_json},
    {.ce_type = TYPE_MACHINE_STOPPED,
     .topic = "machine-events",
     .size = sizeof(struct machine_stopped),
     .decode_json = machine_stopped_decode_json},
    {.ce_type = TYPE_TOOK_OVER,
     .topic = "fleet",
     .size = sizeof(struct took_over),
     .decode_json = took_over_decode_json},
    {.ce_type = TYPE_BUILDS_ALIVE,
     .topic = "builder-requests",
     .size = sizeof(struct builds_alive),
     .decode_json = builds_alive_decode_json},
    {.ce_type = TYPE_FLEET_CHANGE,
     .topic = "fleet",
     .size = sizeof(struct fleet_change),
     .decode_json = fleet_change_decode_json},
};

const struct wire_message *const message_schemas[] = {
    &builder_schema,
    &builder_released_schema,
    &builder_requested_schema,
    &dead_letter_schema,
    &machine_schema,
    &machine_draining_schema,
    &machine_failed_schema,
    &machine_load_schema,
    &machine_ready_schema,
    &machine_registered_schema,
    &machine_stopped_schema,
    &took_over_schema,
    &volume_schema,
    &builds_alive_schema,
    &fleet_change_schema,
};
const size_t message_schema_count = 15;

const struct message_type *message_type_by_name(const char *ce_type)
{
    for (size_t i = 0; i < sizeof(message_types) / sizeof(message_types[0]); i++) {
        if (strcmp(message_types[i].ce_type, ce_type) == 0)
            return &message_types[i];
    }
    return NULL;
}
