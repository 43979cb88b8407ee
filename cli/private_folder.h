/* Folders for the keys of one run of `leat build`, each removed with its run.
 *
 * A run that was killed cannot remove its own. So every folder holds a file that its run has
 * locked, and a later run removes the folders whose lock nobody holds.
 */
#ifndef CLI_PRIVATE_FOLDER_H
#define CLI_PRIVATE_FOLDER_H

#include "base/error.h"

struct private_folder {
    char *path; /* mode 0700 */
    int lock;   /* a descriptor; the lock goes with it */
};

/* In XDG_RUNTIME_DIR, else in TMPDIR, else in /tmp. The caller ends it with
 * private_folder_remove(). */
struct private_folder *private_folder_make(struct error *err);
void private_folder_remove(struct private_folder *folder); /* frees it too; NULL is fine */

/* Removes this user's folders that a killed run has left where private_folder_make() makes them. */
void private_folder_sweep(void);

#endif
