/* Programs of the other architecture, run by QEMU through the kernel's binfmt_misc.
 *
 * The flag F matters: the kernel opened the interpreter when it was registered, so that RUN steps
 * find it although it is not in their root.
 */
#ifndef PROCESS_BINFMT_H
#define PROCESS_BINFMT_H

#include "base/buf.h"
#include "base/error.h"
#include "schemas/messages.h"

#include <stdbool.h>

/* The architecture of this computer; 0 for one that Leat does not know. */
enum arch binfmt_native(void);

/* Whether programs of `arch`, not the native one, run here; registers QEMU first when it is
 * installed and nothing is registered. The reason why not is in `err`. */
bool binfmt_ensure(enum arch arch, struct error *err);

/* Pure: whether the text of /proc/sys/fs/binfmt_misc/<name> is of an entry that serves. */
bool binfmt_entry_serves(const char *text, struct error *err);
/* Pure: the line that registers `interpreter` for `arch`. */
void binfmt_register_line(enum arch arch, const char *interpreter, struct buf *out);

#endif
