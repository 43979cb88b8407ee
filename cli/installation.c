#include "cli/installation.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/installation_config.h"
#include "cli/subnet.h"
#include "pki/authority.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PORT_FIRST 8373
#define PORT_LAST  8473
#define FILE_MAX   65536

char *installation_path(const struct installation *installation, const char *name)
{
    return xasprintf("%s/%s", installation->folder, name);
}

void installation_clear(struct installation *installation)
{
    free(installation->folder);
    free(installation->brokers);
    *installation = (struct installation){0};
}

/* --- what was chosen once --- */

static bool port_is_free(int64_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int yes = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    return fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

static int choose_port(int64_t *port, struct error *err)
{
    for (int64_t candidate = PORT_FIRST; candidate <= PORT_LAST; candidate++) {
        if (port_is_free(candidate)) {
            *port = candidate;
            return 0;
        }
    }
    return error_set(err, ERROR_UNAVAILABLE, "no port from %d to %d is free", PORT_FIRST,
                     PORT_LAST);
}

static int choose(struct installation *installation, struct error *err)
{
    uint8_t random[4];

    pki_random(random, sizeof(random));
    text_hex_encode(installation->tag, random, sizeof(random));
    snprintf(installation->bridge, sizeof(installation->bridge), "leat-%.8s", installation->tag);
    if (choose_port(&installation->port, err) < 0)
        return -1;
    return subnet_choose(installation->subnet, sizeof(installation->subnet), err);
}

static int save(const struct installation *installation, struct error *err)
{
    _cleanup_free_ char *path = installation_path(installation, "installation.json");
    json_t *json = json_pack("{s:s, s:s, s:s, s:I, s:s}", "tag", installation->tag, "bridge",
                             installation->bridge, "subnet", installation->subnet, "port",
                             (json_int_t)installation->port, "brokers",
                             installation->brokers != NULL ? installation->brokers : "");
    _cleanup_free_ char *text = json_dumps(json, JSON_INDENT(2));

    json_decref(json);
    return file_write_atomic(path, slice_text(text), 0644, err);
}

static int take(struct installation *installation, const json_t *json, const char *path,
                struct error *err)
{
    const char *tag = json_string_value(json_object_get(json, "tag"));
    const char *bridge = json_string_value(json_object_get(json, "bridge"));
    const char *subnet = json_string_value(json_object_get(json, "subnet"));
    const char *brokers = json_string_value(json_object_get(json, "brokers"));

    installation->port = json_integer_value(json_object_get(json, "port"));
    if (tag == NULL || bridge == NULL || subnet == NULL || brokers == NULL ||
        !text_copy(installation->tag, sizeof(installation->tag), tag) ||
        !text_copy(installation->bridge, sizeof(installation->bridge), bridge) ||
        !text_copy(installation->subnet, sizeof(installation->subnet), subnet) ||
        installation->port < 1 || installation->port > 65535)
        return error_set(err, ERROR_INVALID,
                         "%s lacks tag, bridge, subnet, port or brokers, or one is out of range",
                         path);
    if (brokers[0] != '\0')
        installation->brokers = xstrdup(brokers);
    return subnet_gateway(installation->gateway, sizeof(installation->gateway), subnet, err);
}

int installation_load(struct installation *ret, const char *folder, struct error *err)
{
    struct buf text = BUF_INIT(FILE_MAX + 1);
    json_error_t where;
    int result = -1;

    *ret = (struct installation){.folder = xstrdup(folder)};
    _cleanup_free_ char *path = installation_path(ret, "installation.json");
    if (access(path, F_OK) < 0)
        error_set(err, ERROR_MISSING, "there is no installation in %s; `leat up` makes one",
                  folder);
    else if (file_read(path, FILE_MAX, &text, err) == 0) {
        json_t *json = json_loads(buf_text(&text), JSON_REJECT_DUPLICATES, &where);
        if (json == NULL)
            error_set(err, ERROR_INVALID, "%s:%d: %s", path, where.line, where.text);
        else
            result = take(ret, json, path, err);
        json_decref(json);
    }
    buf_free(&text);
    ret->kept = result == 0;
    if (result < 0)
        installation_clear(ret);
    return result;
}

/* --- preparation --- */

static int make_folders(const struct installation *installation, struct error *err)
{
    static const char *const open_folders[] = {"",    "logs",  "run",     "config",
                                               "log", "redis", "machines"};
    for (size_t i = 0; i < array_size(open_folders); i++) {
        _cleanup_free_ char *path = installation_path(installation, open_folders[i]);
        if (file_make_folders(path, 0755, err) < 0)
            return -1;
    }
    _cleanup_free_ char *secrets = installation_path(installation, "secrets");
    return file_make_folders(secrets, 0700, err);
}

static int make_token(const struct installation *installation, struct error *err)
{
    char token[PKI_TOKEN_SIZE];
    _cleanup_free_ char *path = installation_path(installation, "secrets/tokens");

    if (access(path, F_OK) == 0)
        return 0;
    pki_token_generate(token, "leat_");
    _cleanup_free_ char *line = xasprintf("%s owner\n", token);
    return file_write_atomic(path, slice_text(line), 0600, err);
}

static int make_secrets(const struct installation *installation, struct error *err)
{
    uint8_t secret[MASTER_SECRET_SIZE];
    _cleanup_free_ char *master = installation_path(installation, "secrets/master");
    _cleanup_free_ char *launch = installation_path(installation, "secrets/launch");

    if (master_secret_load_or_create(master, secret, err) < 0 ||
        master_secret_load_or_create(launch, secret, err) < 0)
        return -1;
    explicit_bzero(secret, sizeof(secret));
    return make_token(installation, err);
}

/* The port of an earlier start may be somebody else's now. */
static int keep_port(struct installation *installation, struct error *err)
{
    if (port_is_free(installation->port))
        return 0;
    return choose_port(&installation->port, err);
}

int installation_prepare(struct installation *ret, const char *folder, const char *brokers,
                         struct error *err)
{
    struct error missing = ERROR_INIT;
    int result = 0;

    if (installation_load(ret, folder, &missing) < 0) {
        if (missing.code != ERROR_MISSING) {
            if (err != NULL)
                *err = missing;
            return -1;
        }
        *ret = (struct installation){.folder = xstrdup(folder)};
        result = choose(ret, err);
        if (result == 0)
            result = subnet_gateway(ret->gateway, sizeof(ret->gateway), ret->subnet, err);
    } else {
        result = keep_port(ret, err);
    }
    free(ret->brokers);
    ret->brokers = brokers != NULL ? xstrdup(brokers) : NULL;
    if (result < 0 || make_folders(ret, err) < 0 || make_secrets(ret, err) < 0 ||
        save(ret, err) < 0 || installation_write_config(ret, err) < 0) {
        installation_clear(ret);
        return -1;
    }
    return 0;
}

/* --- the client's file --- */

static void give_to_caller(const char *path)
{
    const char *uid_text = getenv("SUDO_UID"), *gid_text = getenv("SUDO_GID");
    int64_t uid, gid;

    if (uid_text != NULL && gid_text != NULL &&
        text_parse_int(uid_text, 0, UINT32_MAX, &uid, NULL) == 0 &&
        text_parse_int(gid_text, 0, UINT32_MAX, &gid, NULL) == 0 &&
        chown(path, (uid_t)uid, (gid_t)gid) < 0)
        fprintf(stderr, "leat up: %s stays root's: %s\n", path, strerror(errno));
}

int installation_write_client(const struct installation *installation, struct error *err)
{
    struct buf ca = BUF_INIT(FILE_MAX + 1), token = BUF_INIT(FILE_MAX + 1);
    _cleanup_free_ char *ca_path = installation_path(installation, "run/api-ca.pem");
    _cleanup_free_ char *token_path = installation_path(installation, "secrets/tokens");
    _cleanup_free_ char *path = installation_path(installation, "client.json");
    int result = -1;

    if (file_read(ca_path, FILE_MAX, &ca, err) == 0 &&
        file_read(token_path, FILE_MAX, &token, err) == 0) {
        token.len = strcspn(buf_text(&token), " \r\n");
        _cleanup_free_ char *url =
            xasprintf("https://127.0.0.1:%lld", (long long)installation->port);
        json_t *json = json_pack("{s:s, s:s, s:s}", "api", url, "token", buf_text(&token), "ca",
                                 buf_text(&ca));
        _cleanup_free_ char *text = json_dumps(json, JSON_INDENT(2));
        result = file_write_atomic(path, slice_text(text), 0600, err);
        json_decref(json);
        if (result == 0)
            give_to_caller(path);
    }
    buf_free(&ca);
    buf_free(&token);
    return result;
}

/* --- one supervisor at a time --- */

int installation_lock(const char *folder, struct error *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    _cleanup_free_ char *path = xasprintf("%s/run/supervisor.lock", folder);
    char pid[24];
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

    if (fd < 0) {
        error_errno(err, errno, "%s", path);
        return -1;
    }
    if (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
        error_set(err, ERROR_CONFLICT, "the installation in %s is running already", folder);
        close(fd);
        return -1;
    }
    int len = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
    if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, (size_t)len, 0) != len) {
        error_errno(err, errno, "%s", path);
        close(fd);
        return -1;
    }
    return fd;
}

pid_t installation_supervisor(const char *folder)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    _cleanup_free_ char *path = xasprintf("%s/run/supervisor.lock", folder);
    struct buf text = BUF_INIT(64);
    int64_t pid = 0;
    _cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fcntl(fd, F_OFD_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
        return 0;
    if (file_read(path, 63, &text, NULL) == 0) {
        text.len = strcspn(buf_text(&text), "\n");
        text_parse_int(buf_text(&text), 1, INT32_MAX, &pid, NULL);
    }
    buf_free(&text);
    return (pid_t)pid;
}
