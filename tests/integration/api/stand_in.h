/* What the parts of the stand-in share. */
#ifndef TESTS_API_STAND_IN_H
#define TESTS_API_STAND_IN_H

#include "base/buf.h"
#include "schemas/messages.h"

#include <jansson.h>

/* Fills from members of the same names; what is missing stays empty. A wrong one ends the program.
 */
void take_builder(const json_t *json, struct builder *ret);
void take_machine(const json_t *json, struct machine *ret);
/* An event of a machine: "kind" is machine_ready, machine_load, machine_draining or
 * machine_stopped. */
void encode_event(const json_t *json, struct buf *out);

const char *text_of(const json_t *json, const char *name); /* "" when missing */
enum arch arch_of(const json_t *json);
void take_hex(const char *text, struct buf *out);
void die(const char *what);

#endif
