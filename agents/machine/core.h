/* The life of a machine, as pure decisions: told what happened and the time, it answers what to do.
 *
 *   boot: three things at once - the denies of the steps' network, the check of BuildKit's version,
 *         registration - and when all three are done BuildKit is started;
 *   ready: BuildKit said READY=1 and a TLS handshake with h2 succeeded;
 *   a BuildKit that dies is started again after a growing pause; one that keeps dying
 *         (CORE_RESTARTS_MAX within CORE_RESTARTS_WINDOW_MS) ends the machine;
 *   drain: no new builds, end when those there are have ended (or at once when there are none);
 *   stop: BuildKit is asked to end, then killed; the volume is synced and unmounted; the last event
 *         is published; the agent exits.
 *
 * The caller executes the actions in the order of the bits and feeds back what they bring.
 */
#ifndef MACHINE_CORE_H
#define MACHINE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CORE_RESTARTS_MAX       5
#define CORE_RESTARTS_WINDOW_MS 120000
#define CORE_RESTART_PAUSE_MS   100 /* doubled at each restart within the window */
#define CORE_FAREWELL_MS        5000 /* how long the last event may take */

enum core_state {
    CORE_BOOTING,    /* denies, version, registration */
    CORE_STARTING,   /* BuildKit was started, not ready yet */
    CORE_PROBING,    /* BuildKit says it is ready; being checked */
    CORE_READY,      /* takes builds */
    CORE_PAUSING,    /* waits before BuildKit is started again */
    CORE_STOPPING,   /* BuildKit is asked to end */
    CORE_UNMOUNTING, /* the volume is synced and unmounted */
    CORE_FAREWELL,   /* the last event is under way */
    CORE_EXITED,
    CORE_STATES
};

enum core_event_type {
    CORE_EVENT_DENIES_SET,
    CORE_EVENT_VERSION_OK,
    CORE_EVENT_REGISTERED,
    CORE_EVENT_BUILDKIT_READY,  /* READY=1 */
    CORE_EVENT_PROBE_OK,
    CORE_EVENT_BUILDKIT_EXITED, /* also when it could not be started, or its probe failed */
    CORE_EVENT_DESIRED,         /* drain, stop, builds */
    CORE_EVENT_TERMINATE,       /* SIGTERM: drain and stop */
    CORE_EVENT_BROKEN,          /* cannot go on: `reason` */
    CORE_EVENT_UNMOUNTED,
    CORE_EVENT_PUBLISHED,       /* everything queued for publication is in the log */
    CORE_EVENT_TIME,            /* the deadline that core_deadline() named has come */
};

struct core_event {
    enum core_event_type type;
    const char *reason; /* BUILDKIT_EXITED, DESIRED, TERMINATE, BROKEN; may be NULL */
    bool drain, stop;   /* DESIRED */
    size_t builds;      /* DESIRED */
};

enum core_action {
    CORE_START_BUILDKIT = 1 << 0,
    CORE_PROBE = 1 << 1,
    CORE_PUBLISH_READY = 1 << 2,
    CORE_PUBLISH_FAILED = 1 << 3,
    CORE_PUBLISH_DRAINING = 1 << 4,
    CORE_TERMINATE_BUILDKIT = 1 << 5,
    CORE_KILL_BUILDKIT = 1 << 6, /* and every process that it left */
    CORE_UNMOUNT = 1 << 7,
    CORE_PUBLISH_STOPPED = 1 << 8,
    CORE_EXIT = 1 << 9,
};

struct core_limits {
    int64_t start_timeout_ms;
    int64_t stop_timeout_ms;
};

struct core {
    struct core_limits limits;
    enum core_state state;
    bool denies_set, version_ok, registered;
    bool draining, clean, failed;
    size_t builds;
    unsigned restarts;       /* since the agent started */
    unsigned recent;         /* within the window */
    int64_t window_start_ms;
    int64_t deadline_ms;     /* 0: none */
    char reason[160];        /* why it drains or stops */
};

void core_init(struct core *core, const struct core_limits *limits);
/* Returns a set of enum core_action. */
unsigned core_step(struct core *core, const struct core_event *event, int64_t now_ms);
/* When CORE_EVENT_TIME is due; 0 for never. */
int64_t core_deadline(const struct core *core);
const char *core_state_name(enum core_state state);

#endif
