/* Which installation a command talks to, and for which project. */
#ifndef CLI_PROFILE_H
#define CLI_PROFILE_H

#include "base/error.h"

struct profile {
    char *api_url; /* "https://127.0.0.1:8443" */
    char *ca_pem;
    char *token;
    char *from; /* where it was found, for messages */
};

/* LEAT_API, LEAT_TOKEN and LEAT_CA (a file) when LEAT_API is set; else client.json of the embedded
 * installation, in LEAT_STATE or the default state folder. ERROR_MISSING says how to get one. */
int profile_load(struct profile *ret, struct error *err);
void profile_clear(struct profile *profile);

/* The folder that `leat up` keeps everything in: LEAT_STATE, or /var/lib/leat. Owned by the caller.
 */
char *profile_state_folder(void);

/* The project of a build: `option` (--project) when not NULL, else LEAT_PROJECT, else leat.json in
 * the current folder or the nearest one above it, else "default". Owned by the caller; NULL with
 * ERROR_INVALID that names the file and what is wrong with it. */
char *profile_project(const char *option, struct error *err);

#endif
