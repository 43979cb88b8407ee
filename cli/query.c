#include "cli/query.h"

#include "cli/api.h"
#include "cli/command.h"
#include "cli/exit_codes.h"

#include <stdio.h>

int query_get(const char *command, const char *path, json_t **ret_body)
{
    struct profile profile;
    struct error err;
    int result = -1;

    if (profile_load(&profile, &err) < 0)
        return command_fail(command, exit_code_of(&err), "%s", err.message);
    struct loop *loop = loop_new();
    struct api *api = api_open(loop, &profile, &err);
    if (api != NULL)
        result = api_get(loop, api, path, ret_body, &err);
    api_close(api);
    loop_free(loop);
    profile_clear(&profile);
    if (result < 0)
        return command_fail(command, exit_code_of(&err), "%s", err.message);
    return EXIT_OK;
}

const char *query_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

void query_print(const json_t *json)
{
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    putchar('\n');
}
