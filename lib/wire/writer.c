#include "wire/writer.h"

#include <msgpack/pack.h>

#include <string.h>

/* A failed write sticks in the buffer, so the packer is never told of it. */
static int append(void *data, const char *bytes, size_t len)
{
    buf_append(data, bytes, len);
    return 0;
}

static msgpack_packer packer_of(struct buf *out)
{
    return (msgpack_packer){.data = out, .callback = append};
}

void wire_write_map(struct buf *out, uint32_t pairs)
{
    msgpack_packer packer = packer_of(out);

    msgpack_pack_map(&packer, pairs);
}

void wire_write_array(struct buf *out, uint32_t elements)
{
    msgpack_packer packer = packer_of(out);

    msgpack_pack_array(&packer, elements);
}

void wire_write_u64(struct buf *out, uint64_t value)
{
    msgpack_packer packer = packer_of(out);

    msgpack_pack_uint64(&packer, value);
}

void wire_write_i64(struct buf *out, int64_t value)
{
    msgpack_packer packer = packer_of(out);

    msgpack_pack_int64(&packer, value);
}

void wire_write_bool(struct buf *out, bool value)
{
    msgpack_packer packer = packer_of(out);

    if (value)
        msgpack_pack_true(&packer);
    else
        msgpack_pack_false(&packer);
}

void wire_write_string(struct buf *out, const char *text)
{
    msgpack_packer packer = packer_of(out);
    size_t len = strlen(text);

    if (len > UINT32_MAX) {
        out->overflow = true;
        return;
    }
    msgpack_pack_str(&packer, len);
    msgpack_pack_str_body(&packer, text, len);
}

void wire_write_bytes(struct buf *out, struct slice bytes)
{
    msgpack_packer packer = packer_of(out);

    if (bytes.len > UINT32_MAX) {
        out->overflow = true;
        return;
    }
    msgpack_pack_bin(&packer, bytes.len);
    msgpack_pack_bin_body(&packer, bytes.data, bytes.len);
}
