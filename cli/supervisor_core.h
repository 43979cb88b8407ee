/* When a part of the embedded installation is started again. Pure.
 *
 * A part that dies is started again at once, then after 100 ms, doubling up to 5 s; a part that was
 * up for a minute starts from the beginning. A part that has never been ready and dies with an
 * exit code that says "cannot be here" (64, 69, 78) is not started again: the installation fails.
 */
#ifndef CLI_SUPERVISOR_CORE_H
#define CLI_SUPERVISOR_CORE_H

#include <stdbool.h>
#include <stdint.h>

enum part_state { PART_WAITING, PART_STARTING, PART_READY, PART_STOPPED };

struct part {
    enum part_state state;
    bool was_ready;
    unsigned restarts;
    unsigned failures; /* in a row */
    int64_t started_ms;
    int64_t due_ms; /* WAITING: when it is started again */
};

void part_started(struct part *part, int64_t now_ms);
void part_is_ready(struct part *part);
/* False: the installation has failed. Else the part is WAITING until due_ms. */
bool part_died(struct part *part, int exit_code, int64_t now_ms);
const char *part_state_name(enum part_state state);

#endif
