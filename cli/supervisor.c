#include "cli/supervisor.h"

#include "base/clock.h"
#include "base/environment.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/exit_codes.h"
#include "cli/log_file.h"
#include "cli/supervisor_core.h"
#include "cli/tools.h"
#include "net/child.h"
#include "net/readiness.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <string.h>
#include <unistd.h>

#define STOP_PART_MS     10000 /* then SIGKILL */
#define STOP_MACHINES_MS 60000

enum { PART_REDIS, PART_API, PART_CLOUD_AGENT, PARTS };

struct supervised {
    struct supervisor *supervisor;
    const char *name;
    const char *variable; /* names its program, when that is not Leat's own */
    struct part part;
    struct child *child;
    struct readiness *readiness;
    struct log_file *log;
    struct timer *again;
    char *program, *config;
};

struct supervisor {
    struct installation *installation;
    struct loop *loop;
    struct supervised parts[PARTS];
    struct signal_watch *signals[2];
    struct timer *stop_limit;
    struct child *stopping_machines;
    bool announced, stopping;
    int exit_code;
    int64_t started_wall_ms;
};

static void start_part(void *arg);
static void stop_next(struct supervisor *supervisor);

/* --- run/status.json --- */

static json_t *part_json(const struct supervised *supervised)
{
    return json_pack("{s:s, s:s, s:i, s:i, s:s}", "name", supervised->name, "state",
                     part_state_name(supervised->part.state), "pid",
                     supervised->child != NULL ? (int)child_pid(supervised->child) : 0, "restarts",
                     (int)supervised->part.restarts, "last_line",
                     supervised->part.restarts > 0 ? log_file_last(supervised->log) : "");
}

static void write_status(const struct supervisor *supervisor)
{
    char started[CLOCK_TEXT_SIZE];
    struct error err;
    json_t *parts = json_array();

    for (size_t i = 0; i < PARTS; i++)
        json_array_append_new(parts, part_json(&supervisor->parts[i]));
    json_t *status = json_pack(
        "{s:i, s:s, s:b, s:s, s:o}", "pid", (int)getpid(), "started_at",
        clock_format_wall(supervisor->started_wall_ms, started), "stopping", supervisor->stopping,
        "log", supervisor->installation->brokers != NULL ? "kafka" : "local", "parts", parts);
    _cleanup_free_ char *text = json_dumps(status, JSON_INDENT(2));
    _cleanup_free_ char *path = installation_path(supervisor->installation, "run/status.json");
    json_decref(status);
    if (file_write_atomic(path, slice_text(text), 0644, &err) < 0)
        log_warn("%s", err.message);
}

/* --- starting --- */

static void announce(struct supervisor *supervisor)
{
    struct error err;

    if (supervisor->announced || supervisor->stopping)
        return;
    for (size_t i = PART_API; i < PARTS; i++) {
        if (supervisor->parts[i].part.state != PART_READY)
            return;
    }
    if (installation_write_client(supervisor->installation, &err) < 0) {
        log_error("%s", err.message);
        return;
    }
    supervisor->announced = true;
    log_info("the installation is ready");
    readiness_notify("READY=1");
}

static void part_ready(void *arg)
{
    struct supervised *supervised = arg;
    part_is_ready(&supervised->part);
    log_info("%s is ready", supervised->name);
    write_status(supervised->supervisor);
    announce(supervised->supervisor);
}

static void part_line(void *arg, const char *line)
{
    struct supervised *supervised = arg;
    log_file_line(supervised->log, line);
}

static void fail_installation(struct supervised *supervised, int exit_code)
{
    struct supervisor *supervisor = supervised->supervisor;
    char status[600];

    snprintf(status, sizeof(status), "STATUS=%s: %s", supervised->name,
             log_file_last(supervised->log));
    log_error("%s cannot run here: %s", supervised->name, log_file_last(supervised->log));
    readiness_notify(status);
    supervisor->exit_code = exit_code > 0 ? exit_code : EXIT_DEFECT;
    supervisor->stopping = true;
    stop_next(supervisor);
}

static void part_exited(void *arg, const struct child_exit *ended)
{
    struct supervised *supervised = arg;
    struct supervisor *supervisor = supervised->supervisor;
    int64_t now = loop_now_ms(supervisor->loop);

    supervised->child = NULL;
    readiness_free(supervised->readiness);
    supervised->readiness = NULL;
    if (supervisor->stopping) {
        supervised->part.state = PART_STOPPED;
        stop_next(supervisor);
        return;
    }
    log_warn("%s ended (%s %d): %s", supervised->name, ended->signal != 0 ? "signal" : "exit code",
             ended->signal != 0 ? ended->signal : ended->code, log_file_last(supervised->log));
    if (part_died(&supervised->part, ended->code, now))
        timer_set(supervised->again, supervised->part.due_ms - now);
    else
        fail_installation(supervised, ended->code);
    write_status(supervisor);
}

/* Redis is started with its configuration file as the one argument; ours take --config. */
static struct child *start_child(struct supervised *supervised, const char *notify,
                                 struct error *err)
{
    const char *own[] = {supervised->program, "--config", supervised->config, NULL};
    const char *redis[] = {supervised->program, supervised->config, NULL};
    struct child_options options = CHILD_OPTIONS_INIT;

    _cleanup_free_ char *variable = xasprintf("NOTIFY_SOCKET=%s", notify);
    char **environment = environment_with((const char *const[]){variable, NULL});
    options.argv = supervised->variable != NULL ? redis : own;
    options.environment = (const char *const *)environment;
    options.folder = supervised->supervisor->installation->folder;
    options.line = part_line;
    options.exited = part_exited;
    options.arg = supervised;
    options.die_with_parent = true;
    struct child *child = child_start(supervised->supervisor->loop, &options, err);
    environment_free(environment);
    return child;
}

static int try_start(struct supervised *supervised, struct error *err)
{
    struct supervisor *supervisor = supervised->supervisor;
    _cleanup_free_ char *name = xasprintf("run/%s.notify", supervised->name);
    _cleanup_free_ char *path = installation_path(supervisor->installation, name);

    supervised->readiness =
        readiness_listen(supervisor->loop, path, part_ready, NULL, supervised, err);
    if (supervised->readiness == NULL)
        return -1;
    supervised->child = start_child(supervised, path, err);
    return supervised->child != NULL ? 0 : -1;
}

static void start_part(void *arg)
{
    struct supervised *supervised = arg;
    struct supervisor *supervisor = supervised->supervisor;
    struct error err;

    if (supervisor->stopping)
        return;
    part_started(&supervised->part, loop_now_ms(supervisor->loop));
    if (try_start(supervised, &err) < 0) {
        log_file_line(supervised->log, err.message);
        part_exited(supervised, &(struct child_exit){.code = exit_code_of(&err)});
        return;
    }
    write_status(supervisor);
}

/* --- stopping: cloud-agent, machines, API, Redis --- */

static void kill_slow_part(void *arg)
{
    struct supervisor *supervisor = arg;
    for (size_t i = 0; i < PARTS; i++) {
        if (supervisor->parts[i].child != NULL && supervisor->parts[i].part.state == PART_WAITING) {
            log_warn("%s does not end; killing it", supervisor->parts[i].name);
            child_signal(supervisor->parts[i].child, SIGKILL, NULL);
        }
    }
}

/* True when the part is not there any more. */
static bool is_stopped(struct supervisor *supervisor, size_t index)
{
    struct supervised *supervised = &supervisor->parts[index];

    if (supervised->child == NULL)
        return true;
    if (supervised->part.state != PART_WAITING) { /* WAITING here: asked to end */
        supervised->part.state = PART_WAITING;
        child_signal(supervised->child, SIGTERM, NULL);
        timer_set(supervisor->stop_limit, STOP_PART_MS);
    }
    return false;
}

static void machines_stopped(void *arg, const struct child_exit *ended)
{
    struct supervisor *supervisor = arg;

    supervisor->stopping_machines = NULL;
    if (ended->code != 0)
        log_warn("not every machine could be stopped: %s", ended->output);
    stop_next(supervisor);
}

/* Runs once; true while it does. */
static bool stop_machines(struct supervisor *supervisor)
{
    struct supervised *cloud = &supervisor->parts[PART_CLOUD_AGENT];
    const char *argv[] = {cloud->program, "--stop-machines", "--config", cloud->config, NULL};
    struct child_options options = CHILD_OPTIONS_INIT;
    struct error err;

    if (supervisor->stopping_machines != NULL)
        return true;
    if (!cloud->part.was_ready || cloud->program == NULL)
        return false;
    cloud->part.was_ready = false;
    options.argv = argv;
    options.exited = machines_stopped;
    options.arg = supervisor;
    options.timeout_ms = STOP_MACHINES_MS;
    supervisor->stopping_machines = child_start(supervisor->loop, &options, &err);
    if (supervisor->stopping_machines == NULL)
        log_warn("machines are not stopped: %s", err.message);
    return supervisor->stopping_machines != NULL;
}

static void stop_next(struct supervisor *supervisor)
{
    write_status(supervisor);
    if (!is_stopped(supervisor, PART_CLOUD_AGENT) || stop_machines(supervisor) ||
        !is_stopped(supervisor, PART_API) || !is_stopped(supervisor, PART_REDIS))
        return;
    log_info("everything is stopped");
    loop_stop(supervisor->loop);
}

static void asked_to_stop(void *arg)
{
    struct supervisor *supervisor = arg;

    if (supervisor->stopping)
        return;
    log_info("stopping");
    supervisor->stopping = true;
    stop_next(supervisor);
}

/* --- the whole --- */

static int open_part(struct supervisor *supervisor, size_t index, const char *name,
                     const char *program, const char *variable, const char *config,
                     struct error *err)
{
    struct supervised *supervised = &supervisor->parts[index];
    _cleanup_free_ char *log_name = xasprintf("logs/%s.log", name);
    _cleanup_free_ char *log_path = installation_path(supervisor->installation, log_name);

    supervised->supervisor = supervisor;
    supervised->name = name;
    supervised->variable = variable;
    supervised->again = timer_new(supervisor->loop, start_part, supervised);
    supervised->config = installation_path(supervisor->installation, config);
    supervised->log = log_file_open(log_path, err);
    if (supervised->log == NULL)
        return -1;
    supervised->program =
        variable != NULL ? tool_find(program, variable, err) : tool_find_own(program, err);
    return supervised->program != NULL ? 0 : -1;
}

static int open_parts(struct supervisor *supervisor, struct error *err)
{
    if (open_part(supervisor, PART_REDIS, "redis", "redis-server", "LEAT_REDIS_SERVER",
                  "config/redis.conf", err) < 0 ||
        open_part(supervisor, PART_API, "api", "leat-api", NULL, "config/api.ini", err) < 0)
        return -1;
    return open_part(supervisor, PART_CLOUD_AGENT, "cloud-agent", "leat-cloud-agent", NULL,
                     "config/cloud-agent.ini", err);
}

static void close_part(struct supervised *supervised)
{
    if (supervised->child != NULL)
        child_abandon(supervised->child, true);
    readiness_free(supervised->readiness);
    timer_free(supervised->again);
    log_file_close(supervised->log);
    free(supervised->program);
    free(supervised->config);
}

static void report_failure(struct supervisor *supervisor, const struct error *err)
{
    char status[400];
    snprintf(status, sizeof(status), "STATUS=%s", err->message);
    log_error("%s", err->message);
    readiness_notify(status);
    supervisor->exit_code = exit_code_of(err);
}

static void run_parts(struct supervisor *supervisor)
{
    supervisor->signals[0] = signal_watch_new(supervisor->loop, SIGTERM, asked_to_stop, supervisor);
    supervisor->signals[1] = signal_watch_new(supervisor->loop, SIGINT, asked_to_stop, supervisor);
    supervisor->stop_limit = timer_new(supervisor->loop, kill_slow_part, supervisor);
    for (size_t i = 0; i < PARTS; i++)
        start_part(&supervisor->parts[i]);
    loop_run(supervisor->loop);
    timer_free(supervisor->stop_limit);
    signal_watch_free(supervisor->signals[0]);
    signal_watch_free(supervisor->signals[1]);
}

int supervisor_run(struct installation *installation)
{
    struct supervisor supervisor = {.installation = installation,
                                    .started_wall_ms = clock_wall_ms()};
    struct error err;
    _cleanup_close_ int lock = installation_lock(installation->folder, &err);

    supervisor.loop = loop_new();
    if (lock < 0 || open_parts(&supervisor, &err) < 0)
        report_failure(&supervisor, &err);
    else
        run_parts(&supervisor);
    for (size_t i = 0; i < PARTS; i++)
        close_part(&supervisor.parts[i]);
    loop_free(supervisor.loop);
    return supervisor.exit_code;
}
