#include "fleet/fleet_index.h"

static void dump_queues(const struct fleet *fleet, struct buf *out)
{
    for (const struct project_node *project = fleet->projects; project != NULL;
         project = project->hh.next) {
        const struct builder_node *node;
        buf_printf(out, "queue %s:", project->key);
        TAILQ_FOREACH(node, &project->queued, link)
        buf_printf(out, " %s", node->builder.build);
        buf_putc(out, '\n');
    }
}

static void dump_history(const char *name, const struct id_history *history, struct buf *out)
{
    buf_printf(out, "%s:", name);
    for (size_t i = 0; i < id_history_count(history); i++)
        buf_printf(out, " %s", id_history_at(history, i));
    buf_putc(out, '\n');
}

void fleet_dump(const struct fleet *fleet, struct buf *out)
{
    buf_printf(out, "%s at %llu, requests %llu, events %llu\n", arch_name(fleet->arch),
               (unsigned long long)fleet->decided_at_ms,
               (unsigned long long)fleet->request_position,
               (unsigned long long)fleet->event_position);
    for (const struct builder_node *node = fleet->builders; node != NULL; node = node->hh.next) {
        builder_json(&node->builder, out);
        buf_putc(out, '\n');
    }
    for (const struct machine_node *node = fleet->machines; node != NULL; node = node->hh.next) {
        machine_json(&node->machine, out);
        buf_printf(out, " with %zu\n", node->builder_count);
    }
    for (const struct volume_node *node = fleet->volumes; node != NULL; node = node->hh.next) {
        volume_json(&node->volume, out);
        buf_putc(out, '\n');
    }
    dump_queues(fleet, out);
    dump_history("ended", fleet->ended_builders, out);
    dump_history("gone", fleet->gone_machines, out);
}
