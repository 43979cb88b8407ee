/* Who sends a build context: one id per user and computer, the same for every build.
 *
 * BuildKit keeps the files of a context that it was sent under a key made of this id and the
 * context's folder, and asks only for those that changed since (docker/buildx
 * util/confutil/config.go, TryNodeIdentifier; moby/buildkit client/llb, SharedKeyHint). An id that
 * is new each time sends the whole context each time. An id that two computers share would let
 * BuildKit compare the folders of one with those of the other, by size and time of change alone:
 * so the computer's identity goes into it.
 */
#ifndef CLI_CLIENT_ID_H
#define CLI_CLIENT_ID_H

#define CLIENT_ID_SIZE 17

/* Sixteen hexadecimal digits. Kept in $XDG_STATE_HOME/leat/client-id (~/.local/state by default);
 * where that cannot be written, the id is a new one each time. */
void client_id_get(char ret[static CLIENT_ID_SIZE]);

#endif
