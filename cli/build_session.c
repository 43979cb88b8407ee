#include "cli/build_session.h"

#include "base/environment.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/builder_connection.h"
#include "cli/buildx.h"
#include "cli/command.h"
#include "cli/exit_codes.h"
#include "cli/private_folder.h"
#include "cli/wait_display.h"
#include "net/child.h"
#include "pki/pki.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KEEP_ALIVE_MS     10000
#define FINISH_TRIES      4
#define FINISH_PAUSE_MS   500
#define FINISH_TIMEOUT_MS 5000
#define ARCHS             2

struct build_session {
    const struct build_request *request;
    struct loop *loop;
    struct api *api;
    char *build; /* id; NULL before it was created */
    struct builder_connection *connections[ARCHS];
    size_t connection_count;
    struct wait_display *display;
    struct private_folder *folder; /* of buildx, while it runs */
    struct child *buildx;
    struct timer *keep_alive, *finish_again;
    struct signal_watch *signals[3];
    int finish_tries;
    int interrupted; /* the signal's number */
    bool finishing;
    int exit_code;
    char ended_reason[400]; /* why the API says that the build has ended */
};

static void finish(struct build_session *session);

static void end(struct build_session *session)
{
    loop_stop(session->loop);
}

/* Ends before or without a run of buildx. */
static void give_up(struct build_session *session, int exit_code, const char *reason)
{
    if (session->finishing)
        return;
    wait_display_free(session->display);
    session->display = NULL;
    command_fail(session->request->command, exit_code, "%s", reason);
    session->exit_code = exit_code;
    finish(session);
}

/* --- finish or cancel --- */

static void finish_answered(void *arg, const struct api_result *result)
{
    struct build_session *session = arg;

    if (result->err == NULL || !result->err->retriable) {
        end(session);
        return;
    }
    if (++session->finish_tries >= FINISH_TRIES) {
        fprintf(stderr,
                "leat %s: the builders could not be given back (%s); they are released "
                "by themselves, after half an hour at the latest\n",
                session->request->command, result->err->message);
        end(session);
        return;
    }
    timer_set(session->finish_again, FINISH_PAUSE_MS);
}

static json_t *finish_body(const struct build_session *session)
{
    if (session->interrupted != 0)
        return json_pack("{s:s}", "reason", "interrupted at the client");
    return json_pack("{s:s, s:i}", "outcome", session->exit_code == 0 ? "succeeded" : "failed",
                     "exit_code", session->exit_code & 0xff);
}

static void send_finish(void *arg)
{
    struct build_session *session = arg;
    _cleanup_free_ char *path = xasprintf("/v1/builds/%s/%s", session->build,
                                          session->interrupted != 0 ? "cancel" : "finish");
    api_call(session->api, "POST", path, finish_body(session), NULL, FINISH_TIMEOUT_MS,
             finish_answered, session);
}

static void finish(struct build_session *session)
{
    if (session->finishing)
        return;
    session->finishing = true;
    timer_clear(session->keep_alive);
    private_folder_remove(session->folder);
    session->folder = NULL;
    for (size_t i = 0; i < session->connection_count; i++) {
        builder_connection_free(session->connections[i]);
        session->connections[i] = NULL;
    }
    if (session->build == NULL)
        end(session);
    else
        send_finish(session);
}

/* --- while buildx runs --- */

static void stop_buildx(struct build_session *session)
{
    if (session->buildx != NULL)
        child_signal(session->buildx, SIGTERM, NULL);
}

static void keep_alive_answered(void *arg, const struct api_result *result)
{
    struct build_session *session = arg;

    if (session->finishing || result->err == NULL || !text_equal(result->code, "build-ended"))
        return; /* an API that is away does not end a build that runs */
    snprintf(session->ended_reason, sizeof(session->ended_reason), "%s", result->err->message);
    stop_buildx(session);
}

static void keep_alive(void *arg)
{
    struct build_session *session = arg;
    _cleanup_free_ char *path = xasprintf("/v1/builds/%s/keep-alive", session->build);

    api_call(session->api, "POST", path, NULL, NULL, KEEP_ALIVE_MS, keep_alive_answered, session);
    timer_set(session->keep_alive, KEEP_ALIVE_MS);
}

static void buildx_exited(void *arg, const struct child_exit *ended)
{
    struct build_session *session = arg;

    session->buildx = NULL;
    session->exit_code = ended->signal != 0 ? 128 + ended->signal : ended->code;
    if (session->interrupted != 0) {
        session->exit_code = 128 + session->interrupted;
    } else if (session->ended_reason[0] != '\0') {
        command_fail(session->request->command, EXIT_TRY_AGAIN, "%s", session->ended_reason);
        session->exit_code = EXIT_TRY_AGAIN;
    }
    finish(session);
}

/* buildx COMMAND --builder leat ARGUMENTS; owned by the caller. */
static const char **buildx_argv(const struct build_request *request)
{
    const char **argv = xcalloc(request->argument_count + 5, sizeof(*argv));
    size_t count = 0;

    argv[count++] = request->buildx;
    argv[count++] = request->command;
    argv[count++] = "--builder";
    argv[count++] = BUILDX_BUILDER;
    for (size_t i = 0; i < request->argument_count; i++)
        argv[count++] = request->arguments[i];
    return argv;
}

static int start_buildx(struct build_session *session, struct error *err)
{
    struct builder_view builders[ARCHS];
    struct child_options options = CHILD_OPTIONS_INIT;

    for (size_t i = 0; i < session->connection_count; i++)
        builders[i] = builder_connection_view(session->connections[i]);
    private_folder_sweep();
    session->folder = private_folder_make(err);
    if (session->folder == NULL ||
        buildx_folder_fill(session->folder->path, builders, session->connection_count, err) < 0)
        return -1;
    _cleanup_free_ const char **argv = buildx_argv(session->request);
    _cleanup_free_ char *config = xasprintf("BUILDX_CONFIG=%s", session->folder->path);
    char **environment =
        environment_with((const char *const[]){config, "BUILDX_BUILDER", "LEAT_TOKEN", NULL});
    options.argv = argv;
    options.environment = (const char *const *)environment;
    options.stdin_fd = STDIN_FILENO;
    options.stdout_fd = STDOUT_FILENO;
    options.stderr_fd = STDERR_FILENO;
    options.exited = buildx_exited;
    options.arg = session;
    options.die_with_parent = true;
    session->buildx = child_start(session->loop, &options, err);
    environment_free(environment);
    return session->buildx != NULL ? 0 : -1;
}

static void run_buildx(struct build_session *session)
{
    struct error err;

    wait_display_free(session->display);
    session->display = NULL;
    if (start_buildx(session, &err) < 0) {
        give_up(session, exit_code_of(&err), err.message);
        return;
    }
    timer_set(session->keep_alive, KEEP_ALIVE_MS);
}

/* --- waiting for the builders --- */

static void builders_changed(void *arg)
{
    struct build_session *session = arg;
    struct builder_view builders[ARCHS];
    size_t ready = 0;

    if (session->finishing || session->buildx != NULL)
        return;
    for (size_t i = 0; i < session->connection_count; i++) {
        builders[i] = builder_connection_view(session->connections[i]);
        ready += builders[i].phase == BUILDER_READY;
        if (builders[i].phase == BUILDER_FAILED) {
            struct error failure = {.code = builders[i].failure};
            give_up(session, exit_code_of(&failure), builders[i].reason);
            return;
        }
    }
    wait_display_show(session->display, builders, session->connection_count);
    if (ready == session->connection_count)
        run_buildx(session);
}

static void connect_builders(struct build_session *session)
{
    for (unsigned arch = ARCH_AMD64; arch <= ARCH_ARM64; arch++) {
        if (session->request->archs[arch])
            session->connections[session->connection_count++] =
                builder_connection_start(session->loop, session->api, session->build,
                                         (enum arch)arch, builders_changed, session);
    }
    builders_changed(session);
}

static void created(void *arg, const struct api_result *result)
{
    struct build_session *session = arg;

    if (result->err != NULL) {
        give_up(session, exit_code_of(result->err), result->err->message);
        return;
    }
    const char *build = json_string_value(json_object_get(result->body, "id"));
    if (build == NULL) {
        give_up(session, EXIT_DEFECT, "the API's answer lacks the build's id");
        return;
    }
    session->build = api_escape(build);
    if (session->interrupted != 0)
        finish(session);
    else
        connect_builders(session);
}

/* W3C Trace Context level 1, section 3.2: version 00, random ids, sampled. */
static char *make_traceparent_header(void)
{
    uint8_t ids[24];
    char trace[33], parent[17];

    pki_random(ids, sizeof(ids));
    text_hex_encode(trace, ids, 16);
    text_hex_encode(parent, ids + 16, 8);
    return xasprintf("traceparent: 00-%s-%s-01", trace, parent);
}

static void create(struct build_session *session)
{
    const struct build_request *request = session->request;
    _cleanup_free_ char *path = xasprintf("/v1/projects/%s/builds", request->project);
    _cleanup_free_ char *traceparent = make_traceparent_header();
    const char *headers[] = {traceparent, NULL};
    json_t *archs = json_array();

    for (unsigned arch = ARCH_AMD64; arch <= ARCH_ARM64; arch++) {
        if (request->archs[arch])
            json_array_append_new(archs, json_string(arch_name((enum arch)arch)));
    }
    json_t *body = json_pack("{s:s, s:s, s:o}", "command", request->command, "client",
                             "leat/" LEAT_VERSION, "architectures", archs);
    api_call(session->api, "POST", path, body, headers, 0, created, session);
}

/* --- signals --- */

static void interrupted(struct build_session *session, int signal_number)
{
    bool again = session->interrupted != 0;

    session->interrupted = signal_number;
    session->exit_code = 128 + signal_number;
    if (session->buildx != NULL) {
        /* A terminal sends SIGINT to buildx itself too; it does no harm twice. */
        child_signal(session->buildx, again ? SIGKILL : signal_number, NULL);
        return;
    }
    if (again) {
        end(session);
        return;
    }
    wait_display_free(session->display);
    session->display = NULL;
    fprintf(stderr, "leat %s: interrupted; giving the builders back\n", session->request->command);
    if (session->build != NULL)
        finish(session);
    else
        timer_set(session->finish_again, FINISH_TIMEOUT_MS); /* the create may still be answered */
}

static void on_sigint(void *arg)
{
    interrupted(arg, SIGINT);
}

static void on_sigterm(void *arg)
{
    interrupted(arg, SIGTERM);
}

static void on_sighup(void *arg)
{
    interrupted(arg, SIGHUP);
}

static void finish_timer(void *arg)
{
    struct build_session *session = arg;
    if (session->build == NULL)
        end(session);
    else
        send_finish(session);
}

/* --- all of it --- */

static void open_session(struct build_session *session, const struct build_request *request)
{
    *session = (struct build_session){.request = request, .loop = loop_new()};
    session->keep_alive = timer_new(session->loop, keep_alive, session);
    session->finish_again = timer_new(session->loop, finish_timer, session);
    session->display = wait_display_new(session->loop, request->quiet);
    session->signals[0] = signal_watch_new(session->loop, SIGINT, on_sigint, session);
    session->signals[1] = signal_watch_new(session->loop, SIGTERM, on_sigterm, session);
    session->signals[2] = signal_watch_new(session->loop, SIGHUP, on_sighup, session);
}

static void close_session(struct build_session *session)
{
    for (size_t i = 0; i < session->connection_count; i++)
        builder_connection_free(session->connections[i]);
    if (session->buildx != NULL)
        child_abandon(session->buildx, true);
    private_folder_remove(session->folder);
    wait_display_free(session->display);
    api_close(session->api);
    timer_free(session->keep_alive);
    timer_free(session->finish_again);
    for (size_t i = 0; i < array_size(session->signals); i++)
        signal_watch_free(session->signals[i]);
    loop_free(session->loop);
    free(session->build);
}

int build_session_run(const struct build_request *request)
{
    struct build_session session;
    struct error err;

    open_session(&session, request);
    session.api = api_open(session.loop, request->profile, &err);
    if (session.api == NULL) {
        session.exit_code = command_fail(request->command, exit_code_of(&err), "%s", err.message);
    } else {
        create(&session);
        loop_run(session.loop);
    }
    close_session(&session);
    return session.exit_code;
}
