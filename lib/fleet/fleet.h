/* The folded state of one partition of one architecture: what all changes that counted come to.
 *
 * Fold: start empty, and apply each fleet_change that counts (fleet/record.h), in order. Applying
 * is an upsert of whole entities, with checks that nothing goes back; the same changes always give
 * the same state, pruning included. Who reads records decides what counts; the fold does not.
 *
 * What is kept is bounded by what is alive:
 *  - builders until they end; of the newest FLEET_ENDED_BUILDERS_KEPT that ended the ids, so that a
 *    request that comes twice is known to be one;
 *  - machines until they are gone; of the newest FLEET_GONE_MACHINES_KEPT the ids, so that what a
 *    machine said before its end is not taken for a stranger's;
 *  - volumes until they are deleted.
 * History is the log's and the view's.
 *
 * Entities that it returns live until the next fleet_apply().
 */
#ifndef FLEET_FLEET_H
#define FLEET_FLEET_H

#include "base/buf.h"
#include "base/error.h"
#include "schemas/messages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLEET_ENDED_BUILDERS_KEPT 8192
#define FLEET_GONE_MACHINES_KEPT  1024
#define FLEET_CHANGE_MAX          256 /* entities of one kind in one change, as in its schema */

struct fleet;
struct fleet *fleet_new(enum arch arch);
void fleet_free(struct fleet *fleet); /* NULL is fine */

/* ERROR_CORRUPT when the change contradicts the state; the state stays as it was. */
int fleet_apply(struct fleet *fleet, const struct fleet_change *change, struct error *err);

enum arch fleet_arch(const struct fleet *fleet);
uint64_t fleet_decided_at_ms(const struct fleet *fleet);
uint64_t fleet_request_position(const struct fleet *fleet);
uint64_t fleet_event_position(const struct fleet *fleet);

/* NULL when there is none that lives. */
const struct builder *fleet_find_builder(const struct fleet *fleet, const char *build);
const struct machine *fleet_find_machine(const struct fleet *fleet, const char *machine);
const struct volume *fleet_find_volume(const struct fleet *fleet, const char *volume);
bool fleet_builder_has_ended(const struct fleet *fleet, const char *build);
bool fleet_machine_is_gone(const struct fleet *fleet, const char *machine);

size_t fleet_builder_count(const struct fleet *fleet);
size_t fleet_machine_count(const struct fleet *fleet);
size_t fleet_builders_on(const struct fleet *fleet, const char *machine);

/* Walks over what lives, in the order in which it came to be: from NULL to NULL. */
const struct builder *fleet_next_builder(const struct fleet *fleet, const struct builder *last);
const struct machine *fleet_next_machine(const struct fleet *fleet, const struct machine *last);
const struct volume *fleet_next_volume(const struct fleet *fleet, const struct volume *last);

/* Of one project: its machines and volumes in the order in which they came to be, its queued
 * builders in the order in which they were asked for; and the builders on one machine, as they were
 * placed. */
const struct machine *fleet_next_machine_of(const struct fleet *fleet, const char *organisation,
                                            const char *project, const struct machine *last);
const struct volume *fleet_next_volume_of(const struct fleet *fleet, const char *organisation,
                                          const char *project, const struct volume *last);
const struct builder *fleet_next_queued(const struct fleet *fleet, const char *organisation,
                                        const char *project, const struct builder *last);
const struct builder *fleet_next_builder_on(const struct fleet *fleet, const char *machine,
                                            const struct builder *last);

/* One line of JSON for each entity and id that is kept, in order: two fleets are the same exactly
 * when these texts are. For tests and tools. Secrets are not shown. */
void fleet_dump(const struct fleet *fleet, struct buf *out);

#endif
