/* What is on disk: machines that other processes launched, this one's predecessors above all. */
#include "process/internal.h"

#include "base/log.h"
#include "base/text.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool has_record(const char *folder)
{
    _cleanup_free_ char *path = xasprintf("%s/state", folder);
    return access(path, F_OK) == 0;
}

/* A record that is not understood was cut off by a power failure: no process of that time is left,
 * and its cgroup, whose name is known, can only be removed if that is so. */
static void read_record(const char *folder, const char *name, struct record *ret)
{
    struct error err;

    if (record_read(folder, ret, &err) == 0 && strcmp(ret->machine, name) == 0)
        return;
    log_warn("what is left of machine %s is removed: its record: %s", name, err.message);
    *ret = (struct record){.arch = binfmt_native()};
    text_copy(ret->machine, sizeof(ret->machine), name);
}

/* Runs: it is watched. Has ended: its remains are removed. Neither, since somebody holds its lock:
 * it is listed, and looked at again the next time. */
static void take_up(struct process_machine *machine)
{
    int pidfd = record_open_process(&machine->record);

    if (pidfd >= 0) {
        machine_watch(machine, pidfd);
        machine->phase = MACHINE_RUNNING;
        log_info("machine %s runs already: adopted", machine->record.machine);
    } else if (machine_lock(machine))
        machine_clean(machine);
    else
        machine->phase = MACHINE_FOREIGN;
}

static void look_at(struct process *process, const char *name)
{
    _cleanup_free_ char *folder = xasprintf("%s/%s", process->machines_folder, name);
    struct process_machine *machine = machine_find(process, name);
    struct record record;

    if (machine != NULL && machine->phase != MACHINE_FOREIGN)
        return;
    if (machine != NULL)
        machine_free(machine);
    if (!has_record(folder))
        return;
    read_record(folder, name, &record);
    take_up(machine_add(process, &record));
}

int process_scan(struct process *process, struct error *err)
{
    DIR *folder = opendir(process->machines_folder);
    struct dirent *entry;

    if (folder == NULL)
        return error_errno(err, errno, "listing the machines in %s", process->machines_folder);
    while ((entry = readdir(folder)) != NULL) {
        if (record_is_id(entry->d_name))
            look_at(process, entry->d_name);
    }
    closedir(folder);
    return 0;
}
