#include "process/resolv.h"

#include "base/memory.h"
#include "process/subnet.h"

#include <stdlib.h>
#include <string.h>

static bool is_usable_server(const char *line)
{
    static const char keyword[] = "nameserver";
    char text[SUBNET_ADDRESS_SIZE];
    uint32_t address;

    if (strncmp(line, keyword, strlen(keyword)) != 0)
        return false;
    line += strlen(keyword);
    line += strspn(line, " \t");
    size_t len = strcspn(line, " \t\r#;");
    if (len >= sizeof(text))
        return false;
    memcpy(text, line, len);
    text[len] = '\0';
    return subnet_parse_address(text, &address) && address >> 24 != 127 && address >> 24 != 0;
}

bool resolv_is_usable(const char *text)
{
    _cleanup_free_ char *copy = xstrdup(text);
    char *rest = NULL;

    for (char *line = strtok_r(copy, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (is_usable_server(line))
            return true;
    }
    return false;
}

int resolv_print(const char *servers, struct buf *out, struct error *err)
{
    _cleanup_free_ char *list = xstrdup(servers);
    char *rest = NULL;
    uint32_t address;

    for (char *text = strtok_r(list, ", ", &rest); text != NULL; text = strtok_r(NULL, ", ", &rest)) {
        if (!subnet_parse_address(text, &address))
            return error_set(err, ERROR_INVALID, "process.dns: %s is not an IPv4 address", text);
        buf_printf(out, "nameserver %s\n", text);
    }
    return 0;
}
