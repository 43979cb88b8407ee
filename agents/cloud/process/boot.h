/* What the launcher hands to the first process of a machine, and how the two talk.
 *
 * Both are the same program (/proc/self/exe), so the form is as plain as it can be: the texts below
 * in their order, each with its NUL. It travels in an anonymous file, never on disk: the
 * registration token is in it.
 */
#ifndef PROCESS_BOOT_H
#define PROCESS_BOOT_H

#include "base/buf.h"
#include "base/error.h"

#define BOOT_FIELDS(F)                                                                             \
    F(machine)                                                                                     \
    F(program)        /* the machine-agent */                                                      \
    F(bridge)                                                                                      \
    F(interface)      /* the outer end of eth0 */                                                  \
    F(address)        /* "10.88.0.2" */                                                            \
    F(hardware)       /* MAC address of eth0 */                                                    \
    F(bits)           /* of the subnet */                                                          \
    F(gateway)                                                                                     \
    F(volume)         /* path of its subvolume, made when missing */                               \
    F(volume_arch)    /* "amd64" or "arm64": kept with a new volume */                             \
    F(temporary)      /* folder on disk for TMPDIR */                                              \
    F(cgroup)         /* "leat/<installation>/<machine>" */                                        \
    F(cpu_millis)                                                                                  \
    F(memory_bytes)                                                                                \
    F(pids_max)                                                                                    \
    F(name_servers)   /* text of its resolv.conf; "": this computer's is fine */                   \
    F(token)                                                                                       \
    F(api_ca)         /* PEM */                                                                    \
    F(config)         /* the agent's configuration */

struct boot {
#define BOOT_MEMBER_(name) char *name;
    BOOT_FIELDS(BOOT_MEMBER_)
#undef BOOT_MEMBER_
};

/* Where things are inside every machine. */
#define BOOT_RUN_FOLDER   "/run/leat-machine"
#define BOOT_CACHE_FOLDER BOOT_RUN_FOLDER "/cache"
#define BOOT_CONFIG_FILE  BOOT_RUN_FOLDER "/machine.ini"
#define BOOT_TOKEN_FILE   BOOT_RUN_FOLDER "/token"
#define BOOT_CA_FILE      BOOT_RUN_FOLDER "/api-ca.pem"

#define BOOT_MAX ((size_t)256 << 10)

/* Descriptors of the first process. */
enum { BOOT_FD = 0, BOOT_CONTROL_FD = 3 };

/* The control socket (SOCK_SEQPACKET): the launcher sends BOOT_GO once it has written down which
 * process this is; the machine answers BOOT_READY just before it becomes the agent, or what went
 * wrong. Until BOOT_GO it has done nothing, and it ends when the launcher does. */
#define BOOT_GO    "go"
#define BOOT_READY "ready"

/* An anonymous file, positioned at its start; -1 on failure. */
int boot_write(const struct boot *boot, struct error *err);
int boot_read(int fd, struct boot *ret, struct error *err);
void boot_clear(struct boot *boot);

#endif
