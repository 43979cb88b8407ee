/* One file of one cgroup. */
#ifndef PROCESS_CGROUP_FILE_H
#define PROCESS_CGROUP_FILE_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>

/* Never creates the file: a controller that is not there has none. */
int cgroup_file_write(const char *folder, const char *name, const char *text, struct error *err);
int cgroup_file_read(const char *folder, const char *name, struct buf *out, struct error *err);
bool cgroup_file_exists(const char *folder, const char *name);

#endif
