#include "machine/desired.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAUSE_MIN_MS   100
#define PAUSE_MAX_MS   5000
#define POLL_WAIT_S    50
#define POLL_LIMIT_MS  (POLL_WAIT_S * 1000 + 20000)
#define VERSION_TEXT_MAX 64

struct desired {
    struct http_client *client;
    struct http_call *call;
    struct timer *again;
    desired_fn *changed;
    void *arg;
    int64_t pause_ms;
    char machine[41];
    char version[VERSION_TEXT_MAX + 1];
};

static void poll_again(void *arg);

static bool version_is_plain(const char *version)
{
    size_t len = strlen(version);
    return len <= VERSION_TEXT_MAX &&
           strspn(version, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
               len;
}

/* false: the answer is not of the form that was agreed on. */
static bool take(struct desired *desired, const json_t *json)
{
    const char *version = json_string_value(json_object_get(json, "version"));
    const char *state = json_string_value(json_object_get(json, "state"));
    const char *reason = json_string_value(json_object_get(json, "reason"));

    if (version == NULL || state == NULL || !version_is_plain(version))
        return false;
    bool news = !text_equal(version, desired->version);
    text_copy(desired->version, sizeof(desired->version), version);
    if (!news || text_equal(state, "wait"))
        return true;
    struct desired_state now = {
        .drain = text_equal(state, "drain"),
        .stop = text_equal(state, "stop"),
        .builds = json_array_size(json_object_get(json, "builds")),
        .reason = reason != NULL ? reason : "",
    };
    log_debug("desired state: %s, %zu builds", state, now.builds);
    desired->changed(desired->arg, &now);
    return true;
}

static void pause_then_poll(struct desired *desired, const char *why)
{
    log_warn("desired state: %s; again in %lld ms", why, (long long)desired->pause_ms);
    timer_set(desired->again, desired->pause_ms);
    desired->pause_ms = desired->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : desired->pause_ms * 2;
}

static void answered(void *arg, const struct http_response *response, const struct error *err)
{
    struct desired *desired = arg;
    char why[64];

    desired->call = NULL;
    if (err != NULL) {
        pause_then_poll(desired, err->message);
        return;
    }
    if (response->status != 200) {
        snprintf(why, sizeof(why), "the API answered %d", response->status);
        pause_then_poll(desired, why);
        return;
    }
    json_t *json = json_loadb((const char *)response->body.data, response->body.len,
                              JSON_REJECT_DUPLICATES, NULL);
    bool good = take(desired, json);
    json_decref(json);
    if (!good) {
        pause_then_poll(desired, "the API's answer is not understood");
        return;
    }
    desired->pause_ms = PAUSE_MIN_MS;
    /* By way of the timer, since `changed` may have ended the agent. */
    timer_set(desired->again, 0);
}

static void poll_again(void *arg)
{
    struct desired *desired = arg;
    struct error err;
    char path[256];
    struct http_call_options options = {
        .path = path, .timeout_ms = POLL_LIMIT_MS, .done = answered, .arg = desired};

    snprintf(path, sizeof(path), "/v1/machines/%s/desired?wait=%ds%s%s", desired->machine,
             POLL_WAIT_S, desired->version[0] != '\0' ? "&after=" : "", desired->version);
    desired->call = http_client_call(desired->client, &options, &err);
    if (desired->call == NULL)
        pause_then_poll(desired, err.message);
}

struct desired *desired_start(struct loop *loop, struct http_client *client, const char *machine,
                              desired_fn *changed, void *arg)
{
    struct desired *desired = xcalloc(1, sizeof(*desired));

    desired->client = client;
    desired->changed = changed;
    desired->arg = arg;
    desired->pause_ms = PAUSE_MIN_MS;
    text_copy(desired->machine, sizeof(desired->machine), machine);
    desired->again = timer_new(loop, poll_again, desired);
    timer_set(desired->again, 0);
    return desired;
}

void desired_free(struct desired *desired)
{
    if (desired == NULL)
        return;
    if (desired->call != NULL)
        http_call_cancel(desired->call);
    timer_free(desired->again);
    free(desired);
}
