/* Looks up the name of a host in a thread. */
#include "store/resolve.h"

#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* What the thread works on. It cannot be stopped, so whoever of the two is last frees this. */
struct lookup {
    atomic_int owners;
    char *host;
    char port[8];
    struct addrinfo *found;
    int result;
    atomic_bool finished; /* `found` and `result` are set */
    int wake_fd;          /* an eventfd: readable then */
};

struct resolution {
    struct lookup *lookup;
    struct watch *watch;
    resolved_fn *done;
    void *arg;
};

static void lookup_release(struct lookup *lookup)
{
    if (atomic_fetch_sub(&lookup->owners, 1) > 1)
        return;
    if (lookup->found != NULL)
        freeaddrinfo(lookup->found);
    close(lookup->wake_fd);
    free(lookup->host);
    free(lookup);
}

static void *thread_main(void *arg)
{
    struct lookup *lookup = arg;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    lookup->result = getaddrinfo(lookup->host, lookup->port, &hints, &lookup->found);
    atomic_store(&lookup->finished, true);
    eventfd_write(lookup->wake_fd, 1);
    lookup_release(lookup);
    return NULL;
}

/* Signals are the main thread's. */
static int start_thread(struct lookup *lookup)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(&thread, &attributes, thread_main, lookup);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return result;
}

static void on_finished(void *arg)
{
    struct resolution *resolution = arg;
    if (!atomic_load(&resolution->lookup->finished))
        return;
    struct lookup *lookup = take_pointer(resolution->lookup);
    resolved_fn *done = resolution->done;
    void *done_arg = resolution->arg;
    watch_free(resolution->watch);
    free(resolution);
    done(done_arg, lookup->result == 0 ? lookup->found : NULL,
         lookup->result == 0 ? NULL : gai_strerror(lookup->result));
    lookup_release(lookup);
}

struct resolution *resolve(struct loop *loop, const char *host, uint16_t port, resolved_fn *done,
                           void *arg, struct error *err)
{
    struct lookup *lookup = xcalloc(1, sizeof(*lookup));
    lookup->host = xstrdup(host);
    snprintf(lookup->port, sizeof(lookup->port), "%u", port);
    lookup->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    atomic_init(&lookup->owners, 2);
    int failed = lookup->wake_fd < 0 ? errno : start_thread(lookup);
    if (failed != 0) {
        error_errno(err, failed, "cannot look up %s", host);
        atomic_store(&lookup->owners, 1);
        lookup_release(lookup);
        return NULL;
    }
    struct resolution *resolution = xcalloc(1, sizeof(*resolution));
    resolution->lookup = lookup;
    resolution->done = done;
    resolution->arg = arg;
    resolution->watch = watch_new(loop, lookup->wake_fd, WATCH_READ, on_finished, resolution);
    return resolution;
}

void resolution_cancel(struct resolution *resolution)
{
    if (resolution == NULL)
        return;
    watch_free(resolution->watch);
    lookup_release(resolution->lookup);
    free(resolution);
}
