/* The provider and its machines (private to agents/cloud/process). */
#ifndef PROCESS_INTERNAL_H
#define PROCESS_INTERNAL_H

#include "cloud/provider.h"
#include "net/child.h"
#include "net/loop.h"
#include "process/binfmt.h"
#include "process/boot.h"
#include "process/cgroups.h"
#include "process/process.h"
#include "process/record.h"
#include "process/requirements.h"
#include "process/subnet.h"

/* --- a machine: machine.c --- */

enum machine_phase {
    MACHINE_LAUNCHING, /* its first process makes its world */
    MACHINE_RUNNING,
    MACHINE_STOPPING, /* asked to end; killed when the timer fires */
    MACHINE_CLEANING, /* no process is left; what it leaves behind is being removed */
    MACHINE_FOREIGN,  /* another cloud-agent is launching or cleaning it */
};

struct waiter {
    struct waiter *next;
    provider_done_fn *done;
    void *arg;
};

struct process_machine {
    struct process_machine *next;
    struct process *process;
    struct record record;
    enum machine_phase phase;
    char *folder;
    char *cgroup;
    char interface[16];    /* the outer end of its eth0; "" when not known */
    int lock_fd;           /* its folder, locked while it is launched or cleaned; or -1 */
    int pidfd;             /* or -1 */
    struct watch *ended;   /* on pidfd */
    int control_fd;        /* while it is launched; or -1 */
    struct watch *control;
    bool said_ready;
    bool killed;           /* by us: its death is no news */
    struct timer *timer;   /* launch limit, grace or next try of the cleaning, by its phase */
    int64_t retry_ms;      /* of the cleaning */
    struct child *child;   /* of the cleaning */
    bool answered;         /* the launch; `failure` says how it went wrong */
    struct error failure;
    struct waiter *launching, *stopping;
};

struct process_machine *machine_add(struct process *process, const struct record *record);
struct process_machine *machine_find(struct process *process, const char *id);
void machine_watch(struct process_machine *machine, int pidfd); /* takes the pidfd */
void machine_wait(struct waiter **list, provider_done_fn *done, void *arg);
/* NULL: success. Each is told from the loop, later. */
void machine_answer(struct process_machine *machine, struct waiter **list, const struct error *err);
void machine_signal(struct process_machine *machine, int signal_number);
bool machine_lock(struct process_machine *machine); /* false while another process has it */
void machine_unlock(struct process_machine *machine);
void machine_free(struct process_machine *machine); /* takes it off the table; tells nobody */

/* launch.c, stop.c, clean.c: what happens to it */
void machine_launch_over(struct process_machine *machine); /* drops the control socket */
void machine_fail(struct process_machine *machine, const struct error *err);
void machine_stop(struct process_machine *machine, int64_t grace_ms);
void machine_clean(struct process_machine *machine);

/* scan.c: takes up what is on disk and not in the table, and forgets what is gone. */
int process_scan(struct process *process, struct error *err);

/* machine_log.c */
int machine_log_open(const char *folder, struct error *err); /* for a new machine; -1 on failure */
void machine_log_trim(const char *folder);                   /* keeps its size bounded */
void machine_log_last_line(const char *folder, char *ret, size_t size);
void machine_log_forget_old(const char *machines_folder); /* of machines that ended */

/* --- the provider: provider.c --- */

#define PROCESS_TEXTS(F)                                                                           \
    F(state_folder) F(installation) F(bridge) F(subnet) F(machine_agent) F(buildkitd) F(runc)      \
    F(cni_folder) F(api_url) F(api_ca_file) F(deny) F(dns) F(machine_config)

struct answer;
struct deletion;

struct process {
    struct provider provider; /* first: the two are cast into each other */
    struct loop *loop;
    struct process_provider_options options; /* texts owned */
    struct subnet subnet;
    struct programs programs;
    enum arch native;
    bool emulates; /* the other architecture */
    char *machines_folder, *volumes_folder;
    char *name_servers; /* text of the machines' resolv.conf; "" for this computer's */
    struct process_machine *machines;
    struct answer *answers;
    struct deletion *deletions;
    struct timer *housekeeping, *news;
    uint32_t last_address;
};

struct process *process_new(struct loop *loop, const struct process_provider_options *options);

/* answer.c: every call is answered from the loop, and not at all once the provider is closed. */
void answer_done(struct process *process, provider_done_fn *done, void *arg,
                 const struct error *err);
void answer_listing(struct process *process, provider_listed_fn *done, void *arg);
void answers_forget(struct process *process);

/* launch.c, stop.c, volume_delete.c: operations */
void process_launch(struct provider *provider, const struct provider_machine_spec *spec,
                    provider_done_fn *done, void *arg);
void process_stop(struct provider *provider, const char *machine, int64_t grace_ms,
                  provider_done_fn *done, void *arg);
void process_volume_delete(struct provider *provider, const char *volume, provider_done_fn *done,
                           void *arg);
void deletions_forget(struct process *process);

/* lock.c: waits for the lock, which is held for moments only. -1 on failure. */
int process_lock(const char *state_folder, const char *name, struct error *err);

/* open.c */
int process_options_check(const struct process_provider_options *options, struct subnet *subnet,
                          struct error *err);

#endif
