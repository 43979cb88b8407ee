#include "process/internal.h"

#include "base/memory.h"

#include <stdlib.h>

#define HOUSEKEEPING_MS 30000

static void process_list(struct provider *provider, provider_listed_fn *done, void *arg)
{
    answer_listing(container_of(provider, struct process, provider), done, arg);
}

static bool process_supports(struct provider *provider, enum arch arch, bool *ret_emulated)
{
    struct process *process = container_of(provider, struct process, provider);

    *ret_emulated = arch != process->native;
    return arch == process->native || process->emulates;
}

static void free_texts(struct process_provider_options *options)
{
#define FREE_(name) free((char *)(uintptr_t)options->name);
    PROCESS_TEXTS(FREE_)
#undef FREE_
}

static void process_close(struct provider *provider)
{
    struct process *process = container_of(provider, struct process, provider);

    answers_forget(process);
    deletions_forget(process);
    while (process->machines != NULL)
        machine_free(process->machines);
    timer_free(process->housekeeping);
    timer_free(process->news);
    programs_clear(&process->programs);
    free_texts(&process->options);
    free(process->machines_folder);
    free(process->volumes_folder);
    free(process->name_servers);
    free(process);
}

static const struct provider_operations operations = {
    .name = "process",
    .launch = process_launch,
    .stop = process_stop,
    .list = process_list,
    .volume_delete = process_volume_delete,
    .supports = process_supports,
    .close = process_close,
};

static void tell_news(void *arg)
{
    struct process *process = arg;

    if (process->provider.changed != NULL)
        process->provider.changed(process->provider.changed_arg);
}

static void keep_house(void *arg)
{
    struct process *process = arg;

    for (const struct process_machine *machine = process->machines; machine != NULL;
         machine = machine->next)
        machine_log_trim(machine->folder);
    timer_set(process->housekeeping, HOUSEKEEPING_MS);
}

struct process *process_new(struct loop *loop, const struct process_provider_options *options)
{
    struct process *process = xcalloc(1, sizeof(*process));

    process->provider.operations = &operations;
    process->loop = loop;
    process->options = *options;
#define COPY_(name)                                                                                \
    process->options.name = xstrdup(options->name != NULL ? options->name : "");
    PROCESS_TEXTS(COPY_)
#undef COPY_
    process->native = binfmt_native();
    process->machines_folder = xasprintf("%s/machines", options->state_folder);
    process->volumes_folder = xasprintf("%s/volumes", options->state_folder);
    process->news = timer_new(loop, tell_news, process);
    process->housekeeping = timer_new(loop, keep_house, process);
    timer_set(process->housekeeping, HOUSEKEEPING_MS);
    return process;
}
