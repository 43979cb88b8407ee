#include "cli/profile.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATE_FOLDER_DEFAULT "/var/lib/leat"
#define FILE_MAX             ((size_t)256 << 10)

char *profile_state_folder(void)
{
    const char *folder = getenv("LEAT_STATE");
    return xstrdup(folder != NULL && folder[0] != '\0' ? folder : STATE_FOLDER_DEFAULT);
}

static char *read_text(const char *path, struct error *err)
{
    struct buf text = BUF_INIT(FILE_MAX + 1);
    char *result = NULL;
    if (file_read(path, FILE_MAX, &text, err) == 0)
        result = buf_take_text(&text);
    buf_free(&text);
    return result;
}

static int load_environment(struct profile *ret, struct error *err)
{
    const char *api = getenv("LEAT_API"), *token = getenv("LEAT_TOKEN"), *ca = getenv("LEAT_CA");

    if (!text_starts_with(api, "https://"))
        return error_set(err, ERROR_INVALID, "LEAT_API is %s, but must begin with https://", api);
    if (token == NULL || token[0] == '\0')
        return error_set(err, ERROR_INVALID, "LEAT_API is set, but LEAT_TOKEN is not");
    ret->api_url = xstrdup(api);
    ret->token = xstrdup(token);
    ret->from = xstrdup("LEAT_API");
    if (ca == NULL || ca[0] == '\0')
        return 0;
    ret->ca_pem = read_text(ca, err);
    return ret->ca_pem != NULL ? 0 : error_prefix(err, "LEAT_CA");
}

static int take_member(const json_t *json, const char *name, const char *path, char **ret,
                       struct error *err)
{
    const char *text = json_string_value(json_object_get(json, name));
    if (text == NULL || text[0] == '\0')
        return error_set(err, ERROR_INVALID, "%s: \"%s\" is missing", path, name);
    *ret = xstrdup(text);
    return 0;
}

static int load_client_file(struct profile *ret, const char *path, struct error *err)
{
    json_error_t where;
    _cleanup_free_ char *text = read_text(path, err);
    if (text == NULL)
        return -1;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    if (json == NULL)
        return error_set(err, ERROR_INVALID, "%s:%d: %s", path, where.line, where.text);
    ret->from = xstrdup(path);
    int result = 0;
    if (take_member(json, "api", path, &ret->api_url, err) < 0 ||
        take_member(json, "ca", path, &ret->ca_pem, err) < 0 ||
        take_member(json, "token", path, &ret->token, err) < 0)
        result = -1;
    json_decref(json);
    return result;
}

static int load_embedded(struct profile *ret, struct error *err)
{
    _cleanup_free_ char *folder = profile_state_folder();
    _cleanup_free_ char *path = xasprintf("%s/client.json", folder);

    if (access(path, R_OK) < 0 && errno == EACCES)
        return error_set(err, ERROR_DENIED,
                         "%s belongs to another user: use the account that ran `leat up`, or sudo",
                         path);
    if (access(path, F_OK) < 0)
        return error_set(err, ERROR_MISSING,
                         "no installation is running here (%s does not exist): start one with "
                         "`sudo leat up`, or set LEAT_API, LEAT_TOKEN and LEAT_CA for another one",
                         path);
    return load_client_file(ret, path, err);
}

int profile_load(struct profile *ret, struct error *err)
{
    const char *api = getenv("LEAT_API");

    *ret = (struct profile){0};
    int result =
        api != NULL && api[0] != '\0' ? load_environment(ret, err) : load_embedded(ret, err);
    if (result < 0)
        profile_clear(ret);
    return result;
}

void profile_clear(struct profile *profile)
{
    free(profile->api_url);
    free(profile->ca_pem);
    if (profile->token != NULL)
        explicit_bzero(profile->token, strlen(profile->token));
    free(profile->token);
    free(profile->from);
    *profile = (struct profile){0};
}

/* --- projects --- */

static char *project_of_file(const char *path, struct error *err)
{
    json_error_t where;
    _cleanup_free_ char *text = read_text(path, err);
    char *project = NULL;

    if (text == NULL)
        return NULL;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    const char *name = json_string_value(json_object_get(json, "project"));
    if (json == NULL)
        error_set(err, ERROR_INVALID, "%s:%d: %s", path, where.line, where.text);
    else if (name == NULL || !text_is_name(name))
        error_set(err, ERROR_INVALID,
                  "%s: \"project\" must be a name of a-z, 0-9 and '-', at most 63 characters",
                  path);
    else
        project = xstrdup(name);
    json_decref(json);
    return project;
}

/* The nearest leat.json, from the current folder upward; NULL when there is none. */
static char *find_project_file(void)
{
    char folder[PATH_MAX];

    if (getcwd(folder, sizeof(folder)) == NULL)
        return NULL;
    for (;;) {
        char *path = xasprintf("%s/leat.json", folder);
        if (access(path, F_OK) == 0)
            return path;
        free(path);
        char *slash = strrchr(folder, '/');
        if (slash == NULL || folder[0] == '\0')
            return NULL;
        *slash = '\0';
    }
}

char *profile_project(const char *option, struct error *err)
{
    const char *variable = getenv("LEAT_PROJECT");

    if (option != NULL)
        return xstrdup(option);
    if (variable != NULL && variable[0] != '\0') {
        if (text_is_name(variable))
            return xstrdup(variable);
        error_set(err, ERROR_INVALID, "LEAT_PROJECT is not a project name: %s", variable);
        return NULL;
    }
    _cleanup_free_ char *path = find_project_file();
    return path != NULL ? project_of_file(path, err) : xstrdup("default");
}
