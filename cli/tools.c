#include "cli/tools.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What ops/builders/install makes, and how to get each tool. */
static const struct {
    const char *name, *folder, *advice;
} known[] = {
    {"buildx", "buildx-0.36.1", "install docker's buildx plug-in, or run ops/builders/install"},
    {"buildkitd", "buildkit-0.32.2", "run ops/builders/install"},
    {"runc", NULL, "on Debian: apt-get install runc"},
    {"redis-server", NULL, "on Debian: apt-get install redis-server"},
};

static char *if_program(char *path)
{
    if (path != NULL && access(path, X_OK) == 0)
        return path;
    free(path);
    return NULL;
}

/* The folder that this program is in. */
static char *own_folder(void)
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (len <= 0)
        return xstrdup(".");
    self[len] = '\0';
    char *slash = strrchr(self, '/');
    if (slash != NULL)
        *slash = '\0';
    return xstrdup(self);
}

char *tool_find_own(const char *name, struct error *err)
{
    _cleanup_free_ char *folder = own_folder();
    char *found = if_program(xasprintf("%s/%s", folder, name));
    if (found == NULL)
        found = file_find_program(name);
    if (found == NULL)
        error_set(err, ERROR_MISSING, "%s was found neither beside leat (%s) nor in PATH", name,
                  folder);
    return found;
}

char *tool_home(void)
{
    const char *sudo = getenv("SUDO_UID"), *home = getenv("HOME");
    int64_t uid;

    if (sudo != NULL && text_parse_int(sudo, 0, UINT32_MAX, &uid, NULL) == 0) {
        struct passwd *person = getpwuid((uid_t)uid);
        if (person != NULL)
            return xstrdup(person->pw_dir);
    }
    return home != NULL ? xstrdup(home) : NULL;
}

static char *in_tools_folder(const char *name, const char *folder)
{
    const char *tools = getenv("LEAT_TOOLS"), *cache = getenv("XDG_CACHE_HOME");

    if (folder == NULL)
        return NULL;
    if (tools != NULL && tools[0] != '\0')
        return if_program(xasprintf("%s/%s/%s", tools, folder, name));
    if (cache != NULL && cache[0] != '\0')
        return if_program(xasprintf("%s/leat/tools/%s/%s", cache, folder, name));
    _cleanup_free_ char *home = tool_home();
    return home != NULL ? if_program(xasprintf("%s/.cache/leat/tools/%s/%s", home, folder, name))
                        : NULL;
}

/* As a plug-in of docker it is called docker-buildx. */
static char *among_docker_plugins(const char *name)
{
    static const char *const folders[] = {
        "/usr/local/lib/docker/cli-plugins", "/usr/local/libexec/docker/cli-plugins",
        "/usr/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins"};
    _cleanup_free_ char *home = tool_home();
    char *found =
        home != NULL ? if_program(xasprintf("%s/.docker/cli-plugins/docker-%s", home, name)) : NULL;
    for (size_t i = 0; found == NULL && i < array_size(folders); i++)
        found = if_program(xasprintf("%s/docker-%s", folders[i], name));
    return found;
}

static char *in_system(const char *name)
{
    char *found = file_find_program(name);
    if (found == NULL)
        found = if_program(xasprintf("/usr/local/sbin/%s", name));
    if (found == NULL)
        found = if_program(xasprintf("/usr/sbin/%s", name));
    return found != NULL ? found : among_docker_plugins(name);
}

char *tool_find(const char *name, const char *variable, struct error *err)
{
    const char *named = getenv(variable), *folder = NULL, *advice = "install it";
    _cleanup_free_ char *own = own_folder();
    char *found;

    if (named != NULL && named[0] != '\0') {
        found = if_program(xstrdup(named));
        if (found == NULL)
            error_set(err, ERROR_MISSING, "%s is %s, which is not a program", variable, named);
        return found;
    }
    for (size_t i = 0; i < array_size(known); i++) {
        if (text_equal(known[i].name, name)) {
            folder = known[i].folder;
            advice = known[i].advice;
        }
    }
    if ((found = if_program(xasprintf("%s/../lib/leat/%s", own, name))) != NULL ||
        (found = in_tools_folder(name, folder)) != NULL || (found = in_system(name)) != NULL)
        return found;
    error_set(err, ERROR_MISSING, "%s was not found: %s, or name it in %s", name, advice, variable);
    return NULL;
}
