/* Deleting cache volumes. */
#include "process/internal.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_MS 600000

struct deletion {
    struct deletion *next;
    struct process *process;
    char *path;
    bool by_hand;
    struct child *child;
    provider_done_fn *done;
    void *arg;
};

static void free_deletion(struct deletion *deletion)
{
    struct deletion **at = &deletion->process->deletions;

    while (*at != deletion)
        at = &(*at)->next;
    *at = deletion->next;
    free(deletion->path);
    free(deletion);
}

static void ended(void *arg, const struct child_exit *end);

/* Build steps may make subvolumes inside of a volume (cache mounts let them), and a subvolume that
 * holds others is not deleted by `btrfs`: then everything goes one by one. */
static int start(struct deletion *deletion, struct error *err)
{
    const char *const quick[] = {"btrfs", "subvolume", "delete", deletion->path, NULL};
    const char *const by_hand[] = {"rm", "-rf", "--", deletion->path, NULL};
    struct child_options options = CHILD_OPTIONS_INIT;

    options.argv = deletion->by_hand ? by_hand : quick;
    options.exited = ended;
    options.arg = deletion;
    options.timeout_ms = LIMIT_MS;
    options.die_with_parent = true;
    deletion->child = child_start(deletion->process->loop, &options, err);
    return deletion->child != NULL ? 0 : -1;
}

static void answer(struct deletion *deletion, const struct error *err)
{
    answer_done(deletion->process, deletion->done, deletion->arg, err);
    free_deletion(deletion);
}

static void ended(void *arg, const struct child_exit *end)
{
    struct deletion *deletion = arg;
    struct error err;

    deletion->child = NULL;
    if (access(deletion->path, F_OK) < 0) {
        answer(deletion, NULL);
        return;
    }
    error_set(&err, ERROR_IO, "deleting %.100s: %.180s", deletion->path,
              end->timed_out ? "it took too long" : end->output);
    err.retriable = true;
    if (!deletion->by_hand && !end->timed_out) {
        deletion->by_hand = true;
        if (start(deletion, &err) == 0)
            return;
    }
    answer(deletion, &err);
}

static int check(struct process *process, const char *volume, struct error *err)
{
    if (!record_is_id(volume))
        return error_set(err, ERROR_INVALID, "ids of volumes are 1 to 40 of a-z, 0-9, -");
    if (process_scan(process, err) < 0)
        return -1;
    for (const struct process_machine *at = process->machines; at != NULL; at = at->next) {
        if (strcmp(at->record.volume, volume) == 0)
            return error_set(err, ERROR_CONFLICT, "volume %s is held by machine %s", volume,
                             at->record.machine);
    }
    return 0;
}

void process_volume_delete(struct provider *provider, const char *volume, provider_done_fn *done,
                           void *arg)
{
    struct process *process = container_of(provider, struct process, provider);
    struct error err;

    if (check(process, volume, &err) < 0) {
        answer_done(process, done, arg, &err);
        return;
    }
    struct deletion *deletion = xcalloc(1, sizeof(*deletion));
    deletion->process = process;
    deletion->path = xasprintf("%s/%s", process->volumes_folder, volume);
    deletion->done = done;
    deletion->arg = arg;
    deletion->next = process->deletions;
    process->deletions = deletion;
    if (access(deletion->path, F_OK) < 0)
        answer(deletion, NULL);
    else if (start(deletion, &err) < 0)
        answer(deletion, &err);
}

void deletions_forget(struct process *process)
{
    while (process->deletions != NULL) {
        if (process->deletions->child != NULL)
            child_abandon(process->deletions->child, true);
        free_deletion(process->deletions);
    }
}
