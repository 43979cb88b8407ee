#include "daemon/daemon.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/readiness.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STOP_LIMIT_MS 30000

enum { EXIT_USAGE_ = 64, EXIT_MISSING_ = 69, EXIT_DEFECT_ = 70, EXIT_IO_ = 74, EXIT_AGAIN_ = 75,
       EXIT_CONFIG_ = 78 };

const char *const daemon_log_levels[] = {"debug", "info", "warn", "error", NULL};
const char *const daemon_log_formats[] = {"text", "json", NULL};

struct daemon {
    const struct daemon_program *program;
    struct loop *loop;
    struct timer *stop_limit;
    void *state;
    bool stopping;
    int exit_code;
};

int daemon_exit_code(const struct error *err)
{
    switch (err->code) {
    case ERROR_NONE:
        return 0;
    case ERROR_MISSING:
        return EXIT_MISSING_;
    case ERROR_INVALID:
        return EXIT_CONFIG_;
    case ERROR_IO:
    case ERROR_DENIED:
    case ERROR_NOT_FOUND:
    case ERROR_CORRUPT:
        return EXIT_IO_;
    case ERROR_UNAVAILABLE:
    case ERROR_TIMEOUT:
    case ERROR_CONFLICT:
    case ERROR_LIMIT:
        return EXIT_AGAIN_;
    case ERROR_INTERNAL:
        break;
    }
    return EXIT_DEFECT_;
}

/* --- arguments --- */

struct arguments {
    const char *config_file;
    const char *settings[64]; /* "section.name=value" */
    size_t setting_count;
    bool check, reference, version, help;
};

static int parse_arguments(struct arguments *ret, int argc, char **argv, struct error *err)
{
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (text_equal(argv[i], "--config") && has_value)
            ret->config_file = argv[++i];
        else if (text_equal(argv[i], "--set") && has_value &&
                 ret->setting_count < array_size(ret->settings))
            ret->settings[ret->setting_count++] = argv[++i];
        else if (text_equal(argv[i], "--check-config"))
            ret->check = true;
        else if (text_equal(argv[i], "--config-reference"))
            ret->reference = true;
        else if (text_equal(argv[i], "--version"))
            ret->version = true;
        else if (text_equal(argv[i], "--help") || text_equal(argv[i], "-h"))
            ret->help = true;
        else
            return error_set(err, ERROR_INVALID, "unknown or incomplete argument: %s", argv[i]);
    }
    return 0;
}

static void print_help(const struct daemon_program *program)
{
    printf("%s - %s\n\n"
           "Usage: %s [--config FILE] [--set SECTION.NAME=VALUE]...\n\n"
           "  --config FILE         INI file; every option is explained by --config-reference\n"
           "  --set S.N=VALUE       one option; stronger than the file and the environment\n"
           "  --check-config        read the configuration, say what is wrong, and end\n"
           "  --config-reference    all options as Markdown\n"
           "  --version, --help\n\n"
           "An option is also read from the environment: LEAT_<SECTION>_<NAME>.\n"
           "Exit codes: 0 clean end, 64 usage, 69 something is missing, 70 a defect, 74 an IO\n"
           "error, 75 try again, 78 configuration.\n",
           program->name, program->summary, program->name);
}

/* --- configuration --- */

static int apply_setting(const struct config_table *table, void *config, const char *setting,
                         struct error *err)
{
    _cleanup_free_ char *copy = xstrdup(setting);
    char *dot = strchr(copy, '.'), *equals = strchr(copy, '=');

    if (dot == NULL || equals == NULL || equals < dot)
        return error_set(err, ERROR_INVALID, "--set takes section.name=value, not %s", setting);
    *dot = '\0';
    *equals = '\0';
    return config_set(table, config, copy, dot + 1, equals + 1, err);
}

static int load(const struct daemon_program *program, const struct arguments *arguments,
                void *config, struct error *err)
{
    config_defaults(program->config, config);
    if (arguments->config_file != NULL &&
        daemon_load_config(program->config, config, arguments->config_file, err) < 0)
        return -1;
    if (config_set_environment(program->config, config, environ, err) < 0)
        return -1;
    for (size_t i = 0; i < arguments->setting_count; i++) {
        if (apply_setting(program->config, config, arguments->settings[i], err) < 0)
            return -1;
    }
    return config_check_required(program->config, config, err);
}

/* --- the run --- */

static void force_end(void *arg)
{
    struct daemon *daemon = arg;
    log_warn("it did not end in time; ending now");
    daemon->exit_code = EXIT_DEFECT_;
    loop_stop(daemon->loop);
}

static void asked_to_stop(void *arg)
{
    struct daemon *daemon = arg;

    if (daemon->stopping) {
        loop_stop(daemon->loop);
        return;
    }
    daemon->stopping = true;
    log_info("stopping");
    readiness_notify("STOPPING=1");
    if (daemon->program->stop_limit_ms >= 0)
        timer_set(daemon->stop_limit, daemon->program->stop_limit_ms > 0
                                          ? daemon->program->stop_limit_ms
                                          : STOP_LIMIT_MS);
    daemon->program->stop(daemon->state);
}

void daemon_ready(struct daemon *daemon)
{
    readiness_notify("READY=1");
}

void daemon_stopped(struct daemon *daemon)
{
    loop_stop(daemon->loop);
}

void daemon_fail(struct daemon *daemon, const struct error *err)
{
    log_error("%s", err->message);
    daemon->exit_code = daemon_exit_code(err);
    loop_stop(daemon->loop);
}

static int fail_start(const struct error *err)
{
    log_error("%s", err->message);
    return daemon_exit_code(err);
}

static int run(const struct daemon_program *program, const void *config)
{
    struct daemon daemon = {.program = program, .loop = loop_new()};
    struct error err = ERROR_INIT;

    signal(SIGPIPE, SIG_IGN);
    daemon.stop_limit = timer_new(daemon.loop, force_end, &daemon);
    struct signal_watch *terminate =
        signal_watch_new(daemon.loop, SIGTERM, asked_to_stop, &daemon);
    struct signal_watch *interrupt = signal_watch_new(daemon.loop, SIGINT, asked_to_stop, &daemon);
    daemon.state = program->start(&daemon, daemon.loop, config, &err);
    if (daemon.state == NULL) {
        daemon.exit_code = fail_start(&err);
    } else {
        loop_run(daemon.loop);
        program->free(daemon.state);
    }
    signal_watch_free(terminate);
    signal_watch_free(interrupt);
    timer_free(daemon.stop_limit);
    loop_free(daemon.loop);
    return daemon.exit_code;
}

static int print_reference(const struct daemon_program *program)
{
    struct buf out = BUF_INIT(0);
    config_print_reference(program->config, &out);
    fputs(buf_text(&out), stdout);
    buf_free(&out);
    return 0;
}

static int run_configured(const struct daemon_program *program, const struct arguments *arguments)
{
    _cleanup_free_ void *config = xcalloc(1, program->config_size);
    struct error err;
    int code = 0;

    if (load(program, arguments, config, &err) < 0) {
        fprintf(stderr, "%s: %s\n", program->name, err.message);
        code = err.code == ERROR_INVALID ? EXIT_CONFIG_ : daemon_exit_code(&err);
    } else if (arguments->check) {
        puts("The configuration is good.");
    } else {
        struct daemon_log_config log;
        memcpy(&log, (const char *)config + program->log_offset, sizeof(log));
        log_setup(program->component, (enum log_level)log.level, (enum log_format)log.format);
        code = run(program, config);
    }
    config_clear(program->config, config);
    return code;
}

int daemon_main(const struct daemon_program *program, int argc, char **argv)
{
    struct arguments arguments = {0};
    struct error err;

    if (parse_arguments(&arguments, argc, argv, &err) < 0) {
        fprintf(stderr, "%s: %s\nTry `%s --help`.\n", program->name, err.message, program->name);
        return EXIT_USAGE_;
    }
    if (arguments.help)
        return print_help(program), 0;
    if (arguments.version)
        return printf("%s %s\n", program->name, LEAT_VERSION) < 0;
    if (arguments.reference)
        return print_reference(program);
    return run_configured(program, &arguments);
}
