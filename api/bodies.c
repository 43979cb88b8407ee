#include "api/bodies.h"

#include "api/json.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

#define WAIT_MAX_MS 60000

static int take_archs(const json_t *json, struct body_create *ret, struct error *err)
{
    const json_t *list = json_object_get(json, "architectures");
    size_t count = json_array_size(list);

    if (count == 0 || count > ARCH_COUNT)
        return error_set(err, ERROR_INVALID,
                         "member \"architectures\" must be a list of one or two of amd64, arm64");
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (name == NULL || !arch_from_name(name, &ret->archs[i]))
            return error_set(err, ERROR_INVALID, "architectures: only amd64 and arm64 are known");
        if (i > 0 && ret->archs[i] == ret->archs[0])
            return error_set(err, ERROR_INVALID, "architectures: %s is given twice", name);
    }
    ret->arch_count = count;
    return 0;
}

int body_create_parse(struct slice body, struct body_create *ret, struct error *err)
{
    static const char *const members[] = {"architectures", "command", "client", NULL};
    _cleanup_json_ json_t *json = json_parse_object(body, members, err);

    *ret = (struct body_create){0};
    if (json == NULL || take_archs(json, ret, err) < 0 ||
        json_take_text(json, "command", JSON_LINE, true, ret->command, sizeof(ret->command), err) <
            0 ||
        json_take_text(json, "client", JSON_LINE, false, ret->client, sizeof(ret->client), err) < 0)
        return -1;
    if (!text_equal(ret->command, "build") && !text_equal(ret->command, "bake"))
        return error_set(err, ERROR_INVALID, "member \"command\" must be build or bake");
    return 0;
}

int body_connection_parse(struct slice body, struct body_connection *ret, struct error *err)
{
    static const char *const members[] = {"csr", NULL};
    _cleanup_json_ json_t *json = json_parse_object(body, members, err);

    if (json == NULL)
        return -1;
    return json_take_text(json, "csr", JSON_LINES, true, ret->csr, sizeof(ret->csr), err);
}

int body_finish_parse(struct slice body, struct body_finish *ret, struct error *err)
{
    static const char *const members[] = {"outcome", "exit_code", NULL};
    _cleanup_json_ json_t *json = json_parse_object(body, members, err);
    char outcome[16];

    *ret = (struct body_finish){0};
    if (json == NULL ||
        json_take_text(json, "outcome", JSON_LINE, true, outcome, sizeof(outcome), err) < 0 ||
        json_take_int(json, "exit_code", 0, 255, &ret->exit_code, err) < 0)
        return -1;
    if (!build_outcome_from_name(outcome, &ret->outcome) || ret->outcome > BUILD_OUTCOME_FAILED)
        return error_set(err, ERROR_INVALID, "member \"outcome\" must be succeeded or failed");
    return 0;
}

int body_cancel_parse(struct slice body, struct body_cancel *ret, struct error *err)
{
    static const char *const members[] = {"reason", NULL};

    *ret = (struct body_cancel){0};
    if (body.len == 0)
        return 0;
    _cleanup_json_ json_t *json = json_parse_object(body, members, err);
    if (json == NULL)
        return -1;
    return json_take_text(json, "reason", JSON_LINE, false, ret->reason, sizeof(ret->reason), err);
}

int body_register_parse(struct slice body, struct body_register *ret, struct error *err)
{
    static const char *const members[] = {"token", "csr", "agent_version", "buildkit_version",
                                          NULL};
    _cleanup_json_ json_t *json = json_parse_object(body, members, err);

    if (json == NULL ||
        json_take_text(json, "token", JSON_LINE, true, ret->token, sizeof(ret->token), err) < 0 ||
        json_take_text(json, "csr", JSON_LINES, true, ret->csr, sizeof(ret->csr), err) < 0 ||
        json_take_text(json, "agent_version", JSON_LINE, true, ret->agent_version,
                       sizeof(ret->agent_version), err) < 0)
        return -1;
    return json_take_text(json, "buildkit_version", JSON_LINE, false, ret->buildkit_version,
                          sizeof(ret->buildkit_version), err);
}

int parse_wait(const char *text, int64_t absent_ms, int64_t *ret_ms, struct error *err)
{
    int64_t number = -1, unit = 0;

    if (text == NULL) {
        *ret_ms = absent_ms;
        return 0;
    }
    size_t digits = strspn(text, "0123456789");
    if (text_equal(text + digits, "s"))
        unit = 1000;
    else if (text_equal(text + digits, "ms"))
        unit = 1;
    _cleanup_free_ char *number_text = xstrndup(text, digits);
    if (unit == 0 || text_parse_int(number_text, 0, WAIT_MAX_MS / unit, &number, NULL) < 0)
        return error_set(err, ERROR_INVALID,
                         "wait must be a duration such as 30s or 250ms, at "
                         "most %ds",
                         WAIT_MAX_MS / 1000);
    *ret_ms = number * unit;
    return 0;
}

int parse_flag(const char *name, const char *text, bool absent, bool *ret, struct error *err)
{
    if (text != NULL && !text_equal(text, "true") && !text_equal(text, "false"))
        return error_set(err, ERROR_INVALID, "%s must be true or false", name);
    *ret = text != NULL ? text_equal(text, "true") : absent;
    return 0;
}
