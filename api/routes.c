#include "api/routes.h"

#include "base/memory.h"
#include "wire/record.h"

#define JSON "application/json"

const struct route api_routes[] = {
    {"create", "POST", "/v1/projects/{project}/builds", AUTH_CLIENT, JSON, handle_create_build},
    {"connection", "POST", "/v1/builds/{build}/connections/{arch}", AUTH_CLIENT, JSON,
     handle_connection},
    {"keep-alive", "POST", "/v1/builds/{build}/keep-alive", AUTH_CLIENT, JSON, handle_keep_alive},
    {"finish", "POST", "/v1/builds/{build}/finish", AUTH_CLIENT, JSON, handle_finish},
    {"cancel", "POST", "/v1/builds/{build}/cancel", AUTH_CLIENT, JSON, handle_cancel},
    {"builds", "GET", "/v1/builds", AUTH_CLIENT, NULL, handle_list_builds},
    {"build", "GET", "/v1/builds/{build}", AUTH_CLIENT, NULL, handle_get_build},
    {"machines", "GET", "/v1/machines", AUTH_CLIENT, NULL, handle_list_machines},
    {"events", "GET", "/v1/events", AUTH_CLIENT, NULL, handle_events},
    {"register", "POST", "/v1/machines/{machine}/register", AUTH_NONE, JSON, handle_register},
    {"desired", "GET", "/v1/machines/{machine}/desired", AUTH_MACHINE, NULL, handle_desired},
    {"machine-event", "POST", "/v1/machines/{machine}/events", AUTH_MACHINE, RECORD_CONTENT_TYPE,
     handle_machine_event},
    {"healthz", "GET", "/healthz", AUTH_NONE, NULL, handle_healthz},
    {"readyz", "GET", "/readyz", AUTH_NONE, NULL, handle_readyz},
    {"metrics", "GET", "/metrics", AUTH_NONE, NULL, handle_metrics},
};
const size_t api_route_count = array_size(api_routes);
