/* Writes msgpack with msgpack-c into a bounded buffer; check buf.overflow at the end. */
#ifndef WIRE_WRITER_H
#define WIRE_WRITER_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

void wire_write_map(struct buf *out, uint32_t pairs);
void wire_write_array(struct buf *out, uint32_t elements);
void wire_write_u64(struct buf *out, uint64_t value);
void wire_write_i64(struct buf *out, int64_t value);
void wire_write_bool(struct buf *out, bool value);
void wire_write_string(struct buf *out, const char *text);
void wire_write_bytes(struct buf *out, struct slice bytes);

#endif
