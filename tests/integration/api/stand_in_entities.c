#include "stand_in.h"

#include "base/text.h"
#include "pki/pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void die(const char *what)
{
    fprintf(stderr, "stand-in: %s\n", what);
    exit(1);
}

const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text != NULL ? text : "";
}

static uint64_t number_of(const json_t *json, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(json, name));
}

enum arch arch_of(const json_t *json)
{
    enum arch arch = ARCH_AMD64;
    const char *name = text_of(json, "arch");
    if (name[0] != '\0' && !arch_from_name(name, &arch))
        die("no such architecture");
    return arch;
}

void take_hex(const char *text, struct buf *out)
{
    for (; text[0] != '\0' && text[1] != '\0'; text += 2) {
        const char digits[] = {text[0], text[1], '\0'};
        buf_putc(out, (char)strtoul(digits, NULL, 16));
    }
}

static void take_text(const json_t *json, const char *name, char *out, size_t size)
{
    if (!text_copy(out, size, text_of(json, name)))
        die(name);
}

#define TAKE(json, entity, name) take_text((json), #name, (entity)->name, sizeof((entity)->name))

void take_builder(const json_t *json, struct builder *ret)
{
    const char *outcome = text_of(json, "outcome");

    *ret = (struct builder){.arch = arch_of(json)};
    text_copy(ret->organisation, sizeof(ret->organisation), "default");
    TAKE(json, ret, build);
    TAKE(json, ret, project);
    TAKE(json, ret, machine);
    TAKE(json, ret, secret);
    TAKE(json, ret, reason);
    TAKE(json, ret, principal);
    text_copy(ret->command, sizeof(ret->command), "build");
    ret->requested_at_ms = number_of(json, "requested_at_ms");
    ret->placed_at_ms = number_of(json, "placed_at_ms");
    ret->ended_at_ms = number_of(json, "ended_at_ms");
    if (!builder_state_from_name(text_of(json, "state"), &ret->state) ||
        (outcome[0] != '\0' && !build_outcome_from_name(outcome, &ret->outcome)))
        die("state or outcome of a builder");
}

static void take_bytes32(const char *hex, struct bytes32 *ret)
{
    struct buf bytes = BUF_INIT(64);

    take_hex(hex, &bytes);
    ret->len = bytes.len;
    if (bytes.len > sizeof(ret->data))
        die("more than 32 bytes");
    if (bytes.len > 0)
        memcpy(ret->data, bytes.data, bytes.len);
    buf_free(&bytes);
}

void take_machine(const json_t *json, struct machine *ret)
{
    *ret = (struct machine){.arch = arch_of(json), .token_hash.len = PKI_HASH_SIZE};
    text_copy(ret->organisation, sizeof(ret->organisation), "default");
    TAKE(json, ret, machine);
    TAKE(json, ret, project);
    TAKE(json, ret, volume);
    TAKE(json, ret, address);
    TAKE(json, ret, server_name);
    TAKE(json, ret, buildkit_version);
    TAKE(json, ret, reason);
    pki_sha256(ret->token_hash.data, slice_text(text_of(json, "token")));
    take_bytes32(text_of(json, "key"), &ret->key);
    ret->port = number_of(json, "port");
    ret->launched_at_ms = number_of(json, "launched_at_ms");
    ret->ready_at_ms = number_of(json, "ready_at_ms");
    ret->gone_at_ms = number_of(json, "gone_at_ms");
    ret->emulated = json_is_true(json_object_get(json, "emulated"));
    if (!machine_state_from_name(text_of(json, "state"), &ret->state))
        die("state of a machine");
}

#define ENCODE(kind_name, json, out)                                                               \
    do {                                                                                           \
        struct kind_name event_ = {.arch = arch_of(json), .sequence = 1, .at_ms = 1};              \
        TAKE(json, &event_, machine);                                                              \
        TAKE(json, &event_, project);                                                              \
        kind_name##_encode(&event_, (out));                                                        \
    } while (0)

void encode_event(const json_t *json, struct buf *out)
{
    const char *kind = text_of(json, "kind");

    if (text_equal(kind, "machine_ready"))
        ENCODE(machine_ready, json, out);
    else if (text_equal(kind, "machine_load"))
        ENCODE(machine_load, json, out);
    else if (text_equal(kind, "machine_draining"))
        ENCODE(machine_draining, json, out);
    else if (text_equal(kind, "machine_stopped"))
        ENCODE(machine_stopped, json, out);
    else
        die("no such event");
    if (out->overflow)
        die("the event breaks its schema");
}
