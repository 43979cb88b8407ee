#include "base/environment.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_changed(const char *variable, const char *const *changes)
{
    size_t len = strcspn(variable, "=");
    for (size_t i = 0; changes[i] != NULL; i++) {
        if (strcspn(changes[i], "=") == len && strncmp(changes[i], variable, len) == 0)
            return true;
    }
    return false;
}

char **environment_with(const char *const *changes)
{
    size_t count = 0, kept = 0;
    while (environ[count] != NULL)
        count++;
    for (size_t i = 0; changes[i] != NULL; i++)
        count++;
    char **result = xcalloc(count + 1, sizeof(*result));
    for (size_t i = 0; environ[i] != NULL; i++) {
        if (!is_changed(environ[i], changes))
            result[kept++] = xstrdup(environ[i]);
    }
    for (size_t i = 0; changes[i] != NULL; i++) {
        if (strchr(changes[i], '=') != NULL)
            result[kept++] = xstrdup(changes[i]);
    }
    return result;
}

void environment_free(char **environment)
{
    if (environment == NULL)
        return;
    for (size_t i = 0; environment[i] != NULL; i++)
        free(environment[i]);
    free(environment);
}
