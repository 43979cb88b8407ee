/* The table of routes; docs/http-api.md is the contract. */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "api/router.h"

extern const struct route api_routes[];
extern const size_t api_route_count;

/* build_create.c, build_end.c, builds.c */
void handle_create_build(struct call *call);
void handle_keep_alive(struct call *call);
void handle_finish(struct call *call);
void handle_cancel(struct call *call);
void handle_list_builds(struct call *call);
void handle_get_build(struct call *call);
/* connections.c */
void handle_connection(struct call *call);
/* machines.c, registration.c, machine_events.c */
void handle_list_machines(struct call *call);
void handle_desired(struct call *call);
void handle_register(struct call *call);
void handle_machine_event(struct call *call);
/* events.c */
void handle_events(struct call *call);
/* health.c */
void handle_healthz(struct call *call);
void handle_readyz(struct call *call);
void handle_metrics(struct call *call);

#endif
