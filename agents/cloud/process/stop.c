/* The end of machines, asked for or not. */
#include "process/internal.h"

#include "base/log.h"
#include "base/memory.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- death --- */

/* How it ended, when this process is its parent and so may know. */
static void describe_end(int pidfd, char *ret, size_t size)
{
    siginfo_t info = {0};

    if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
        snprintf(ret, size, "ended");
    else if (info.si_code == CLD_EXITED)
        snprintf(ret, size, "exited with %d", info.si_status);
    else
        snprintf(ret, size, "was ended by signal %d (%s)", info.si_status,
                 strsignal(info.si_status));
}

static void report_end(const struct process_machine *machine, const char *how)
{
    char line[200];

    if (machine->killed || machine->phase == MACHINE_STOPPING) {
        log_debug("machine %s %s", machine->record.machine, how);
        return;
    }
    machine_log_last_line(machine->folder, line, sizeof(line));
    log_warn("machine %s %s by itself; its last words: %s", machine->record.machine, how, line);
}

static void drop_process(struct process_machine *machine)
{
    watch_free(machine->ended);
    machine->ended = NULL;
    close(machine->pidfd);
    machine->pidfd = -1;
}

/* A PID namespace dies with its first process, and that is seen as dead only after every other
 * process in it: nothing of the machine runs any more. */
static void process_ended(void *arg)
{
    struct process_machine *machine = arg;
    char how[80];

    describe_end(machine->pidfd, how, sizeof(how));
    report_end(machine, how);
    drop_process(machine);
    if (machine->phase == MACHINE_LAUNCHING && machine->failure.code == ERROR_NONE)
        error_set(&machine->failure, ERROR_IO, "machine %s %s while it was being made",
                  machine->record.machine, how);
    machine_clean(machine);
}

void machine_watch(struct process_machine *machine, int pidfd)
{
    machine->pidfd = pidfd;
    machine->ended =
        watch_new(machine->process->loop, pidfd, WATCH_READ, process_ended, machine);
}

static void kill_it(void *arg)
{
    struct process_machine *machine = arg;

    machine->killed = true;
    machine_signal(machine, SIGKILL);
}

/* --- a launch that fails --- */

void machine_fail(struct process_machine *machine, const struct error *err)
{
    if (machine->failure.code == ERROR_NONE)
        machine->failure = *err;
    machine_launch_over(machine);
    if (machine->timer != NULL)
        timer_clear(machine->timer);
    if (machine->pidfd >= 0)
        kill_it(machine);
    else
        machine_clean(machine);
}

/* --- stop --- */

static void give_grace(struct process_machine *machine, int64_t grace_ms)
{
    timer_free(machine->timer);
    machine->timer = timer_new(machine->process->loop, kill_it, machine);
    timer_set(machine->timer, grace_ms);
}

void machine_stop(struct process_machine *machine, int64_t grace_ms)
{
    struct error err;

    switch (machine->phase) {
    case MACHINE_LAUNCHING:
        error_set(&err, ERROR_CONFLICT, "machine %s was stopped before it was made",
                  machine->record.machine);
        machine_fail(machine, &err);
        break;
    case MACHINE_RUNNING:
    case MACHINE_STOPPING:
        machine->phase = MACHINE_STOPPING;
        machine_signal(machine, SIGTERM);
        give_grace(machine, grace_ms);
        break;
    case MACHINE_CLEANING:
    case MACHINE_FOREIGN:
        break;
    }
}

static void stop_one(struct process_machine *machine, int64_t grace_ms, provider_done_fn *done, void *arg)
{
    struct error err;

    if (machine->phase == MACHINE_FOREIGN) {
        error_set(&err, ERROR_UNAVAILABLE, "another process is at work on machine %s",
                  machine->record.machine);
        answer_done(machine->process, done, arg, &err);
        return;
    }
    machine_wait(&machine->stopping, done, arg);
    machine_stop(machine, grace_ms);
}

void process_stop(struct provider *provider, const char *id, int64_t grace_ms,
                  provider_done_fn *done, void *arg)
{
    struct process *process = container_of(provider, struct process, provider);
    struct error err;

    if (process_scan(process, &err) < 0) {
        answer_done(process, done, arg, &err);
        return;
    }
    struct process_machine *machine = machine_find(process, id);
    if (machine == NULL)
        answer_done(process, done, arg, NULL);
    else
        stop_one(machine, grace_ms, done, arg);
}

/* --- stop all --- */

struct stop_all {
    size_t left;
    bool failed;
    struct error err;
    provider_done_fn *done;
    void *arg;
};

static void one_stopped(void *arg, const struct error *err, int64_t again_ms)
{
    struct stop_all *all = arg, copy;

    (void)again_ms;
    if (err != NULL && !all->failed) {
        all->failed = true;
        all->err = *err;
    }
    if (--all->left > 0)
        return;
    copy = *all;
    free(all);
    copy.done(copy.arg, copy.failed ? &copy.err : NULL, 0);
}

void process_provider_stop_all(struct provider *provider, int64_t grace_ms, provider_done_fn *done,
                               void *arg)
{
    struct process *process = container_of(provider, struct process, provider);
    struct stop_all *all = xcalloc(1, sizeof(*all));
    struct error err;

    all->done = done;
    all->arg = arg;
    all->left = 1;
    int scanned = process_scan(process, &err);
    for (struct process_machine *machine = process->machines; machine != NULL; machine = machine->next) {
        all->left++;
        stop_one(machine, grace_ms, one_stopped, all);
    }
    answer_done(process, one_stopped, all, scanned < 0 ? &err : NULL);
}
