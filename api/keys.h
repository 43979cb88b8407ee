/* Names in Redis. Everything of an installation starts with its topic prefix, and "view1:" says
 * which layout it has: another layout is another view, and is built from the log by itself.
 *
 *   position:<arch>:<partition>  text "next:epoch:seq:target" (projection.h)
 *   build:<build>                hash: <arch> = msgpack of struct builder, <arch>@ = the machine it
 *                                has a place on, or "-" while queued (absent when it has ended),
 *                                <arch># = the machine it was last placed on, project
 *   builds, builds:<project>     sorted sets of build ids by the time they were asked for
 *   machine:<machine>            msgpack of struct machine
 *   machines, gone               sorted sets of machine ids: live ones, and the last that are gone
 *   places:<machine>             set of the builds that have a place there
 *   asked:<build>                "project arch,arch": a hint of what was asked for, for a day
 *
 * The channel "changed" carries ids of builds and machines, separated by blanks, and "!" when a
 * part of the view is missing.
 */
#ifndef API_KEYS_H
#define API_KEYS_H

#include "schemas/messages.h"

#include <stdint.h>

#define KEY_SIZE 320

/* `prefix` is the topic prefix; `out` has KEY_SIZE bytes and is returned. */
const char *key_prefix(char *out, const char *prefix);
const char *key_position(char *out, const char *prefix, enum arch arch, int32_t partition);
const char *key_channel(char *out, const char *prefix);
/* kind: "build", "machine", "places", "asked", "builds"; id NULL: the kind alone. */
const char *key_of(char *out, const char *prefix, const char *kind, const char *id);

#endif
