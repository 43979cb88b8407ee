/* Events through the API: CloudEvents HTTP binding 1.0, binary mode. */
#include "machine/publisher.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

struct api_transport {
    struct http_client *client;
    struct http_call *call; /* at most one: the publisher sends in order */
    publisher_sent_fn *done;
    void *arg;
    char path[96];
};

static void answered(void *arg, const struct http_response *response, const struct error *err)
{
    struct api_transport *transport = arg;
    struct error problem;

    transport->call = NULL;
    if (err == NULL && response->status / 100 != 2) {
        error_set(&problem, ERROR_UNAVAILABLE, "the API answered %d: %.*s", response->status,
                  (int)(response->body.len > 200 ? 200 : response->body.len),
                  (const char *)response->body.data);
        err = &problem;
    }
    transport->done(transport->arg, err);
}

static void send_event(void *state, const struct envelope *envelope, struct slice value,
                       publisher_sent_fn *done, void *arg)
{
    struct api_transport *transport = state;
    char id[96], source[160], type[96], at[64];
    const char *headers[] = {id, source, type, at, "ce-specversion: 1.0", NULL};
    struct http_call_options options = {
        .method = "POST", .path = transport->path, .headers = headers,
        .content_type = RECORD_CONTENT_TYPE, .body = value, .done = answered, .arg = transport};
    struct error err;

    snprintf(id, sizeof(id), "ce-id: %s", envelope->id);
    snprintf(source, sizeof(source), "ce-source: %s", envelope->source);
    snprintf(type, sizeof(type), "ce-type: %s", envelope->type);
    snprintf(at, sizeof(at), "ce-time: %s", envelope->time);
    transport->done = done;
    transport->arg = arg;
    transport->call = http_client_call(transport->client, &options, &err);
    if (transport->call == NULL)
        done(arg, &err);
}

static void api_transport_free(void *state)
{
    struct api_transport *transport = state;
    if (transport->call != NULL)
        http_call_cancel(transport->call);
    free(transport);
}

struct publisher_transport publisher_through_api(struct http_client *client, const char *machine)
{
    struct api_transport *transport = xcalloc(1, sizeof(*transport));
    transport->client = client;
    snprintf(transport->path, sizeof(transport->path), "/v1/machines/%s/events", machine);
    return (struct publisher_transport){
        .send = send_event, .free = api_transport_free, .state = transport};
}
