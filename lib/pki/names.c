/* Which names may stand in a certificate.
 *
 * Go parses every name of a certificate when it reads it and refuses the whole certificate for one
 * that it does not like; so the rules here are narrower than both Go's and OpenSSL's.
 */
#include "pki/internal.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

#define NAMES_MAX 32 /* of each kind */
#define DNS_MAX   253
#define LABEL_MAX 63
#define URI_MAX   512

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_label(const char *label, size_t len)
{
    if (len == 0 || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_letter_or_digit(label[i]) && label[i] != '-' && label[i] != '_')
            return false;
    return true;
}

static bool is_host(const char *name)
{
    if (strnlen(name, DNS_MAX + 1) > DNS_MAX)
        return false;
    for (;;) {
        size_t len = strcspn(name, ".");
        if (!is_label(name, len))
            return false;
        if (name[len] == '\0')
            return true;
        name += len + 1;
    }
}

static bool is_dns_name(const char *name)
{
    return is_host(strncmp(name, "*.", 2) == 0 ? name + 2 : name);
}

static bool is_address(const char *text)
{
    unsigned char address[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* scheme://host/path of plain characters, as SPIFFE ids are. */
static bool is_uri(const char *uri)
{
    const char *authority = strstr(uri, "://");
    if (authority == NULL || strnlen(uri, URI_MAX + 1) > URI_MAX)
        return false;
    for (const char *c = uri; c < authority; c++)
        if (!is_letter_or_digit(*c))
            return false;
    authority += 3;
    size_t host_len = strcspn(authority, "/");
    char host[DNS_MAX + 1];
    if (authority == uri + 3 || host_len > DNS_MAX)
        return false;
    memcpy(host, authority, host_len);
    host[host_len] = '\0';
    for (const char *c = authority + host_len; *c != '\0'; c++)
        if (!is_letter_or_digit(*c) && strchr("/-._~", *c) == NULL)
            return false;
    return is_host(host);
}

static bool is_common_name(const char *name)
{
    size_t len = strnlen(name, PKI_NAME_MAX + 1);
    if (len == 0 || len > PKI_NAME_MAX || !text_is_utf8(slice_text(name)))
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return false;
    return true;
}

static int check_list(const char *const *list, bool (*valid)(const char *), const char *kind,
                      size_t *count, struct error *err)
{
    for (*count = 0; list != NULL && list[*count] != NULL; (*count)++) {
        if (*count == NAMES_MAX)
            return error_set(err, ERROR_LIMIT, "more than %d names of kind %s", NAMES_MAX, kind);
        if (!valid(list[*count]))
            return error_set(err, ERROR_INVALID, "\"%.80s\" is not a valid %s for a certificate",
                             list[*count], kind);
    }
    return 0;
}

int pki_names_check(const struct pki_names *names, enum pki_use use, struct error *err)
{
    size_t dns = 0, addresses = 0;
    if (names->common_name != NULL && !is_common_name(names->common_name))
        return error_set(err, ERROR_INVALID, "\"%.80s\" is not a valid common name",
                         names->common_name);
    if (names->uri != NULL && !is_uri(names->uri))
        return error_set(err, ERROR_INVALID, "\"%.80s\" is not a valid URI for a certificate",
                         names->uri);
    if (check_list(names->dns, is_dns_name, "DNS name", &dns, err) < 0 ||
        check_list(names->addresses, is_address, "IP address", &addresses, err) < 0)
        return -1;
    if (use == PKI_USE_SERVER && dns + addresses == 0)
        return error_set(err, ERROR_INVALID, "a server certificate needs a DNS name or an address");
    if (dns + addresses == 0 && names->common_name == NULL && names->uri == NULL)
        return error_set(err, ERROR_INVALID, "a certificate needs a name");
    return 0;
}
