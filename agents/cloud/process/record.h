/* What is known of a machine on disk: machines/<id>/state.
 *
 * It is written before anything of the machine exists and removed when nothing is left of it.
 */
#ifndef PROCESS_RECORD_H
#define PROCESS_RECORD_H

#include "base/buf.h"
#include "base/error.h"
#include "schemas/messages.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct record {
    char machine[41], volume[41];
    enum arch arch;
    uint32_t address;
    pid_t pid;           /* as this computer sees it; 0 while the launch has not got that far */
    uint64_t start_time; /* of that process, in clock ticks after boot: a reused pid differs */
    char boot_id[37];    /* both of these mean something in the same boot only */
};

/* 1 to 40 of a-z, 0-9 and '-', not starting with '-': safe in paths and cgroup names. */
bool record_is_id(const char *text);

void record_print(const struct record *record, struct buf *out);
/* ERROR_CORRUPT when a line is not understood or one that is needed is not there. */
int record_parse(const char *text, struct record *ret, struct error *err);

int record_read(const char *folder, struct record *ret, struct error *err);
/* Replaces it whole. Not synced: no machine outlives a power failure. */
int record_write(const char *folder, const struct record *record, struct error *err);

/* Field 22 of /proc/<pid>/stat; the name in field 2 may hold spaces and parentheses. Pure. */
bool record_parse_start_time(const char *stat, uint64_t *ret);
int record_start_time(pid_t pid, uint64_t *ret, struct error *err);
int record_boot_id(char ret[static 37], struct error *err);

/* A pidfd of the machine's first process, or -1 when that has ended. */
int record_open_process(const struct record *record);

#endif
