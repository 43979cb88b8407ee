/* A record's headers as the bytes of one column:
 *
 *   count                               1 byte
 *   for each: length of the name        1 byte
 *             the name and a NUL        so that a record can point at it
 *             length of the value       4 bytes, little-endian
 *             the value
 */
#include "bus/local.h"

#include <string.h>

size_t local_headers_size(const struct record *record)
{
    size_t size = 1;
    for (size_t i = 0; i < record->header_count; i++)
        size += 1 + strlen(record->headers[i].name) + 1 + 4 + record->headers[i].value.len;
    return size;
}

void local_headers_encode(const struct record *record, uint8_t *out)
{
    *out++ = (uint8_t)record->header_count;
    for (size_t i = 0; i < record->header_count; i++) {
        const struct record_header *header = &record->headers[i];
        size_t len = strlen(header->name);
        *out++ = (uint8_t)len;
        memcpy(out, header->name, len + 1);
        out += len + 1;
        for (int shift = 0; shift < 32; shift += 8)
            *out++ = (uint8_t)(header->value.len >> shift);
        if (header->value.len > 0)
            memcpy(out, header->value.data, header->value.len);
        out += header->value.len;
    }
}

static bool take(struct slice *rest, size_t len, const uint8_t **ret)
{
    if (rest->len < len)
        return false;
    *ret = rest->data;
    rest->data += len;
    rest->len -= len;
    return true;
}

static bool decode_header(struct slice *rest, struct record_header *ret)
{
    const uint8_t *byte, *name, *length, *value;
    if (!take(rest, 1, &byte) || *byte > BUS_HEADER_NAME_MAX ||
        !take(rest, *byte + (size_t)1, &name))
        return false;
    if (strnlen((const char *)name, *byte + (size_t)1) != *byte)
        return false;
    if (!take(rest, 4, &length))
        return false;
    size_t len =
        length[0] | (size_t)length[1] << 8 | (size_t)length[2] << 16 | (size_t)length[3] << 24;
    if (!take(rest, len, &value))
        return false;
    *ret = (struct record_header){.name = (const char *)name, .value = slice_of(value, len)};
    return true;
}

int local_headers_decode(struct record *record, struct slice bytes, struct error *err)
{
    const uint8_t *count;
    record->header_count = 0;
    if (!take(&bytes, 1, &count) || *count > RECORD_HEADERS_MAX)
        return error_set(err, ERROR_CORRUPT, "the number of headers is wrong");
    for (size_t i = 0; i < *count; i++)
        if (!decode_header(&bytes, &record->headers[i]))
            return error_set(err, ERROR_CORRUPT, "header %zu is damaged", i + 1);
    if (bytes.len > 0)
        return error_set(err, ERROR_CORRUPT, "%zu bytes follow the headers", bytes.len);
    record->header_count = *count;
    return 0;
}
