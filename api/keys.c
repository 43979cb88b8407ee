#include "api/keys.h"

#include <stdio.h>

#define LAYOUT "view1:"

const char *key_prefix(char *out, const char *prefix)
{
    snprintf(out, KEY_SIZE, "%s" LAYOUT, prefix);
    return out;
}

const char *key_position(char *out, const char *prefix, enum arch arch, int32_t partition)
{
    snprintf(out, KEY_SIZE, "%s" LAYOUT "position:%s:%d", prefix, arch_name(arch), partition);
    return out;
}

const char *key_channel(char *out, const char *prefix)
{
    snprintf(out, KEY_SIZE, "%s" LAYOUT "changed", prefix);
    return out;
}

const char *key_of(char *out, const char *prefix, const char *kind, const char *id)
{
    snprintf(out, KEY_SIZE, "%s" LAYOUT "%s%s%s", prefix, kind, id != NULL ? ":" : "",
             id != NULL ? id : "");
    return out;
}
