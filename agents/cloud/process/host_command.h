/* Programs run to their end while the provider opens or purges, before its loop serves anything. */
#ifndef PROCESS_HOST_COMMAND_H
#define PROCESS_HOST_COMMAND_H

#include "base/buf.h"
#include "base/error.h"

/* `output` (may be NULL) receives what the program printed. 0 to 255, or -1 with an error when it
 * could not be started, was killed or took longer than 60 s. */
int host_command_code(const char *const *argv, struct buf *output, struct error *err);

/* Any exit code but 0 is an error that carries the program's first words. */
int host_command(const char *const *argv, struct error *err);

#endif
