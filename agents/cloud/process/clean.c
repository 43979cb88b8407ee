/* Removing what a machine leaves behind once no process of it is left: the outer end of its eth0
 * if the kernel has not taken that yet, its cgroups, its folder. The record goes last: until then
 * the machine is listed, and a successor goes on from here. */
#include "process/internal.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RETRY_FIRST_MS   10
#define RETRY_LONGEST_MS 2000
#define COMMAND_LIMIT_MS 60000

static void clean(void *arg);

static void try_again(struct process_machine *machine, const struct error *err)
{
    struct process *process = machine->process;

    machine->retry_ms = machine->retry_ms == 0 ? RETRY_FIRST_MS : machine->retry_ms * 2;
    if (machine->retry_ms >= RETRY_LONGEST_MS) {
        machine->retry_ms = RETRY_LONGEST_MS;
        log_warn("cleaning up after machine %s: %s", machine->record.machine, err->message);
    }
    timer_free(machine->timer);
    machine->timer = timer_new(process->loop, clean, machine);
    timer_set(machine->timer, machine->retry_ms);
}

static void command_ended(void *arg, const struct child_exit *end)
{
    struct process_machine *machine = arg;
    struct error err;

    machine->child = NULL;
    if (end->code == 0) {
        clean(machine);
        return;
    }
    /* Also when the interface went by itself meanwhile: the next try sees it gone. */
    error_set(&err, ERROR_IO, "%.200s", end->output);
    try_again(machine, &err);
}

static void run(struct process_machine *machine, const char *const *argv)
{
    struct child_options options = CHILD_OPTIONS_INIT;
    struct error err;

    options.argv = argv;
    options.exited = command_ended;
    options.arg = machine;
    options.timeout_ms = COMMAND_LIMIT_MS;
    options.die_with_parent = true;
    machine->child = child_start(machine->process->loop, &options, &err);
    if (machine->child == NULL)
        try_again(machine, &err);
}

/* True while a program is at it. */
static bool remove_interface(struct process_machine *machine)
{
    const char *const argv[] = {"ip", "link", "del", "dev", machine->interface, NULL};

    if (machine->interface[0] == '\0' || if_nametoindex(machine->interface) == 0)
        return false;
    run(machine, argv);
    return true;
}

static bool remove_temporary(struct process_machine *machine)
{
    _cleanup_free_ char *path = xasprintf("%s/tmp", machine->folder);
    const char *const argv[] = {"rm", "-rf", "--", path, NULL};

    if (access(path, F_OK) < 0)
        return false;
    run(machine, argv);
    return true;
}

/* The log stays for whoever wants to know why; so does its folder, until newer ones push it out. */
static int remove_record(struct process_machine *machine, struct error *err)
{
    static const char *const names[] = {"state.new", "state"};

    for (size_t i = 0; i < array_size(names); i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", machine->folder, names[i]);
        if (unlink(path) < 0 && errno != ENOENT)
            return error_errno(err, errno, "%s", path);
    }
    return 0;
}

static void gone(struct process_machine *machine)
{
    struct process *process = machine->process;
    bool news = !machine->killed && machine->stopping == NULL && machine->launching == NULL;

    machine_answer(machine, &machine->launching, &machine->failure);
    machine_answer(machine, &machine->stopping, NULL);
    machine_free(machine);
    machine_log_forget_old(process->machines_folder);
    if (news)
        timer_set(process->news, 0);
}

static void clean(void *arg)
{
    struct process_machine *machine = arg;
    struct cgroups cgroups;
    struct error err;

    if (!machine_lock(machine)) {
        error_set(&err, ERROR_CONFLICT, "another process is at it");
        try_again(machine, &err);
        return;
    }
    if (remove_interface(machine))
        return;
    if (cgroups_read(&cgroups, &err) < 0 || cgroups_remove(&cgroups, machine->cgroup, &err) < 0) {
        try_again(machine, &err);
        return;
    }
    if (remove_temporary(machine))
        return;
    if (remove_record(machine, &err) < 0)
        try_again(machine, &err);
    else
        gone(machine);
}

/* From the loop, not from inside the call: whoever calls may still be looking at the machine. */
void machine_clean(struct process_machine *machine)
{
    machine->phase = MACHINE_CLEANING;
    machine_launch_over(machine);
    timer_free(machine->timer);
    machine->timer = timer_new(machine->process->loop, clean, machine);
    timer_set(machine->timer, 0);
}
