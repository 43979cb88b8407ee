/* Another process with the same log, told what to do line by line on its standard input:
 *
 *   append TOPIC PARTITION VALUE   answers "ack OFFSET VALUE" or "error CODE"
 *   flood TOPIC PARTITION          appends "0", "1", ... without end, 32 at a time
 *   join GROUP TOPIC               says "assigned PARTITION", "revoked PARTITION", "lost PARTITION"
 *   leave                          and "left" when that is done
 *
 * It ends at the end of its input.
 */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FLOOD_WAITING 32

struct peer_state {
    struct loop *loop;
    struct bus *bus;
    struct bus_group *group;
    char line[256];
    size_t len;
    char flood_topic[64];
    int flood_partition;
    unsigned flood_next;
};

struct waiting {
    struct peer_state *state;
    bool flood;
    char value[64];
};

static void append_value(struct peer_state *state, const char *topic, int partition,
                         const char *value, bool flood);

static void flood(struct peer_state *state)
{
    char value[16];
    snprintf(value, sizeof(value), "%u", state->flood_next++);
    append_value(state, state->flood_topic, state->flood_partition, value, true);
}

static void say_appended(void *arg, int64_t offset, const struct error *err)
{
    struct waiting *waiting = arg;
    if (err == NULL)
        printf("ack %lld %s\n", (long long)offset, waiting->value);
    else
        printf("error %s\n", error_code_name(err->code));
    if (waiting->flood && err == NULL)
        flood(waiting->state);
    free(waiting);
}

static void append_value(struct peer_state *state, const char *topic, int partition,
                         const char *value, bool is_flood)
{
    struct error err;
    struct waiting *waiting = xcalloc(1, sizeof(*waiting));
    waiting->state = state;
    waiting->flood = is_flood;
    snprintf(waiting->value, sizeof(waiting->value), "%s", value);
    struct record record = {
        .topic = topic, .partition = partition, .value = slice_text(waiting->value)};
    if (bus_append(state->bus, &record, say_appended, waiting, &err) < 0)
        say_appended(waiting, -1, &err);
}

static void say_assigned(void *arg, int32_t partition)
{
    printf("assigned %d\n", partition);
}

static void say_revoked(void *arg, int32_t partition, bool lost)
{
    printf("%s %d\n", lost ? "lost" : "revoked", partition);
}

static void join(struct peer_state *state, const char *group, const char *topic)
{
    static const struct bus_group_callbacks callbacks = {.assigned = say_assigned,
                                                         .revoked = say_revoked};
    struct error err;
    state->group = bus_join(state->bus, group, topic, &callbacks, state, &err);
    if (state->group == NULL)
        printf("error %s\n", err.message);
}

static void leave(struct peer_state *state)
{
    bus_group_leave(state->group);
    state->group = NULL;
    printf("left\n");
}

static void obey(struct peer_state *state, const char *line)
{
    char topic[64], text[64];
    int partition;
    if (sscanf(line, "append %63s %d %63s", topic, &partition, text) == 3) {
        append_value(state, topic, partition, text, false);
    } else if (sscanf(line, "flood %63s %d", state->flood_topic, &state->flood_partition) == 2) {
        for (int i = 0; i < FLOOD_WAITING; i++)
            flood(state);
    } else if (sscanf(line, "join %63s %63s", text, topic) == 2) {
        join(state, text, topic);
    } else if (strcmp(line, "leave") == 0) {
        leave(state);
    } else {
        printf("error: what is \"%s\"?\n", line);
    }
}

static void hear_input(void *arg)
{
    struct peer_state *state = arg;
    ssize_t len =
        read(STDIN_FILENO, state->line + state->len, sizeof(state->line) - 1 - state->len);
    if (len <= 0) {
        loop_stop(state->loop);
        return;
    }
    state->len += (size_t)len;
    state->line[state->len] = '\0';
    char *end;
    while ((end = strchr(state->line, '\n')) != NULL) {
        *end = '\0';
        obey(state, state->line);
        state->len -= (size_t)(end + 1 - state->line);
        memmove(state->line, end + 1, state->len + 1);
    }
}

static void say_fatal(void *arg, const struct error *err)
{
    printf("fatal %s\n", err->message);
}

int peer_main(int argc, char **argv)
{
    struct error err;
    struct peer_state state = {.loop = loop_new()};
    struct bus_options options = {.backend = atoi(argv[2]) == BUS_KAFKA ? BUS_KAFKA : BUS_LOCAL,
                                  .topic_prefix = argv[3],
                                  .path = argv[4],
                                  .brokers = argv[5],
                                  .client_id = "peer"};
    setvbuf(stdout, NULL, _IOLBF, 0);
    state.bus = bus_open(state.loop, &options, say_fatal, &state, &err);
    if (state.bus == NULL) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    struct watch *watch = watch_new(state.loop, STDIN_FILENO, WATCH_READ, hear_input, &state);
    printf("ready\n");
    loop_run(state.loop);
    watch_free(watch);
    bus_close(state.bus);
    loop_free(state.loop);
    return 0;
}

/* The test's side. */

static void add_line(struct peer *peer, const char *line)
{
    peer->lines = xreallocarray(peer->lines, peer->count + 1, sizeof(*peer->lines));
    peer->lines[peer->count++] = xstrdup(line);
}

static void hear_peer(void *arg)
{
    struct peer *peer = arg;
    ssize_t len = read(peer->out, peer->partial + peer->partial_len,
                       sizeof(peer->partial) - 1 - peer->partial_len);
    log_progress(peer->log);
    if (len <= 0) {
        peer->ended = true;
        watch_enable(peer->watch, false);
        return;
    }
    peer->partial_len += (size_t)len;
    peer->partial[peer->partial_len] = '\0';
    char *end;
    while ((end = strchr(peer->partial, '\n')) != NULL) {
        *end = '\0';
        add_line(peer, peer->partial);
        peer->partial_len -= (size_t)(end + 1 - peer->partial);
        memmove(peer->partial, end + 1, peer->partial_len + 1);
    }
}

static void run_peer(const struct test_log *log, int in, int out)
{
    char backend[8];
    snprintf(backend, sizeof(backend), "%d", (int)log->options.backend);
    char *argv[] = {"/proc/self/exe",
                    "peer",
                    backend,
                    log->prefix,
                    log->path,
                    (char *)(uintptr_t)log->options.brokers,
                    NULL};
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
        _exit(126);
    execv(argv[0], argv);
    _exit(127);
}

struct peer *peer_start(struct test_log *log)
{
    int in[2], out[2];
    struct peer *peer = xcalloc(1, sizeof(*peer));
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    peer->log = log;
    peer->pid = fork();
    if (peer->pid == 0)
        run_peer(log, in[0], out[1]);
    assert_true(peer->pid > 0);
    close(in[0]);
    close(out[1]);
    peer->in = in[1];
    peer->out = out[0];
    peer->watch = watch_new(log->loop, peer->out, WATCH_READ, hear_peer, peer);
    AWAIT(log, peer->ended || peer_count(peer, "ready") == 1);
    assert_false(peer->ended);
    return peer;
}

void peer_say(struct peer *peer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vdprintf(peer->in, format, args);
    va_end(args);
    dprintf(peer->in, "\n");
}

size_t peer_count(const struct peer *peer, const char *prefix)
{
    size_t count = 0;
    for (size_t i = 0; i < peer->count; i++)
        count += strncmp(peer->lines[i], prefix, strlen(prefix)) == 0;
    return count;
}

void peer_kill(struct peer *peer)
{
    kill(peer->pid, SIGKILL);
    AWAIT(peer->log, peer->ended);
}

void peer_free(struct peer *peer)
{
    int status;
    close(peer->in);
    AWAIT(peer->log, peer->ended);
    assert_int_equal(waitpid(peer->pid, &status, 0), peer->pid);
    assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
    watch_free(peer->watch);
    close(peer->out);
    for (size_t i = 0; i < peer->count; i++)
        free(peer->lines[i]);
    free(peer->lines);
    free(peer);
}
