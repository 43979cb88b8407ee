#include "process/internal.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Interfaces are named after the machine's address, which nothing else on the computer has. */
static void name_interface(struct process_machine *machine)
{
    if (machine->record.address != 0)
        snprintf(machine->interface, sizeof(machine->interface), "leat-%08x",
                 machine->record.address);
}

struct process_machine *machine_add(struct process *process, const struct record *record)
{
    struct process_machine *machine = xcalloc(1, sizeof(*machine));

    machine->process = process;
    machine->record = *record;
    machine->folder = xasprintf("%s/%s", process->machines_folder, record->machine);
    machine->cgroup =
        xasprintf("leat/%s/%s", process->options.installation, record->machine);
    machine->lock_fd = machine->pidfd = machine->control_fd = -1;
    name_interface(machine);
    machine->next = process->machines;
    process->machines = machine;
    return machine;
}

struct process_machine *machine_find(struct process *process, const char *id)
{
    struct process_machine *machine = process->machines;

    while (machine != NULL && strcmp(machine->record.machine, id) != 0)
        machine = machine->next;
    return machine;
}

void machine_wait(struct waiter **list, provider_done_fn *done, void *arg)
{
    struct waiter *waiter = xcalloc(1, sizeof(*waiter));

    while (*list != NULL)
        list = &(*list)->next;
    waiter->done = done;
    waiter->arg = arg;
    *list = waiter;
}

void machine_answer(struct process_machine *machine, struct waiter **list, const struct error *err)
{
    while (*list != NULL) {
        struct waiter *waiter = *list;
        *list = waiter->next;
        answer_done(machine->process, waiter->done, waiter->arg, err);
        free(waiter);
    }
}

void machine_signal(struct process_machine *machine, int signal_number)
{
    if (machine->pidfd >= 0)
        syscall(SYS_pidfd_send_signal, machine->pidfd, signal_number, NULL, 0);
}

bool machine_lock(struct process_machine *machine)
{
    if (machine->lock_fd >= 0)
        return true;
    machine->lock_fd = open(machine->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (machine->lock_fd < 0)
        return errno == ENOENT; /* nothing is left to be locked */
    if (flock(machine->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    close(machine->lock_fd);
    machine->lock_fd = -1;
    return false;
}

/* Said aloud, since a child that was forked meanwhile may hold the descriptor for a moment. */
void machine_unlock(struct process_machine *machine)
{
    if (machine->lock_fd < 0)
        return;
    flock(machine->lock_fd, LOCK_UN);
    close(machine->lock_fd);
    machine->lock_fd = -1;
}

static void free_waiters(struct waiter *waiter)
{
    while (waiter != NULL) {
        struct waiter *next = waiter->next;
        free(waiter);
        waiter = next;
    }
}

static void take_off(struct process_machine *machine)
{
    struct process_machine **at = &machine->process->machines;

    while (*at != machine)
        at = &(*at)->next;
    *at = machine->next;
}

void machine_free(struct process_machine *machine)
{
    take_off(machine);
    machine_launch_over(machine);
    machine_unlock(machine);
    watch_free(machine->ended);
    if (machine->pidfd >= 0)
        close(machine->pidfd);
    if (machine->child != NULL)
        child_abandon(machine->child, true);
    timer_free(machine->timer);
    free_waiters(machine->launching);
    free_waiters(machine->stopping);
    free(machine->folder);
    free(machine->cgroup);
    free(machine);
}
