/* Configuration of leat-api. */
#ifndef API_CONFIG_H
#define API_CONFIG_H

#include "base/config.h"
#include "bus/config.h"
#include "daemon/daemon.h"

#include <stdbool.h>
#include <stdint.h>

struct api_config {
    char *listen, *names, *instance;
    char *token_file, *master_secret_file, *ca_file;
    int64_t certificate_lifetime_ms, machine_certificate_lifetime_ms;
    int64_t max_connections, max_waiters;
    char *store_url, *store_password_file;
    struct bus_config bus;
    struct daemon_log_config log;
};

extern const struct config_table api_config_table;

/* A comma-separated list without the blanks around its parts; empty parts are left out. */
struct text_list {
    char **items; /* NULL-terminated */
    size_t count;
};
void text_list_split(struct text_list *ret, const char *text);
void text_list_clear(struct text_list *list);

#endif
