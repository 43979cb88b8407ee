/* The file of the master secret, and the keys made from it. */
#include "base/memory.h"
#include "base/text.h"
#include "pki/authority.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX_LEN  ((size_t)2 * MASTER_SECRET_SIZE)
#define TEXT_LEN (HEX_LEN + 1) /* with the newline */

static int read_all(int fd, char *out, size_t size, size_t *ret_len)
{
    *ret_len = 0;
    while (*ret_len < size) {
        ssize_t got = read(fd, out + *ret_len, size - *ret_len);
        if (got == 0)
            return 0;
        if (got < 0 && errno != EINTR)
            return -1;
        if (got > 0)
            *ret_len += (size_t)got;
    }
    return 0;
}

static int check_mode(int fd, const char *path, struct error *err)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return error_errno(err, errno, "%s", path);
    if (!S_ISREG(status.st_mode))
        return error_set(err, ERROR_INVALID, "%s is not a regular file", path);
    if ((status.st_mode & 077) != 0)
        return error_set(err, ERROR_DENIED,
                         "others than its owner may use the master secret %s: chmod 600 it", path);
    return 0;
}

static bool decode_hex(const char *text, size_t len, uint8_t ret[static MASTER_SECRET_SIZE])
{
    char hex[HEX_LEN + 1] = "";
    size_t decoded = 0;
    if (len != TEXT_LEN || text[HEX_LEN] != '\n')
        return false;
    memcpy(hex, text, HEX_LEN);
    bool ok = strspn(hex, "0123456789abcdefABCDEF") == HEX_LEN &&
              OPENSSL_hexstr2buf_ex(ret, MASTER_SECRET_SIZE, &decoded, hex, '\0') == 1 &&
              decoded == MASTER_SECRET_SIZE;
    OPENSSL_cleanse(hex, sizeof(hex));
    return ok;
}

int master_secret_load(const char *path, uint8_t ret[static MASTER_SECRET_SIZE], struct error *err)
{
    char text[TEXT_LEN + 1];
    size_t len = 0;
    /* O_NONBLOCK: a FIFO in its place must not hold us. */
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_errno(err, errno, "master secret %s", path);
    if (check_mode(fd, path, err) < 0)
        return -1;
    if (read_all(fd, text, sizeof(text), &len) < 0)
        return error_errno(err, errno, "master secret %s", path);
    bool ok = decode_hex(text, len, ret);
    OPENSSL_cleanse(text, sizeof(text));
    if (!ok)
        return error_set(err, ERROR_CORRUPT, "%s is not 64 hex digits and a newline", path);
    return 0;
}

static int write_new_secret(int fd)
{
    uint8_t secret[MASTER_SECRET_SIZE];
    char text[TEXT_LEN + 1];
    pki_random(secret, sizeof(secret));
    text_hex_encode(text, secret, sizeof(secret));
    text[HEX_LEN] = '\n';
    ssize_t written = write(fd, text, TEXT_LEN);
    if (written >= 0 && (size_t)written != TEXT_LEN)
        errno = ENOSPC; /* a write this small is cut short by nothing else */
    OPENSSL_cleanse(secret, sizeof(secret));
    OPENSSL_cleanse(text, sizeof(text));
    return written == (ssize_t)TEXT_LEN ? fsync(fd) : -1;
}

static int sync_folder_of(const char *path)
{
    _cleanup_free_ char *folder = xstrdup(path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        slash[slash == folder ? 1 : 0] = '\0';
    _cleanup_close_ int fd = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -1 : fsync(fd);
}

/* link() puts a whole, synced file there or finds that another was first: either is a success. */
static int publish(const char *temporary, const char *path)
{
    _cleanup_close_ int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    int result = write_new_secret(fd);
    if (result == 0 && link(temporary, path) < 0 && errno != EEXIST)
        result = -1;
    int saved = errno;
    unlink(temporary);
    errno = saved;
    return result == 0 ? sync_folder_of(path) : -1;
}

int master_secret_load_or_create(const char *path, uint8_t ret[static MASTER_SECRET_SIZE],
                                 struct error *err)
{
    struct stat status;
    if (stat(path, &status) < 0 && errno == ENOENT) {
        uint8_t random[8];
        char suffix[2 * sizeof(random) + 1];
        pki_random(random, sizeof(random));
        text_hex_encode(suffix, random, sizeof(random));
        _cleanup_free_ char *temporary = xasprintf("%s.%s", path, suffix);
        if (publish(temporary, path) < 0)
            return error_errno(err, errno, "cannot create the master secret %s", path);
    }
    return master_secret_load(path, ret, err);
}

void master_secret_derive(uint8_t out[static PKI_HASH_SIZE],
                          const uint8_t master[static MASTER_SECRET_SIZE], const char *purpose)
{
    pki_hkdf_sha256(out, PKI_HASH_SIZE, slice_of(master, MASTER_SECRET_SIZE), purpose);
}
