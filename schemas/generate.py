#!/usr/bin/env python3
"""Writes gen/messages.[ch] and docs/reference-messages.md from enums.json and messages/*.json.

usage: schemas/generate.py [--check]

With --check nothing is written: differences from what is committed are printed, exit status 1.
"""
import difflib
import json
import pathlib
import re
import sys
import textwrap

HERE = pathlib.Path(__file__).resolve().parent
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
VALUE_NAME = re.compile(r"[a-z][a-z0-9_-]*\Z")
INLINE_BYTES_MAX = 64
DEPTH_MAX = 8  # WIRE_DEPTH_MAX of lib/wire/cursor.h
U64_MAX = 2**64 - 1
C_TYPES = {"u64": "uint64_t", "i64": "int64_t", "bool": "bool"}
FIELD_KEYS = {"id", "name", "type", "max", "list", "optional", "secret", "since", "about", "enum",
              "message"}
MESSAGE_KEYS = {"name", "type", "topic", "about", "fields", "reserved"}
BANNER = "/* Written by schemas/generate.py; change schemas/messages/ instead. */\n"
KEYWORDS = set("""auto break case char const continue default do double else enum extern float for
goto if inline int long register restrict return short signed sizeof static struct switch typedef
union unsigned void volatile while bool true false""".split())


class SchemaError(Exception):
    """A definition that cannot be generated from."""


def need(condition, where, problem):
    if not condition:
        raise SchemaError(f"{where}: {problem}")


# ---- reading and checking -------------------------------------------------------------------

def load_enums(folder):
    enums = json.loads((folder / "enums.json").read_text(encoding="utf-8"))
    for name, enum in enums.items():
        where = f"enums.json: {name}"
        need(NAME.match(name), where, "not a name")
        ids = [value["id"] for value in enum["values"]]
        names = [value["name"] for value in enum["values"]]
        need(ids and ids == sorted(set(ids)), where, "ids must ascend")
        need(1 <= ids[0] and ids[-1] <= 255, where, "ids go from 1 to 255")
        need(len(set(names)) == len(names), where, "a name is repeated")
        need(all(VALUE_NAME.match(value) for value in names), where, "a value has a bad name")
    return enums


def check_field_type(field, where, enums, messages):
    kind = field["type"]
    need(kind in ("string", "bytes", "u64", "i64", "bool", "enum", "message"), where, "bad type")
    if kind in ("string", "bytes"):
        need(1 <= field.get("max", 0) <= 1 << 20, where, "max goes from 1 to 1 MiB")
    elif kind == "u64":
        need(1 <= field.get("max", U64_MAX) <= U64_MAX, where, "bad max")
    else:
        need("max" not in field, where, f"{kind} has no max")
    need((kind == "enum") == ("enum" in field), where, "enum names the enum")
    need((kind == "message") == ("message" in field), where, "message names the message")
    need(kind != "enum" or field["enum"] in enums, where, "no such enum")
    need(kind != "message" or field["message"] in messages, where, "no such message")
    need(kind != "message" or "list" in field or not field.get("optional"), where,
         "an optional message must be a list")


def check_field(field, where, enums, messages):
    need(set(field) <= FIELD_KEYS, where, f"unknown {sorted(set(field) - FIELD_KEYS)}")
    need(NAME.match(field["name"]) and field["name"] not in KEYWORDS, where, "not a name")
    need(1 <= field["id"] <= 65535, where, "ids go from 1 to 65535")
    need(1 <= field.get("list", 1) <= 65536, where, "list goes from 1 to 65536")
    need(field["since"] >= 1 and field["about"], where, "since and about are needed")
    check_field_type(field, where, enums, messages)


def check_message(message, enums, messages):
    where = message["name"]
    fields = message["fields"]
    ids = [field["id"] for field in fields]
    names = [field["name"] for field in fields]
    names += [field["name"] + "_count" for field in fields if "list" in field]
    need(set(message) <= MESSAGE_KEYS, where, f"unknown {sorted(set(message) - MESSAGE_KEYS)}")
    need(NAME.match(where) and where not in enums, where, "not a name, or an enum has it")
    need(("type" in message) == ("topic" in message), where, "type and topic go together")
    need(fields and ids == sorted(set(ids)), where, "field ids must ascend")
    need(not set(ids) & set(message.get("reserved", [])), where, "a reserved id is used again")
    need(len(set(names)) == len(names), where, "a field name is repeated")
    for field in fields:
        check_field(field, f"{where}.{field['name']}", enums, messages)


def nested(message, messages):
    return [messages[field["message"]] for field in message["fields"] if field["type"] == "message"]


def depth_of(message, messages, above=()):
    need(message["name"] not in above, message["name"], "contains itself")
    depths = [0]
    for field in message["fields"]:
        if field["type"] == "message":
            inner = depth_of(messages[field["message"]], messages, above + (message["name"],))
            depths.append(inner + (1 if "list" in field else 0))
        elif "list" in field:
            depths.append(1)
    return 1 + max(depths)


def load_messages(folder, enums):
    """Messages by name, a message after those that it contains."""
    messages = {}
    for path in sorted((folder / "messages").glob("*.json")):
        message = json.loads(path.read_text(encoding="utf-8"))
        need(message["name"] == path.stem, path.name, "the file must be named like the message")
        messages[message["name"]] = message
    types = [message["type"] for message in messages.values() if "type" in message]
    need(len(set(types)) == len(types), "messages", "a type is repeated")
    for message in messages.values():
        check_message(message, enums, messages)
        need(depth_of(message, messages) <= DEPTH_MAX, message["name"], "nested too deep")
    return dict(sorted(messages.items(), key=lambda item: (depth_of(item[1], messages), item[0])))


# ---- what C needs to know -------------------------------------------------------------------

def is_inline_bytes(field):
    return field["type"] == "bytes" and field["max"] <= INLINE_BYTES_MAX


def number_size(number):
    for size, limit in ((1, 1 << 7), (2, 1 << 8), (3, 1 << 16)):
        if number < limit:
            return size
    return 5


def min_encoded(message, messages):
    """Bytes of the shortest valid encoding: its required fields, each as short as can be."""
    size = 1
    for field in message["fields"]:
        if field.get("optional"):
            continue
        size += number_size(field["id"])
        if "list" in field:
            size += 1
        elif field["type"] == "message":
            size += min_encoded(messages[field["message"]], messages)
        else:
            size += 2 if field["type"] == "bytes" else 1
    return size


def declaration(field):
    """The C member or members of a field."""
    name, kind, star = field["name"], field["type"], "*" if "list" in field else ""
    count = f" size_t {name}_count;" if star else ""
    if kind == "string":
        bound = field["max"] + 1
        return f"char (*{name})[{bound}];{count}" if star else f"char {name}[{bound}];"
    if kind == "bytes":
        tag = f"struct bytes{field['max']}" if is_inline_bytes(field) else "struct owned_bytes"
    elif kind == "enum":
        tag = f"enum {field['enum']}"
    elif kind == "message":
        tag = f"struct {field['message']}"
    else:
        tag = C_TYPES[kind]
    return f"{tag} {star}{name};{count}"


def comment(text, indent=""):
    """A C comment of lines that are at most 100 wide."""
    lines = textwrap.wrap(text, 100 - len(indent) - 6)
    return f"{indent}/* " + f"\n{indent} * ".join(lines) + " */\n"


# ---- messages.h -----------------------------------------------------------------------------

def enum_header(name, enum):
    upper = name.upper()
    values = "".join(
        comment(value["about"], "    ")
        + f"    {upper}_{value['name'].upper().replace('-', '_')} = {value['id']},\n"
        for value in enum["values"])
    return (comment(enum["about"]) + f"enum {name} {{\n{values}}};\n\n"
            f"const char *{name}_name(enum {name} value);\n"
            f"bool {name}_from_name(const char *name, enum {name} *ret);\n\n")


def message_header(message):
    name = message["name"]
    lines = [comment(message["about"])]
    if "type" in message:
        lines.append(f'#define TYPE_{name.upper()} "{message["type"]}"\n')
    lines.append(f"struct {name} {{\n")
    for field in message["fields"]:
        lines.append(comment(field["about"], "    "))
        lines += [f"    {member.strip()};\n" for member in declaration(field).split(";") if member]
    lines.append("};\n\n")
    lines.append(f"int {name}_check(const struct {name} *message, struct error *err);\n"
                 f"void {name}_encode(const struct {name} *message, struct buf *out);\n"
                 f"int {name}_decode(struct {name} *ret, struct slice bytes,\n"
                 f"    struct error *err);\n"
                 f"void {name}_json(const struct {name} *message, struct buf *out);\n"
                 f"void {name}_clear(struct {name} *message);\n"
                 f"void {name}_copy(struct {name} *ret, const struct {name} *from);\n\n")
    return "".join(lines)


HEADER_TOP = BANNER + """/* clang-format off */
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

"""

HEADER_END = """/* A message that travels as a record of its own. */
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
"""


def bytes_structs(messages):
    sizes = {field["max"] for message in messages.values() for field in message["fields"]
             if is_inline_bytes(field)}
    return "".join(f"struct bytes{size} {{\n    uint8_t data[{size}];\n    size_t len;\n}};\n\n"
                   for size in sorted(sizes))


def header(enums, messages):
    return (HEADER_TOP
            + "".join(enum_header(name, enum) for name, enum in enums.items())
            + bytes_structs(messages)
            + "".join(message_header(message) for message in messages.values())
            + HEADER_END)


# ---- messages.c -----------------------------------------------------------------------------

SOURCE_TOP = BANNER + """/* clang-format off */
#include "schemas/messages.h"

#include <string.h>

#define VALUE(message, field)                                                                      \\
    .offset = offsetof(struct message, field), .size = sizeof(((struct message *)0)->field)
#define LIST(message, field, most)                                                                 \\
    .offset = offsetof(struct message, field), .size = sizeof(*((struct message *)0)->field),      \\
    .list = (most), .count_offset = offsetof(struct message, field##_count)

"""


def enum_source(name, enum):
    values = "".join(f'    [{value["id"]}] = "{value["name"]}",\n' for value in enum["values"])
    count = enum["values"][-1]["id"] + 1
    return f"""_Static_assert(sizeof(enum {name}) == sizeof(unsigned), "lib/wire reads enums as unsigned");

static const char *const {name}_value_names[] = {{
{values}}};

static const struct wire_enum {name}_enum = {{
    .name = "{name}", .value_names = {name}_value_names, .count = {count}}};

const char *{name}_name(enum {name} value)
{{
    return wire_enum_name(&{name}_enum, (unsigned)value);
}}

bool {name}_from_name(const char *name, enum {name} *ret)
{{
    unsigned value = wire_enum_from_name(&{name}_enum, name);

    if (value != 0)
        *ret = (enum {name})value;
    return value != 0;
}}

"""


def field_row(message, field):
    kind = "owned_bytes" if field["type"] == "bytes" and not is_inline_bytes(field) \
        else field["type"]
    head = f'.id = {field["id"]}, .name = "{field["name"]}", .type = WIRE_{kind.upper()},'
    parts = [f".{flag} = true" for flag in ("optional", "secret") if field.get(flag)]
    if field["type"] == "u64":
        parts.append(f".max = {field['max']}" if "max" in field else ".max = UINT64_MAX")
    elif "max" in field:
        parts.append(f".max = {field['max']}")
    if is_inline_bytes(field):
        parts.append(f".len_offset = offsetof(struct bytes{field['max']}, len)")
    if "enum" in field:
        parts.append(f".enumeration = &{field['enum']}_enum")
    if "message" in field:
        parts.append(f".message = &{field['message']}_schema")
    place = f"{message['name']}, {field['name']}"
    parts.append(f"LIST({place}, {field['list']})" if "list" in field else f"VALUE({place})")
    lines = textwrap.wrap(", ".join(parts), 94)
    return f"    {{{head}\n     " + "\n     ".join(lines) + "},\n"


def message_source(message, messages):
    name = message["name"]
    rows = "".join(field_row(message, field) for field in message["fields"])
    return f"""static const struct wire_field {name}_fields[] = {{
{rows}}};

static const struct wire_message {name}_schema = {{
    .name = "{name}",
    .size = sizeof(struct {name}),
    .min_encoded = {min_encoded(message, messages)},
    .fields = {name}_fields,
    .count = {len(message["fields"])},
}};

int {name}_check(const struct {name} *message, struct error *err)
{{
    return wire_message_check(&{name}_schema, message, err);
}}

void {name}_encode(const struct {name} *message, struct buf *out)
{{
    wire_message_encode(&{name}_schema, message, out);
}}

int {name}_decode(struct {name} *ret, struct slice bytes, struct error *err)
{{
    return wire_message_decode(&{name}_schema, ret, bytes, err);
}}

void {name}_json(const struct {name} *message, struct buf *out)
{{
    wire_message_json(&{name}_schema, message, out);
}}

void {name}_clear(struct {name} *message)
{{
    wire_message_clear(&{name}_schema, message);
}}

void {name}_copy(struct {name} *ret, const struct {name} *from)
{{
    wire_message_copy(&{name}_schema, ret, from);
}}

"""


def type_source(message):
    name = message["name"]
    return f"""static int {name}_decode_json(struct slice bytes, struct buf *out, struct error *err)
{{
    return wire_message_decode_json(&{name}_schema, bytes, out, err);
}}

"""


def type_row(message):
    return (f"    {{.ce_type = TYPE_{message['name'].upper()},\n"
            f"     .topic = \"{message['topic']}\",\n"
            f"     .size = sizeof(struct {message['name']}),\n"
            f"     .decode_json = {message['name']}_decode_json}},\n")


SOURCE_END = """const struct message_type *message_type_by_name(const char *ce_type)
{
    for (size_t i = 0; i < sizeof(message_types) / sizeof(message_types[0]); i++) {
        if (strcmp(message_types[i].ce_type, ce_type) == 0)
            return &message_types[i];
    }
    return NULL;
}
"""


def source(enums, messages):
    typed = [message for message in messages.values() if "type" in message]
    schemas = "".join(f"    &{name}_schema,\n" for name in messages)
    return (SOURCE_TOP
            + "".join(enum_source(name, enum) for name, enum in enums.items())
            + "".join(message_source(message, messages) for message in messages.values())
            + "".join(type_source(message) for message in typed)
            + "static const struct message_type message_types[] = {\n"
            + "".join(type_row(message) for message in typed) + "};\n\n"
            + f"const struct wire_message *const message_schemas[] = {{\n{schemas}}};\n"
            + f"const size_t message_schema_count = {len(messages)};\n\n"
            + SOURCE_END)


# ---- docs/reference-messages.md -------------------------------------------------------------

def type_text(field):
    kind = field["type"]
    if kind == "enum":
        text = f"[{field['enum']}](#{field['enum']})"
    elif kind == "message":
        text = f"[{field['message']}](#{field['message']})"
    elif kind in ("string", "bytes"):
        text = f"{kind}, at most {field['max']} bytes"
    else:
        text = f"{kind}, at most {field['max']}" if "max" in field else kind
    return f"list of at most {field['list']}: {text}" if "list" in field else text


def message_page(message):
    lines = [f"### {message['name']}\n\n{message['about']}\n\n"]
    if "type" in message:
        lines.append(f"`ce_type`: `{message['type']}`, topic: `{message['topic']}`\n\n")
    lines.append("| id | field | type | needed | since | about |\n|---|---|---|---|---|---|\n")
    for field in message["fields"]:
        needed = "optional" if field.get("optional") else "required"
        about = field["about"] + (" Secret: never printed." if field.get("secret") else "")
        lines.append(f"| {field['id']} | `{field['name']}` | {type_text(field)} | {needed} | "
                     f"{field['since']} | {about} |\n")
    if message.get("reserved"):
        lines.append(f"\nIds of the past, never used again: "
                     f"{', '.join(map(str, message['reserved']))}.\n")
    return "".join(lines) + "\n"


def enum_page(name, enum):
    rows = "".join(f"| {value['id']} | `{value['name']}` | {value['about']} |\n"
                   for value in enum["values"])
    return f"### {name}\n\n{enum['about']}\n\n| id | name | about |\n|---|---|---|\n{rows}\n"


PAGE_TOP = """# Messages of the log

This page is written by `schemas/generate.py` from `schemas/`.

A record's value is a msgpack map from field id to value, ids strictly ascending. Optional fields
are left out when they are empty, zero or false; required ones are always there. A reader skips ids
that it does not know. It refuses a message that repeats an id or has one out of order, misses a
required field, exceeds a bound, holds a string that is not UTF-8 without NUL bytes, holds a number
that an enum does not have, or has bytes left over.

The record's headers carry the CloudEvents 1.0 attributes in binary mode (`ce_id`, `ce_source`,
`ce_type`, `ce_specversion`, `ce_time`), `content-type` and the W3C `traceparent`.

"""


def page(enums, messages):
    topics = sorted({message["topic"] for message in messages.values() if "topic" in message})
    parts = [PAGE_TOP]
    for topic in topics:
        parts.append(f"## Topic {topic}\n\n")
        parts += [message_page(message) for message in messages.values()
                  if message.get("topic") == topic]
    parts.append("## Parts of messages\n\n")
    parts += [message_page(message) for message in messages.values() if "topic" not in message]
    parts.append("## Enums\n\n")
    parts += [enum_page(name, enum) for name, enum in enums.items()]
    return "".join(parts).rstrip("\n") + "\n"


# ---- main -----------------------------------------------------------------------------------

def outputs():
    enums = load_enums(HERE)
    messages = load_messages(HERE, enums)
    return {
        HERE / "gen" / "messages.h": header(enums, messages),
        HERE / "gen" / "messages.c": source(enums, messages),
        HERE.parent / "docs" / "reference-messages.md": page(enums, messages),
    }


def check(path, wanted):
    found = path.read_text(encoding="utf-8") if path.exists() else ""
    sys.stdout.writelines(difflib.unified_diff(
        found.splitlines(True), wanted.splitlines(True), f"{path} (committed)",
        f"{path} (generated)"))
    return found == wanted


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        files = outputs()
    except SchemaError as error:
        print(f"generate.py: {error}", file=sys.stderr)
        return 1
    if arguments:
        return 0 if all([check(path, text) for path, text in files.items()]) else 1
    for path, text in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
