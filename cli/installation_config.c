#include "cli/installation_config.h"

#include "base/file.h"
#include "base/memory.h"
#include "cli/tools.h"

#include <stdlib.h>

#define CONFIG_MAX 65536

static int write_config(const struct installation *installation, const char *name, struct buf *text,
                        struct error *err)
{
    _cleanup_free_ char *path = installation_path(installation, name);
    int result = text->overflow ? error_set(err, ERROR_LIMIT, "%s is too long", path)
                                : file_write_atomic(path, buf_slice(text), 0600, err);
    buf_free(text);
    return result;
}

/* The log, as every program with a bus reads it. */
static void bus_section(const struct installation *installation, struct buf *out)
{
    buf_puts(out, "[bus]\n");
    if (installation->brokers != NULL)
        buf_printf(out, "backend = kafka\nbrokers = %s\n", installation->brokers);
    else
        buf_printf(out, "backend = local\npath = %s/log/leat.db\n", installation->folder);
}

static int write_redis(const struct installation *installation, struct error *err)
{
    struct buf out = BUF_INIT(CONFIG_MAX);

    /* A view of the log: nothing in it needs to be kept, so nothing is written to disk. */
    buf_printf(&out,
               "port 0\nunixsocket %s/run/redis.sock\nunixsocketperm 700\ndir %s/redis\n"
               "save \"\"\nappendonly no\nmaxmemory 512mb\nmaxmemory-policy noeviction\n"
               "daemonize no\nsupervised auto\n",
               installation->folder, installation->folder);
    return write_config(installation, "config/redis.conf", &out, err);
}

static int write_api(const struct installation *installation, struct error *err)
{
    struct buf out = BUF_INIT(CONFIG_MAX);

    buf_printf(&out,
               "[api]\nlisten = 127.0.0.1:%lld,%s:%lld\ntoken_file = %s/secrets/tokens\n"
               "master_secret_file = %s/secrets/master\nca_file = %s/run/api-ca.pem\n\n"
               "[store]\nurl = unix://%s/run/redis.sock\n\n",
               (long long)installation->port, installation->gateway, (long long)installation->port,
               installation->folder, installation->folder, installation->folder,
               installation->folder);
    bus_section(installation, &out);
    return write_config(installation, "config/api.ini", &out, err);
}

static int write_cloud_agent(const struct installation *installation, struct error *err)
{
    struct buf out = BUF_INIT(CONFIG_MAX);
    _cleanup_free_ char *agent = tool_find_own("leat-machine-agent", err);
    _cleanup_free_ char *buildkitd =
        agent != NULL ? tool_find("buildkitd", "LEAT_BUILDKITD", err) : NULL;
    _cleanup_free_ char *runc = buildkitd != NULL ? tool_find("runc", "LEAT_RUNC", err) : NULL;

    if (runc == NULL)
        return -1;
    buf_printf(&out, "[cloud]\narchs = amd64,arm64\nlaunch_secret_file = %s/secrets/launch\n\n",
               installation->folder);
    buf_printf(&out,
               "[process]\nstate_folder = %s/machines\ninstallation = %s\nbridge = %s\n"
               "subnet = %s\nmachine_agent = %s\nbuildkitd = %s\nrunc = %s\n"
               "api_url = https://%s:%lld\napi_ca_file = %s/run/api-ca.pem\n\n",
               installation->folder, installation->tag, installation->bridge, installation->subnet,
               agent, buildkitd, runc, installation->gateway, (long long)installation->port,
               installation->folder);
    bus_section(installation, &out);
    return write_config(installation, "config/cloud-agent.ini", &out, err);
}

int installation_write_config(const struct installation *installation, struct error *err)
{
    if (write_redis(installation, err) < 0 || write_api(installation, err) < 0)
        return -1;
    return write_cloud_agent(installation, err);
}
