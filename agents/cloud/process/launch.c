/* Launching: the folder, an address, the first process, and its word that the world is made. */
#include "process/internal.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "process/deny.h"
#include "process/machine_config.h"
#include "process/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LAUNCH_LIMIT_MS 30000
#define CA_MAX          ((size_t)64 << 10)
#define CONFIG_MAX      ((size_t)64 << 10)

/* --- what the machine is told --- */

static void put_addresses(const struct process *process, const struct process_machine *machine,
                          struct boot *boot)
{
    uint32_t address = machine->record.address;
    char text[SUBNET_ADDRESS_SIZE];

    boot->address = xstrdup(subnet_format_address(address, text));
    boot->gateway = xstrdup(subnet_format_address(subnet_gateway(&process->subnet), text));
    boot->bits = xasprintf("%u", process->subnet.bits);
    /* The same address has the same hardware address: what this computer remembers stays true. */
    boot->hardware = xasprintf("02:1e:%02x:%02x:%02x:%02x", address >> 24, address >> 16 & 255,
                               address >> 8 & 255, address & 255);
}

static int put_config(const struct process *process, const struct process_machine *machine,
                      const struct provider_machine_spec *spec, struct boot *boot,
                      struct error *err)
{
    struct buf deny = BUF_INIT(CONFIG_MAX), config = BUF_INIT(CONFIG_MAX);
    _cleanup_free_ uint32_t *addresses = NULL;
    char text[SUBNET_ADDRESS_SIZE], steps_text[32];
    struct subnet steps;
    size_t count;

    if (deny_host_addresses(&addresses, &count, err) < 0)
        return -1;
    deny_choose_steps_subnet(&process->subnet, addresses, count, &steps);
    snprintf(steps_text, sizeof(steps_text), "%s/%u", subnet_format_address(steps.network, text),
             steps.bits);
    int result = deny_list(&process->subnet, addresses, count, process->options.deny, &deny, err);
    struct machine_config_facts facts = {
        .spec = spec,
        .address = boot->address,
        .cgroup = machine->cgroup,
        .deny = buf_text(&deny),
        .steps_subnet = steps_text,
        .buildkitd = process->programs.buildkitd,
        .runc = process->programs.runc,
        .emulated = spec->arch != process->native,
    };
    if (result == 0)
        result = machine_config_text(&process->options, &facts, &config, err);
    boot->config = buf_take_text(&config);
    buf_free(&deny);
    buf_free(&config);
    return result;
}

static int put_ca(const struct process *process, struct boot *boot, struct error *err)
{
    struct buf ca = BUF_INIT(CA_MAX + 1);
    int result = file_read(process->options.api_ca_file, CA_MAX, &ca, err);

    boot->api_ca = buf_take_text(&ca);
    return result;
}

static int make_boot(const struct process *process, const struct process_machine *machine,
                     const struct provider_machine_spec *spec, struct boot *boot,
                     struct error *err)
{
    boot->machine = xstrdup(spec->machine);
    boot->program = xstrdup(process->programs.machine_agent);
    boot->bridge = xstrdup(process->options.bridge);
    boot->interface = xstrdup(machine->interface);
    boot->volume = xasprintf("%s/%s", process->volumes_folder, spec->volume);
    boot->volume_arch = xstrdup(spec->arch == ARCH_ARM64 ? "arm64" : "amd64");
    boot->temporary = xasprintf("%s/tmp", machine->folder);
    boot->cgroup = xstrdup(machine->cgroup);
    boot->cpu_millis = xasprintf("%" PRIu64, spec->cpu_millis);
    boot->memory_bytes = xasprintf("%" PRIu64, spec->memory_bytes);
    boot->pids_max = xasprintf("%" PRIu64, process->options.pids_max);
    boot->name_servers = xstrdup(process->name_servers);
    boot->token = xstrdup(spec->registration_token);
    put_addresses(process, machine, boot);
    if (put_ca(process, boot, err) < 0)
        return -1;
    return put_config(process, machine, spec, boot, err);
}

/* --- the first process --- */

void machine_launch_over(struct process_machine *machine)
{
    watch_free(machine->control);
    machine->control = NULL;
    if (machine->control_fd >= 0)
        close(machine->control_fd);
    machine->control_fd = -1;
}

static void launched(struct process_machine *machine)
{
    machine_launch_over(machine);
    timer_clear(machine->timer);
    machine->phase = MACHINE_RUNNING;
    machine_answer(machine, &machine->launching, NULL);
}

/* BOOT_READY, then the end of the socket when the agent has taken over; anything else is the reason
 * why the world could not be made. */
static void control_readable(void *arg)
{
    struct process_machine *machine = arg;
    char text[sizeof(((struct error *)0)->message)];
    struct error err;
    ssize_t len = recv(machine->control_fd, text, sizeof(text) - 1, MSG_DONTWAIT);

    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    text[len > 0 ? len : 0] = '\0';
    if (len > 0 && strcmp(text, BOOT_READY) == 0)
        machine->said_ready = true;
    else if (len <= 0 && machine->said_ready)
        launched(machine);
    else {
        error_set(&err, ERROR_IO, "machine %s could not be made: %.220s", machine->record.machine,
                  len > 0 ? text : "its first process ended");
        machine_fail(machine, &err);
    }
}

static void launch_took_too_long(void *arg)
{
    struct process_machine *machine = arg;
    struct error err;

    error_set(&err, ERROR_TIMEOUT, "machine %s was not made within %d s", machine->record.machine,
              LAUNCH_LIMIT_MS / 1000);
    machine_fail(machine, &err);
}

static int start_process(struct process_machine *machine, int boot_fd, int log_fd, struct error *err)
{
    struct spawned spawned;
    int control[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0)
        return error_errno(err, errno, "socketpair");
    machine->control_fd = control[0];
    int result = spawn_machine(boot_fd, log_fd, control[1], &spawned, err);
    close(control[1]);
    if (result < 0)
        return -1;
    machine_watch(machine, spawned.pidfd);
    machine->record.pid = spawned.pid;
    return record_start_time(spawned.pid, &machine->record.start_time, err);
}

/* Only now may it begin: whoever comes after us finds which process it is. */
static int let_go(struct process_machine *machine, struct error *err)
{
    if (record_write(machine->folder, &machine->record, err) < 0)
        return -1;
    machine_unlock(machine);
    if (send(machine->control_fd, BOOT_GO, strlen(BOOT_GO), MSG_NOSIGNAL) < 0)
        return error_errno(err, errno, "letting the machine go");
    machine->control = watch_new(machine->process->loop, machine->control_fd, WATCH_READ,
                                 control_readable, machine);
    machine->timer = timer_new(machine->process->loop, launch_took_too_long, machine);
    timer_set(machine->timer, LAUNCH_LIMIT_MS);
    return 0;
}

static int start(struct process_machine *machine, const struct provider_machine_spec *spec,
                 struct error *err)
{
    struct boot boot = {0};
    int result = make_boot(machine->process, machine, spec, &boot, err);
    _cleanup_close_ int boot_fd = result == 0 ? boot_write(&boot, err) : -1;
    _cleanup_close_ int log_fd = boot_fd >= 0 ? machine_log_open(machine->folder, err) : -1;

    boot_clear(&boot);
    if (log_fd < 0 || start_process(machine, boot_fd, log_fd, err) < 0)
        return -1;
    return let_go(machine, err);
}

/* --- the place --- */

static int choose_address(struct process *process, uint32_t *ret, struct error *err)
{
    _cleanup_free_ uint32_t *used = NULL;
    size_t count = 0;

    for (const struct process_machine *at = process->machines; at != NULL; at = at->next) {
        used = xreallocarray(used, count + 1, sizeof(*used));
        used[count++] = at->record.address;
    }
    return subnet_allocate(&process->subnet, used, count, process->last_address, ret, err);
}

/* Written down before anything of it exists, so that the address is nobody else's. */
static struct process_machine *reserve(struct process *process, const struct provider_machine_spec *spec,
                               struct error *err)
{
    struct record record = {.arch = spec->arch};

    snprintf(record.machine, sizeof(record.machine), "%s", spec->machine);
    snprintf(record.volume, sizeof(record.volume), "%s", spec->volume);
    if (record_boot_id(record.boot_id, err) < 0 ||
        choose_address(process, &record.address, err) < 0)
        return NULL;
    _cleanup_free_ char *folder = xasprintf("%s/%s", process->machines_folder, spec->machine);
    if (file_make_folders(folder, 0700, err) < 0)
        return NULL;
    struct process_machine *machine = machine_add(process, &record);
    if (!machine_lock(machine)) {
        error_set(err, ERROR_UNAVAILABLE, "another process is at work on machine %s", spec->machine);
        machine_free(machine);
        return NULL;
    }
    machine->phase = MACHINE_LAUNCHING;
    process->last_address = record.address;
    if (record_write(machine->folder, &machine->record, err) < 0) {
        machine_free(machine);
        return NULL;
    }
    return machine;
}

/* --- the operation --- */

static int check_spec(struct process *process, const struct provider_machine_spec *spec,
                      struct error *err)
{
    if (!record_is_id(spec->machine) || !record_is_id(spec->volume))
        return error_set(err, ERROR_INVALID, "ids of machines and volumes are 1 to 40 of a-z, 0-9, -");
    if (spec->arch != process->native && !process->emulates)
        return error_set(err, ERROR_MISSING, "machines of that architecture do not run here");
    for (const struct process_machine *at = process->machines; at != NULL; at = at->next) {
        if (strcmp(at->record.volume, spec->volume) == 0 &&
            strcmp(at->record.machine, spec->machine) != 0)
            return error_set(err, ERROR_CONFLICT, "volume %s is held by machine %s", spec->volume,
                             at->record.machine);
    }
    return 0;
}

/* True when nothing is to be launched: the answer is on its way. */
static bool is_there(struct process_machine *machine, provider_done_fn *done, void *arg)
{
    struct error err;

    if (machine == NULL)
        return false;
    if (machine->phase == MACHINE_LAUNCHING && machine->failure.code == ERROR_NONE)
        machine_wait(&machine->launching, done, arg);
    else if (machine->phase == MACHINE_RUNNING || machine->phase == MACHINE_STOPPING)
        answer_done(machine->process, done, arg, NULL);
    else {
        error_set(&err, ERROR_UNAVAILABLE, "machine %s is going or being launched elsewhere",
                  machine->record.machine);
        answer_done(machine->process, done, arg, &err);
    }
    return true;
}

static int begin(struct process *process, const struct provider_machine_spec *spec,
                 provider_done_fn *done, void *arg, struct error *err)
{
    _cleanup_close_ int lock = process_lock(process->options.state_folder, "launch", err);

    if (lock < 0 || process_scan(process, err) < 0)
        return -1;
    if (is_there(machine_find(process, spec->machine), done, arg))
        return 0;
    if (check_spec(process, spec, err) < 0)
        return -1;
    struct process_machine *machine = reserve(process, spec, err);
    if (machine == NULL)
        return -1;
    machine_wait(&machine->launching, done, arg);
    struct error failure;
    if (start(machine, spec, &failure) < 0)
        machine_fail(machine, &failure);
    return 0;
}

void process_launch(struct provider *provider, const struct provider_machine_spec *spec,
                    provider_done_fn *done, void *arg)
{
    struct process *process = container_of(provider, struct process, provider);
    struct error err;

    if (begin(process, spec, done, arg, &err) < 0)
        answer_done(process, done, arg, &err);
}
