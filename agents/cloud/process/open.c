/* Opening the provider: what is needed, what is set up, what runs already. */
#include "process/internal.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "process/host_network.h"
#include "process/resolv.h"
#include "process/storage.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RESOLV_MAX ((size_t)64 << 10)

int process_options_check(const struct process_provider_options *options, struct subnet *subnet,
                          struct error *err)
{
    size_t bridge = strlen(options->bridge);

    if (options->state_folder[0] != '/')
        return error_set(err, ERROR_INVALID, "process.state_folder %s is not an absolute path",
                         options->state_folder);
    if (!text_is_name(options->installation) || strlen(options->installation) > 16)
        return error_set(err, ERROR_INVALID,
                         "process.installation %s is not a name of 1 to 16 of a-z, 0-9 and -",
                         options->installation);
    if (bridge == 0 || bridge > 15 || options->bridge[0] == '-' ||
        strspn(options->bridge, "abcdefghijklmnopqrstuvwxyz0123456789-") != bridge)
        return error_set(err, ERROR_INVALID,
                         "process.bridge %s is not a name of 1 to 15 of a-z, 0-9 and -",
                         options->bridge);
    if (subnet_parse(options->subnet, subnet, err) < 0)
        return error_prefix(err, "process.subnet");
    return 0;
}

/* --- name servers --- */

static bool read_usable(const char *path, struct buf *text)
{
    buf_clear(text);
    return file_read(path, RESOLV_MAX, text, NULL) == 0 && resolv_is_usable(buf_text(text));
}

/* A machine sees this computer's /etc/resolv.conf. Where that names a server on loopback only,
 * systemd-resolved keeps the list of those behind it. */
static int choose_name_servers(struct process *process, struct error *err)
{
    struct buf text = BUF_INIT(RESOLV_MAX + 1);
    int result = 0;

    if (process->options.dns[0] != '\0')
        result = resolv_print(process->options.dns, &text, err);
    else if (read_usable("/etc/resolv.conf", &text))
        buf_clear(&text);
    else if (!read_usable("/run/systemd/resolve/resolv.conf", &text)) {
        buf_clear(&text);
        log_warn("machines can reach no name server that /etc/resolv.conf names: set process.dns");
    }
    process->name_servers = buf_take_text(&text);
    buf_free(&text);
    return result;
}

/* --- set-up --- */

static int make_folders(const struct process *process, struct error *err)
{
    return file_make_folders(process->machines_folder, 0700, err);
}

/* Tries what every launch will do, so that it is known now whether it can be done. */
static int try_cgroups(const struct process *process, struct error *err)
{
    _cleanup_free_ char *path = xasprintf("leat/%s", process->options.installation);
    struct cgroups cgroups;

    if (cgroups_read(&cgroups, err) == 0 && cgroups_make(&cgroups, path, err) == 0)
        return 0;
    if (err != NULL) {
        err->code = ERROR_MISSING;
        strncat(err->message, requirements_container_hint(),
                sizeof(err->message) - strlen(err->message) - 1);
    }
    return -1;
}

static void find_emulation(struct process *process)
{
    enum arch other = process->native == ARCH_AMD64 ? ARCH_ARM64 : ARCH_AMD64;
    struct error err;

    if (!process->options.emulation)
        return;
    process->emulates = binfmt_ensure(other, &err);
    if (!process->emulates)
        log_info("machines of the other architecture are not launched here: %s", err.message);
}

/* One at a time: two that made or mounted an image at once would ruin it. */
static int set_up(struct process *process, struct error *err)
{
    const struct process_provider_options *options = &process->options;
    _cleanup_close_ int lock = -1;

    if (process->native == 0)
        return error_set(err, ERROR_MISSING, "machines run on x86_64 and aarch64 only");
    if (requirements_check(options, &process->programs, err) < 0 ||
        make_folders(process, err) < 0)
        return -1;
    lock = process_lock(options->state_folder, "setup", err);
    if (lock < 0 || choose_name_servers(process, err) < 0 || try_cgroups(process, err) < 0 ||
        storage_set_up(options->state_folder, options->image_bytes, err) < 0 ||
        host_network_set_up(options, &process->subnet, err) < 0)
        return -1;
    find_emulation(process);
    return 0;
}

static struct provider *open_with(struct loop *loop, const struct process_provider_options *options,
                                  int (*prepare)(struct process *process, struct error *err),
                                  struct error *err)
{
    struct subnet subnet;

    if (process_options_check(options, &subnet, err) < 0)
        return NULL;
    struct process *process = process_new(loop, options);
    process->subnet = subnet;
    if (prepare(process, err) < 0 || process_scan(process, err) < 0) {
        process->provider.operations->close(&process->provider);
        return NULL;
    }
    return &process->provider;
}

struct provider *process_provider_open(struct loop *loop,
                                       const struct process_provider_options *options,
                                       struct error *err)
{
    return open_with(loop, options, set_up, err);
}

static int prepare_nothing(struct process *process, struct error *err)
{
    process->name_servers = xstrdup("");
    return make_folders(process, err);
}

struct provider *process_provider_attach(struct loop *loop,
                                         const struct process_provider_options *options,
                                         struct error *err)
{
    return open_with(loop, options, prepare_nothing, err);
}
