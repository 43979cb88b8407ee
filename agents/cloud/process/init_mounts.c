#include "process/init.h"

#include "base/file.h"
#include "base/memory.h"
#include "process/volumes.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static int mount_over(const char *path, const char *options, struct error *err)
{
    if (file_make_folders(path, 0755, err) < 0)
        return -1;
    if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
        return error_errno(err, errno, "a private %s", path);
    return 0;
}

/* runc keeps its state in /run/runc, CNI its leases in /var/lib/cni and its networks in /run/netns:
 * on this computer they would stay behind when the machine is killed. With D-Bus in sight, CNI's
 * firewall plug-in would open this computer's firewalld for addresses inside the machine. */
static int hide_folders(struct error *err)
{
    static const struct {
        const char *path;
        bool only_if_there;
    } folders[] = {
        {"/run/runc", false}, {"/run/netns", false}, {"/var/lib/cni", false}, {"/run/dbus", true}};

    for (size_t i = 0; i < array_size(folders); i++) {
        if (folders[i].only_if_there && access(folders[i].path, F_OK) < 0)
            continue;
        if (mount_over(folders[i].path, "mode=0755,size=64m", err) < 0)
            return -1;
    }
    return 0;
}

static int put_file(const char *path, const char *text, struct error *err)
{
    return file_write_atomic(path, slice_text(text), 0600, err);
}

static int fill_run_folder(const struct boot *boot, struct error *err)
{
    if (mount_over(BOOT_RUN_FOLDER, "mode=0700,size=256m", err) < 0 ||
        put_file(BOOT_CONFIG_FILE, boot->config, err) < 0 ||
        put_file(BOOT_TOKEN_FILE, boot->token, err) < 0)
        return -1;
    return put_file(BOOT_CA_FILE, boot->api_ca, err);
}

static int bind_volume(const struct boot *boot, struct error *err)
{
    if (volumes_make(boot->volume, boot->volume_arch, err) < 0 ||
        file_make_folders(BOOT_CACHE_FOLDER, 0700, err) < 0)
        return -1;
    if (mount(boot->volume, BOOT_CACHE_FOLDER, NULL, MS_BIND, NULL) < 0)
        return error_errno(err, errno, "binding volume %s", boot->volume);
    return 0;
}

static int bind_name_servers(const struct boot *boot, struct error *err)
{
    static const char path[] = BOOT_RUN_FOLDER "/resolv.conf";

    if (boot->name_servers[0] == '\0')
        return 0;
    if (file_write_atomic(path, slice_text(boot->name_servers), 0644, err) < 0)
        return -1;
    if (mount(path, "/etc/resolv.conf", NULL, MS_BIND, NULL) < 0)
        return error_errno(err, errno, "the machine's resolv.conf");
    return 0;
}

/* Slaves, not private: what the administrator unmounts is gone from machines too, and nothing that
 * a machine mounts is seen outside. */
int init_mounts(const struct boot *boot, struct error *err)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
        return error_errno(err, errno, "mounts of the machine's own");
    if (fill_run_folder(boot, err) < 0 || bind_volume(boot, err) < 0 || hide_folders(err) < 0 ||
        bind_name_servers(boot, err) < 0)
        return -1;
    if (mkdir(boot->temporary, 0700) < 0 && errno != EEXIST)
        return error_errno(err, errno, "%s", boot->temporary);
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return error_errno(err, errno, "the machine's /proc");
    return 0;
}
