/* /metrics, /healthz and /readyz of the cloud-agent, over plain HTTP on an address of its own. */
#ifndef CLOUD_STATUS_PAGE_H
#define CLOUD_STATUS_PAGE_H

#include "base/error.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct status_figures {
    bool ready;
    size_t partitions, owned, broken;
    uint64_t decisions, dead_letters, void_records, take_overs;
};

struct status_page;
struct status_page *status_page_open(struct loop *loop, const char *listen,
                                     void (*fill)(void *arg, struct status_figures *ret), void *arg,
                                     struct error *err);
void status_page_close(struct status_page *page); /* NULL is fine */

#endif
