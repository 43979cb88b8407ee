#include "api/secrets.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TOKEN_FILE_MAX ((size_t)1 << 20)
#define TOKENS_MAX     10000
#define TOKEN_LEN_MIN  20

static int add_token(struct secrets *secrets, const char *line, size_t number, struct error *err)
{
    size_t len = strcspn(line, " \t");
    const char *principal = line + len + strspn(line + len, " \t");

    if (len < TOKEN_LEN_MIN)
        return error_set(err, ERROR_INVALID, "line %zu: a token has at least %d characters", number,
                         TOKEN_LEN_MIN);
    if (secrets->token_count == TOKENS_MAX)
        return error_set(err, ERROR_LIMIT, "line %zu: more than %d tokens", number, TOKENS_MAX);
    secrets->tokens =
        xreallocarray(secrets->tokens, secrets->token_count + 1, sizeof(*secrets->tokens));
    struct api_token *token = &secrets->tokens[secrets->token_count];
    if (!text_copy(token->principal, sizeof(token->principal),
                   principal[0] ? principal : "owner") ||
        !text_is_utf8(slice_text(principal)))
        return error_set(err, ERROR_INVALID,
                         "line %zu: the name after the token must be UTF-8 of "
                         "at most %d bytes",
                         number, PRINCIPAL_SIZE - 1);
    pki_sha256(token->hash, slice_of(line, len));
    secrets->token_count++;
    return 0;
}

int secrets_add_tokens(struct secrets *secrets, const char *text, struct error *err)
{
    _cleanup_free_ char *copy = xstrdup(text);
    char *rest = copy, *line;
    int result = 0;

    for (size_t number = 1; result == 0 && (line = strsep(&rest, "\n")) != NULL; number++) {
        size_t len = strlen(line);
        while (len > 0 && strchr(" \t\r", line[len - 1]) != NULL)
            line[--len] = '\0';
        line += strspn(line, " \t");
        if (line[0] != '\0' && line[0] != '#')
            result = add_token(secrets, line, number, err);
    }
    explicit_bzero(copy, strlen(text));
    return result;
}

const char *secrets_find_token(const struct secrets *secrets, const char *token)
{
    uint8_t hash[PKI_HASH_SIZE];
    const char *principal = NULL;

    pki_sha256(hash, slice_text(token));
    for (size_t i = 0; i < secrets->token_count; i++) {
        if (pki_equal(hash, secrets->tokens[i].hash, sizeof(hash)))
            principal = secrets->tokens[i].principal;
    }
    return principal;
}

static int check_private(const char *path, struct error *err)
{
    struct stat status;

    if (stat(path, &status) < 0)
        return error_errno(err, errno, "%s", path);
    if (!S_ISREG(status.st_mode) || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return error_set(err, ERROR_INVALID,
                         "%s can be read by others: it must be a file of mode 0600", path);
    return 0;
}

static int load_tokens(struct secrets *secrets, const char *path, struct error *err)
{
    struct buf text = BUF_INIT(TOKEN_FILE_MAX + 1);
    int result = check_private(path, err);

    if (result == 0)
        result = file_read(path, TOKEN_FILE_MAX, &text, err);
    if (result == 0 && secrets_add_tokens(secrets, buf_text(&text), err) < 0)
        result = error_prefix(err, "%s", path);
    if (text.data != NULL)
        explicit_bzero(text.data, text.len);
    buf_free(&text);
    if (result == 0 && secrets->token_count == 0)
        log_warn("%s holds no token: no client can call this API", path);
    return result;
}

struct secrets *secrets_load(const struct api_config *config, struct error *err)
{
    struct secrets *secrets = xcalloc(1, sizeof(*secrets));

    if (master_secret_load_or_create(config->master_secret_file, secrets->master, err) < 0 ||
        load_tokens(secrets, config->token_file, err) < 0) {
        secrets_free(secrets);
        return NULL;
    }
    master_secret_derive(secrets->build_id_key, secrets->master, "leat/build-id-mac");
    master_secret_derive(secrets->machine_token_key, secrets->master, "leat/machine-token");
    return secrets;
}

void secrets_free(struct secrets *secrets)
{
    if (secrets == NULL)
        return;
    free(secrets->tokens);
    explicit_bzero(secrets, sizeof(*secrets));
    free(secrets);
}
