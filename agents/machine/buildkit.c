#include "machine/buildkit.h"

#include "base/environment.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "machine/buildkit_config.h"
#include "net/child.h"
#include "net/readiness.h"
#include "net/tls.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION_TIMEOUT_MS 20000
#define PROBE_TIMEOUT_MS   10000
#define CONFIG_TEXT_MAX    65536
#define PEM_MAX            65536

struct buildkit {
    struct loop *loop;
    const struct machine_config *config;
    struct buildkit_callbacks callbacks;
    void *arg;
    struct child *version_child, *daemon;
    struct readiness *readiness;
    struct tls_probe *probe;
    char last_line[200]; /* of its output: what a death is explained with */
};

static void run_path(const struct buildkit *buildkit, const char *name, char path[static 4200])
{
    snprintf(path, 4200, "%s/%s", buildkit->config->run_folder, name);
}

struct buildkit *buildkit_new(struct loop *loop, const struct machine_config *config,
                              const struct buildkit_callbacks *callbacks, void *arg)
{
    struct buildkit *buildkit = xcalloc(1, sizeof(*buildkit));
    buildkit->loop = loop;
    buildkit->config = config;
    buildkit->callbacks = *callbacks;
    buildkit->arg = arg;
    return buildkit;
}

static void forget_start(struct buildkit *buildkit)
{
    if (buildkit->probe != NULL)
        tls_probe_cancel(buildkit->probe);
    buildkit->probe = NULL;
    readiness_free(buildkit->readiness);
    buildkit->readiness = NULL;
}

void buildkit_free(struct buildkit *buildkit)
{
    if (buildkit == NULL)
        return;
    forget_start(buildkit);
    if (buildkit->version_child != NULL)
        child_abandon(buildkit->version_child, true);
    if (buildkit->daemon != NULL)
        child_abandon(buildkit->daemon, true);
    free(buildkit);
}

static void version_exited(void *arg, const struct child_exit *ended)
{
    struct buildkit *buildkit = arg;
    char version[32];
    struct error err;

    buildkit->version_child = NULL;
    if (ended->code != 0)
        error_set(&err, ERROR_MISSING, "%s --version failed: %.100s",
                  buildkit->config->buildkit_program, ended->output);
    else if (buildkit_parse_version(ended->output, version, sizeof(version), &err) == 0) {
        buildkit->callbacks.version(buildkit->arg, version, NULL);
        return;
    }
    buildkit->callbacks.version(buildkit->arg, NULL, &err);
}

void buildkit_check_version(struct buildkit *buildkit)
{
    const char *argv[] = {buildkit->config->buildkit_program, "--version", NULL};
    struct child_options options = CHILD_OPTIONS_INIT;
    struct error err;

    options.argv = argv;
    options.exited = version_exited;
    options.arg = buildkit;
    options.timeout_ms = VERSION_TIMEOUT_MS;
    options.die_with_parent = true;
    buildkit->version_child = child_start(buildkit->loop, &options, &err);
    if (buildkit->version_child == NULL)
        buildkit->callbacks.version(buildkit->arg, NULL, &err);
}

static int write_config(struct buildkit *buildkit, const char *path, struct error *err)
{
    struct buf text = BUF_INIT(CONFIG_TEXT_MAX);
    int result = buildkit_config_text(buildkit->config, &text, err);

    if (result == 0)
        result = file_write_atomic(path, buf_slice(&text), 0600, err);
    buf_free(&text);
    return result;
}

static void listening(void *arg)
{
    struct buildkit *buildkit = arg;
    buildkit->callbacks.ready(buildkit->arg);
}

static void output_line(void *arg, const char *line)
{
    struct buildkit *buildkit = arg;
    log_info("buildkitd: %s", line);
    snprintf(buildkit->last_line, sizeof(buildkit->last_line), "%s", line);
}

static void daemon_exited(void *arg, const struct child_exit *ended)
{
    struct buildkit *buildkit = arg;
    char reason[300];

    buildkit->daemon = NULL;
    forget_start(buildkit);
    if (ended->signal != 0)
        snprintf(reason, sizeof(reason), "signal %d (%s) ended BuildKit; its last words: %s",
                 ended->signal, strsignal(ended->signal), buildkit->last_line);
    else
        snprintf(reason, sizeof(reason), "BuildKit exited with %d; its last words: %s", ended->code,
                 buildkit->last_line);
    buildkit->callbacks.exited(buildkit->arg, reason);
}

static int start(struct buildkit *buildkit, struct error *err)
{
    char config_path[4200], socket_path[4200], notify[4300];
    const char *argv[] = {buildkit->config->buildkit_program, "--config", config_path, NULL};
    struct child_options options = CHILD_OPTIONS_INIT;

    run_path(buildkit, "buildkitd.toml", config_path);
    run_path(buildkit, "notify.sock", socket_path);
    if (write_config(buildkit, config_path, err) < 0)
        return -1;
    buildkit->readiness =
        readiness_listen(buildkit->loop, socket_path, listening, NULL, buildkit, err);
    if (buildkit->readiness == NULL)
        return -1;
    snprintf(notify, sizeof(notify), "NOTIFY_SOCKET=%s", socket_path);
    char **environment = environment_with((const char *const[]){notify, NULL});
    options.argv = argv;
    options.environment = (const char *const *)environment;
    options.line = output_line;
    options.exited = daemon_exited;
    options.arg = buildkit;
    options.die_with_parent = true;
    buildkit->daemon = child_start(buildkit->loop, &options, err);
    environment_free(environment);
    return buildkit->daemon != NULL ? 0 : -1;
}

void buildkit_start(struct buildkit *buildkit)
{
    struct error err;

    buildkit->last_line[0] = '\0';
    if (start(buildkit, &err) < 0) {
        forget_start(buildkit);
        buildkit->callbacks.exited(buildkit->arg, err.message);
    }
}

static void probe_done(void *arg, const struct error *err)
{
    struct buildkit *buildkit = arg;
    buildkit->probe = NULL;
    buildkit->callbacks.probed(buildkit->arg, err);
}

static int start_probe(struct buildkit *buildkit, const char *server_name, struct buf pem[3],
                       struct error *err)
{
    static const char *const files[] = {"server-ca.pem", "client.pem", "key.pem"};
    char path[4200], name[200];

    for (size_t i = 0; i < array_size(files); i++) {
        run_path(buildkit, files[i], path);
        if (file_read(path, PEM_MAX, &pem[i], err) < 0)
            return -1;
    }
    snprintf(name, sizeof(name), "agent.%s", server_name);
    struct tls_probe_options options = {
        .address = buildkit->config->address,
        .port = (uint16_t)buildkit->config->port,
        .server_name = name,
        .ca_pem = buf_text(&pem[0]),
        .certificate_pem = buf_text(&pem[1]),
        .key_pem = buf_text(&pem[2]),
        .timeout_ms = PROBE_TIMEOUT_MS,
    };
    buildkit->probe = tls_probe_start(buildkit->loop, &options, probe_done, buildkit, err);
    return buildkit->probe != NULL ? 0 : -1;
}

void buildkit_probe(struct buildkit *buildkit, const char *server_name)
{
    struct buf pem[3] = {BUF_INIT(PEM_MAX + 1), BUF_INIT(PEM_MAX + 1), BUF_INIT(PEM_MAX + 1)};
    struct error err;
    int result = start_probe(buildkit, server_name, pem, &err);

    if (pem[2].data != NULL)
        explicit_bzero(pem[2].data, pem[2].len);
    for (size_t i = 0; i < 3; i++)
        buf_free(&pem[i]);
    if (result < 0)
        buildkit->callbacks.probed(buildkit->arg, &err);
}

void buildkit_terminate(struct buildkit *buildkit)
{
    if (buildkit->daemon != NULL)
        child_signal(buildkit->daemon, SIGTERM, NULL);
}

void buildkit_kill(struct buildkit *buildkit)
{
    if (buildkit->daemon != NULL)
        child_signal(buildkit->daemon, SIGKILL, NULL);
    if (getpid() == 1)
        kill(-1, SIGKILL);
}

bool buildkit_owns(const struct buildkit *buildkit, pid_t pid)
{
    return (buildkit->daemon != NULL && child_pid(buildkit->daemon) == pid) ||
           (buildkit->version_child != NULL && child_pid(buildkit->version_child) == pid);
}
