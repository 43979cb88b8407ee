/* The Lua scripts that write and read the view; keys.h says what lies where. Each runs whole or not
 * at all, and nothing else in between. */
#ifndef API_VIEW_SCRIPTS_H
#define API_VIEW_SCRIPTS_H

/* KEYS: the partition's position. ARGV: expected position ("" for none), new position, prefix,
 * channel, most builds, most builds of one project, most gone machines, then the words of a
 * view_batch. Answers 1, or the position that is there when it is not the expected one: then
 * nothing was changed. */
extern const char view_script_write[];

/* Every read answers the positions (or nil) of both architectures first, which are KEYS 1 and 2,
 * and has the prefix as ARGV 1.
 *
 *   build     KEYS 3: build, 4: asked        -> asked, then for each architecture builder, machine
 *   machine   KEYS 3: machine, 4: places     -> machine, list of builds
 *   builds    KEYS 3: index; ARGV 2: limit   -> list of [id, builder, machine, builder, machine]
 *   machines  KEYS 3: index, 4: index or ""  -> list of [machine, number of builds], newest first
 */
extern const char view_script_build[];
extern const char view_script_machine[];
extern const char view_script_builds[];
extern const char view_script_machines[];

#endif
