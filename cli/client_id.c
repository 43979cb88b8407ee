#include "cli/client_id.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "pki/pki.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_SIZE 32 /* hexadecimal digits */
#define FILE_MAX    4096

/* Owned by the caller; NULL when the user has no home. */
static char *state_folder(void)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");

    if (state != NULL && state[0] == '/') /* a relative one is to be ignored, says XDG */
        return xasprintf("%s/leat", state);
    if (home != NULL && home[0] == '/')
        return xasprintf("%s/.local/state/leat", home);
    return NULL;
}

static bool read_secret(const char *path, char secret[static SECRET_SIZE + 1])
{
    _cleanup_buf_ struct buf content = BUF_INIT(FILE_MAX + 1);

    if (file_read(path, FILE_MAX, &content, NULL) < 0)
        return false;
    const char *text = buf_text(&content);
    if (strlen(text) != SECRET_SIZE || strspn(text, "0123456789abcdef") != SECRET_SIZE)
        return false;
    snprintf(secret, SECRET_SIZE + 1, "%.*s", SECRET_SIZE, text);
    return true;
}

/* Two first builds at once may each write theirs: the later one stays. */
static void user_secret(char secret[static SECRET_SIZE + 1])
{
    uint8_t random[SECRET_SIZE / 2];
    _cleanup_free_ char *folder = state_folder();
    _cleanup_free_ char *path = folder != NULL ? xasprintf("%s/client-id", folder) : NULL;

    if (path != NULL && read_secret(path, secret))
        return;
    pki_random(random, sizeof(random));
    text_hex_encode(secret, random, sizeof(random));
    if (path != NULL && file_make_folders(folder, 0700, NULL) == 0)
        file_write_atomic(path, slice_text(secret), 0600, NULL);
}

void client_id_get(char ret[static CLIENT_ID_SIZE])
{
    char secret[SECRET_SIZE + 1], host[256] = "";
    _cleanup_buf_ struct buf machine = BUF_INIT(FILE_MAX + 1);
    uint8_t hash[PKI_HASH_SIZE];

    user_secret(secret);
    gethostname(host, sizeof(host) - 1);
    file_read("/etc/machine-id", FILE_MAX, &machine, NULL);
    _cleanup_free_ char *all = xasprintf("%s\n%s\n%s", secret, host, buf_text(&machine));
    pki_sha256(hash, slice_text(all));
    text_hex_encode(ret, hash, (CLIENT_ID_SIZE - 1) / 2);
}
