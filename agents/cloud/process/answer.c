/* Answers that are given from the loop. */
#include "process/internal.h"

#include "base/memory.h"
#include "base/text.h"
#include "process/volumes.h"

#include <stdlib.h>

struct answer {
    struct answer *next;
    struct process *process;
    struct timer *timer;
    provider_done_fn *done;
    provider_listed_fn *listed;
    void *arg;
    bool failed;
    struct error err;
};

static void free_answer(struct answer *answer)
{
    struct answer **at = &answer->process->answers;

    while (*at != answer)
        at = &(*at)->next;
    *at = answer->next;
    timer_free(answer->timer);
    free(answer);
}

static void list_machines(const struct process *process, struct provider_machine **ret,
                          size_t *count)
{
    for (const struct process_machine *machine = process->machines; machine != NULL;
         machine = machine->next) {
        *ret = xreallocarray(*ret, *count + 1, sizeof(**ret));
        struct provider_machine *listed = &(*ret)[(*count)++];
        *listed = (struct provider_machine){.arch = machine->record.arch};
        text_copy(listed->machine, sizeof(listed->machine), machine->record.machine);
        text_copy(listed->volume, sizeof(listed->volume), machine->record.volume);
    }
}

static void give_listing(struct process *process, provider_listed_fn *listed, void *arg)
{
    _cleanup_free_ struct provider_machine *machines = NULL;
    _cleanup_free_ struct provider_volume *volumes = NULL;
    struct provider_listing listing = {0};
    struct error err;

    if (process_scan(process, &err) < 0 ||
        volumes_list(process->volumes_folder, process->native, &volumes, &listing.volume_count,
                     &err) < 0) {
        listed(arg, NULL, &err);
        return;
    }
    list_machines(process, &machines, &listing.machine_count);
    listing.machines = machines;
    listing.volumes = volumes;
    listed(arg, &listing, NULL);
}

/* The answer is freed first: whoever is called may close the provider. */
static void give(void *arg)
{
    struct answer *answer = arg, copy = *answer;
    int64_t again_ms = copy.failed && copy.err.code == ERROR_LIMIT ? 30000 : 0;

    free_answer(answer);
    if (copy.listed != NULL)
        give_listing(copy.process, copy.listed, copy.arg);
    else
        copy.done(copy.arg, copy.failed ? &copy.err : NULL, again_ms);
}

static struct answer *make_answer(struct process *process, void *arg)
{
    struct answer *answer = xcalloc(1, sizeof(*answer));

    answer->process = process;
    answer->arg = arg;
    answer->next = process->answers;
    process->answers = answer;
    answer->timer = timer_new(process->loop, give, answer);
    timer_set(answer->timer, 0);
    return answer;
}

void answer_done(struct process *process, provider_done_fn *done, void *arg,
                 const struct error *err)
{
    struct answer *answer = make_answer(process, arg);

    answer->done = done;
    answer->failed = err != NULL;
    if (err != NULL)
        answer->err = *err;
}

void answer_listing(struct process *process, provider_listed_fn *done, void *arg)
{
    make_answer(process, arg)->listed = done;
}

void answers_forget(struct process *process)
{
    while (process->answers != NULL)
        free_answer(process->answers);
}
