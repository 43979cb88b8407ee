/* The provider `process`: machines on this computer.
 *
 * One machine is one PID, mount and network namespace, one cgroup and one btrfs subvolume, with an
 * address of its own on a bridge. The machine-agent is its first process, so that its death takes
 * everything with it. Machines outlive the program that launched them; the next one that opens the
 * same state folder adopts them.
 *
 *   <state>/machines/<id>/state   what was launched: address, volume, pid, start time
 *   <state>/machines/<id>/log     what the machine prints; kept for the newest machines that ended
 *   <state>/volumes/<id>          cache volumes: btrfs subvolumes
 *   <state>/volumes.img           where they are when the state folder is not on btrfs itself
 */
#ifndef PROCESS_PROCESS_H
#define PROCESS_PROCESS_H

#include "base/error.h"
#include "cloud/provider.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stdint.h>

/* Every text is needed unless said otherwise; all are copied. */
struct process_provider_options {
    const char *state_folder;
    const char *installation;  /* tag of cgroups and rules: a name of at most 16 characters */
    const char *bridge;        /* made on this computer; at most 15 characters */
    const char *subnet;        /* of the bridge: private, /16 to /28; the bridge has its first address */
    const char *machine_agent; /* a path, or a name beside this program or in PATH */
    const char *buildkitd;     /* v0.17 or newer */
    const char *runc;
    const char *cni_folder;
    const char *api_url;       /* where machines reach the API */
    const char *api_ca_file;   /* read at each launch */
    const char *deny;          /* more networks that RUN steps never reach, "CIDR,CIDR"; may be "" */
    const char *dns;           /* name servers of machines, "ADDRESS,ADDRESS"; "": this computer's */
    const char *machine_config; /* text put at the end of a machine's configuration; may be "" */
    bool publish_to_bus;       /* machines publish to the log directly, not through the API */
    bool emulation;            /* launch machines of the other architecture under QEMU */
    uint16_t port;             /* of machines */
    uint64_t image_bytes;      /* cap of volumes.img; at most 60 % of what is free when it is made */
    uint64_t pids_max;         /* processes and threads of one machine */
};

/* Checks what is needed (ERROR_MISSING says what is not there), sets up bridge, rules, file system
 * and cgroups, which may take a second or two, and adopts the machines that run. Any number of
 * processes may open the same state folder. */
struct provider *process_provider_open(struct loop *loop,
                                       const struct process_provider_options *options,
                                       struct error *err);

/* Checks and sets up nothing: only for stopping what runs. */
struct provider *process_provider_attach(struct loop *loop,
                                         const struct process_provider_options *options,
                                         struct error *err);

/* Stops every machine of the installation, SIGKILL after `grace_ms`. `done` is called once, when
 * nothing is left of any of them. Nothing may be launched meanwhile. */
void process_provider_stop_all(struct provider *provider, int64_t grace_ms, provider_done_fn *done,
                               void *arg);

/* Takes off this computer what opening put there: rules, bridge, cgroups, the mounted image; with
 * `files` also the whole state folder, caches included. ERROR_CONFLICT while a machine exists. */
int process_provider_purge(const struct process_provider_options *options, bool files,
                           struct error *err);

/* The first half of a machine's life: what the program runs when it is started as
 * `PROGRAM --machine-init`. Makes the machine's world, then becomes the machine-agent; returns only
 * on failure. A program that opens the provider must call this first thing in its main(). */
#define PROCESS_MACHINE_INIT "--machine-init"
int process_machine_init(int argc, char **argv);

#endif
