#include "api/config.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define OPTION(s, n, k, field, def, ...)                                                           \
    {                                                                                              \
        .section = s, .name = n, .type = k, .offset = offsetof(struct api_config, field),          \
        .default_value = def, __VA_ARGS__                                                          \
    }

#define HOUR_MS ((int64_t)60 * 60 * 1000)
#define DAY_MS  (24 * HOUR_MS)

static const struct config_option options[] = {
    OPTION("api", "listen", CONFIG_STRING, listen, "127.0.0.1:8443", .required = true,
           .about = "Addresses to listen on, `address:port`, comma-separated; port 0 picks one."),
    OPTION("api", "names", CONFIG_STRING, names, "",
           .about = "DNS names and addresses, comma-separated, that the API's certificate is for "
                    "besides `localhost` and the addresses it listens on."),
    OPTION("api", "instance", CONFIG_STRING, instance, "", .max = 64,
           .about = "Name of this replica in records and brokers' logs; unset for the host name."),
    OPTION("api", "token_file", CONFIG_PATH, token_file, "", .required = true,
           .about = "File of mode 0600 with one API token a line, and after a blank the name of "
                    "whoever has it."),
    OPTION("api", "master_secret_file", CONFIG_PATH, master_secret_file, "", .required = true,
           .about = "File of mode 0600 with the installation's master secret; made when missing. "
                    "Every replica needs the same."),
    OPTION("api", "ca_file", CONFIG_PATH, ca_file, "",
           .about = "Where to write, at start, the certificate that clients and machines check the "
                    "API against; unset for nowhere."),
    OPTION("api", "certificate_lifetime", CONFIG_DURATION, certificate_lifetime_ms, "24h",
           .min = 60000, .max = 30 * DAY_MS,
           .about = "How long the client certificate of a build is valid."),
    OPTION("api", "machine_certificate_lifetime", CONFIG_DURATION, machine_certificate_lifetime_ms,
           "365d", .min = HOUR_MS, .max = 3650 * DAY_MS,
           .about = "How long a machine's certificates are valid."),
    OPTION("api", "max_connections", CONFIG_INT, max_connections, "4096", .min = 1, .max = 1000000,
           .about = "Connections at once; over it new ones are closed."),
    OPTION("api", "max_waiters", CONFIG_INT, max_waiters, "10000", .min = 1, .max = 1000000,
           .about = "Long polls at once; over it the answer is 503 `too-many-waiters`."),

    OPTION("store", "url", CONFIG_STRING, store_url, "redis://127.0.0.1:6379", .required = true,
           .about = "Redis: `unix:///path` or `redis://host:port`."),
    OPTION("store", "password_file", CONFIG_PATH, store_password_file, "",
           .about = "File that holds Redis' password; unset for none."),

    BUS_CONFIG_OPTIONS(struct api_config),
    DAEMON_CONFIG_OPTIONS(struct api_config),
};

const struct config_table api_config_table = {
    .program = "leat-api",
    .options = options,
    .count = array_size(options),
};

static const char blanks[] = " \t\r\n";

void text_list_split(struct text_list *ret, const char *text)
{
    *ret = (struct text_list){.items = xcalloc(strlen(text) + 2, sizeof(char *))};
    while (*text != '\0') {
        text += strspn(text, blanks);
        size_t len = strcspn(text, ","), trimmed = len;
        while (trimmed > 0 && strchr(blanks, text[trimmed - 1]) != NULL)
            trimmed--;
        if (trimmed > 0)
            ret->items[ret->count++] = xstrndup(text, trimmed);
        text += len + (text[len] == ',');
    }
}

void text_list_clear(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct text_list){0};
}
