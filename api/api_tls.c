#include "api/api_tls.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 32
/* It lives in memory and is made again at each start. Nobody starts an API so rarely. */
#define LIFETIME_MS ((int64_t)3650 * 24 * 60 * 60 * 1000)

struct name_lists {
    const char *dns[NAMES_MAX + 1];
    size_t dns_count;
    const char *addresses[NAMES_MAX + 1];
    size_t address_count;
};

static bool is_address(const char *text)
{
    struct in6_addr address;

    return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

static bool is_in(const char *const *list, const char *name)
{
    for (; *list != NULL; list++) {
        if (text_equal(*list, name))
            return true;
    }
    return false;
}

/* What is over the bound is refused when the certificate is made. */
static void add_name(struct name_lists *names, const char *name)
{
    bool address = is_address(name);
    const char **list = address ? names->addresses : names->dns;
    size_t *count = address ? &names->address_count : &names->dns_count;

    if (*count < NAMES_MAX && !is_in(list, name))
        list[(*count)++] = name;
}

/* "10.88.0.1:8443" and "[::1]:8443" without their ports, in place. */
static const char *host_of(char *listen)
{
    char *colon = strrchr(listen, ':');

    if (colon != NULL)
        *colon = '\0';
    if (listen[0] != '[')
        return listen;
    listen[strcspn(listen, "]")] = '\0';
    return listen + 1;
}

static void collect_names(struct name_lists *names, struct text_list *listen,
                          const struct text_list *more)
{
    add_name(names, "localhost");
    for (size_t i = 0; i < listen->count; i++) {
        const char *host = host_of(listen->items[i]);
        if (is_address(host) && !text_equal(host, "0.0.0.0") && !text_equal(host, "::"))
            add_name(names, host);
    }
    for (size_t i = 0; i < more->count; i++)
        add_name(names, more->items[i]);
    add_name(names, "127.0.0.1");
}

static struct tls_context *make_context(const struct authority *authority,
                                        const struct name_lists *names, struct error *err)
{
    _cleanup_key_ struct pki_key *key = pki_key_generate();
    const struct pki_names certified = {
        .common_name = "leat API", .dns = names->dns, .addresses = names->addresses};
    _cleanup_free_ char *certificate =
        pki_issue_for_key(authority->key, authority->name, key, &certified, PKI_USE_SERVER,
                          clock_wall_ms(), LIFETIME_MS);

    if (certificate == NULL) {
        error_set(err, ERROR_INVALID,
                  "[api] names holds something that is neither a DNS name nor "
                  "an address, or too many names");
        return NULL;
    }
    char *key_pem = pki_key_to_pem(key);
    struct tls_context *context = tls_server_context(
        &(struct tls_server_options){.certificate_pem = certificate, .key_pem = key_pem}, err);
    explicit_bzero(key_pem, strlen(key_pem));
    free(key_pem);
    return context;
}

struct tls_context *api_tls_context(const struct api_config *config,
                                    const uint8_t master[static MASTER_SECRET_SIZE],
                                    struct error *err)
{
    struct authority authority;
    struct text_list listen, more;
    struct name_lists names = {0};
    struct tls_context *context = NULL;

    authority_derive(&authority, AUTHORITY_API, master, NULL);
    text_list_split(&listen, config->listen);
    text_list_split(&more, config->names);
    collect_names(&names, &listen, &more);
    if (config->ca_file[0] == '\0' ||
        file_write_atomic(config->ca_file, slice_text(authority.certificate_pem), 0644, err) == 0)
        context = make_context(&authority, &names, err);
    text_list_clear(&listen);
    text_list_clear(&more);
    authority_clear(&authority);
    return context;
}
