/* A configuration with one option of each type, for the tests of lib/base/config*.c. */
#ifndef TESTS_EXAMPLE_CONFIG_H
#define TESTS_EXAMPLE_CONFIG_H

#include "base/config.h"
#include "base/memory.h"

struct example {
    char *name;
    char *socket;
    int64_t port;
    bool verbose;
    int64_t timeout_ms;
    int64_t cache_bytes;
    int mode;
    char *password;
    int64_t shard;
    int color;
};

static const char *const example_modes[] = {"fast", "safe", NULL};

#define OPTION(s, n, t, field)                                                                     \
    .section = (s), .name = (n), .type = (t), .offset = offsetof(struct example, field)
static const struct config_option example_options[] = {
    {OPTION("server", "name", CONFIG_STRING, name), .default_value = "leat", .max = 10,
     .about = "Name a|b."},
    {OPTION("server", "socket-path", CONFIG_PATH, socket), .default_value = "", .about = "Socket."},
    {OPTION("server", "port", CONFIG_INT, port), .default_value = "443", .min = 1, .max = 65535,
     .about = "Port."},
    {OPTION("server", "verbose", CONFIG_BOOL, verbose), .default_value = "no", .about = "Talk."},
    {OPTION("build", "timeout", CONFIG_DURATION, timeout_ms), .default_value = "90s", .min = 1000,
     .max = 7200000, .about = "Deadline."},
    {OPTION("build", "cache", CONFIG_BYTES, cache_bytes), .default_value = "2GiB", .min = 0,
     .max = INT64_C(1) << 40, .about = "Cache."},
    {OPTION("build", "mode", CONFIG_CHOICE, mode), .default_value = "safe",
     .choices = example_modes, .about = "Mode."},
    {OPTION("build", "password", CONFIG_STRING, password), .default_value = "", .secret = true,
     .required = true, .max = 8, .about = "Secret word."},
    {OPTION("build", "shard", CONFIG_INT, shard), .default_value = "", .min = -5, .max = 5,
     .about = "Shard."},
    {OPTION("build", "color", CONFIG_CHOICE, color), .default_value = "", .choices = example_modes,
     .about = "Color."},
};
#undef OPTION

static const struct config_table example_table = {
    .program = "leat-example",
    .options = example_options,
    .count = array_size(example_options),
};

#endif
