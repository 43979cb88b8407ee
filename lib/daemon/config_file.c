#include "daemon/daemon.h"

#include "base/file.h"

#include <ini.h>
#include <stdio.h>

#define FILE_MAX ((size_t)1 << 20)

struct loading {
    const struct config_table *table;
    void *target;
    struct error *err;
    bool failed;
};

static int take_option(void *arg, const char *section, const char *name, const char *value)
{
    struct loading *loading = arg;

    if (config_set(loading->table, loading->target, section, name, value, loading->err) == 0)
        return 1;
    loading->failed = true;
    return 0;
}

int daemon_load_config(const struct config_table *table, void *target, const char *path,
                       struct error *err)
{
    struct error own;
    struct loading loading = {.table = table, .target = target, .err = err != NULL ? err : &own};
    struct buf text = BUF_INIT(FILE_MAX + 1);
    int result = -1;

    if (file_read(path, FILE_MAX, &text, err) == 0) {
        int line = ini_parse_string(buf_text(&text), take_option, &loading);
        if (line == 0)
            result = 0;
        else if (loading.failed)
            error_prefix(err, "%s:%d", path, line);
        else
            error_set(err, ERROR_INVALID, "%s:%d: neither [section] nor name = value", path, line);
    }
    buf_free(&text);
    return result;
}
