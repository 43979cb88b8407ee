/* https://www.w3.org/TR/trace-context-1/#traceparent-header */
#include "wire/record.h"

#include <string.h>

/* `len` lower-case hexadecimal digits, then `end`; with at least one that is not 0 if asked. */
static bool is_hex_field(const char *text, size_t len, char end, bool not_zero)
{
    if (strspn(text, "0123456789abcdef") != len || text[len] != end)
        return false;
    return !not_zero || strspn(text, "0") < len;
}

bool traceparent_is_valid(const char *text)
{
    return strncmp(text, "00-", 3) == 0 && is_hex_field(text + 3, 32, '-', true) &&
           is_hex_field(text + 36, 16, '-', true) && is_hex_field(text + 53, 2, '\0', false);
}
