#include "api/json.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

/* jansson recurses for each level: more than is ever needed is refused before it sees the text. */
static bool is_too_deep(struct slice body)
{
    int depth = 0;
    bool in_text = false;

    for (size_t i = 0; i < body.len; i++) {
        uint8_t c = body.data[i];
        if (in_text && c == '\\')
            i++;
        else if (c == '"')
            in_text = !in_text;
        else if (!in_text && (c == '{' || c == '['))
            depth++;
        else if (!in_text && (c == '}' || c == ']'))
            depth--;
        if (depth > JSON_DEPTH_MAX)
            return true;
    }
    return false;
}

static bool is_listed(const char *name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0)
            return true;
    }
    return false;
}

static int check_members(json_t *object, const char *const *allowed, struct error *err)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        if (!is_listed(name, allowed))
            return error_set(err, ERROR_INVALID, "member \"%.60s\" is not known", name);
    }
    return 0;
}

json_t *json_parse_object(struct slice body, const char *const *allowed, struct error *err)
{
    json_error_t where;

    if (is_too_deep(body)) {
        error_set(err, ERROR_INVALID, "the JSON is nested more than %d levels deep",
                  JSON_DEPTH_MAX);
        return NULL;
    }
    /* An empty body has no address; jansson wants one. */
    json_t *json = json_loadb(body.len > 0 ? (const char *)body.data : "", body.len,
                              JSON_REJECT_DUPLICATES, &where);
    if (json == NULL) {
        error_set(err, ERROR_INVALID, "line %d, column %d: %s", where.line, where.column,
                  where.text);
        return NULL;
    }
    if (!json_is_object(json)) {
        error_set(err, ERROR_INVALID, "the body must be a JSON object");
    } else if (check_members(json, allowed, err) == 0) {
        return json;
    }
    json_decref(json);
    return NULL;
}

static bool has_control_characters(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    }
    return false;
}

int json_take_text(const json_t *object, const char *name, enum json_text kind, bool required,
                   char *out, size_t size, struct error *err)
{
    const json_t *value = json_object_get(object, name);
    const char *text = json_string_value(value);

    out[0] = '\0';
    if (value == NULL && !required)
        return 0;
    if (value == NULL)
        return error_set(err, ERROR_INVALID, "member \"%s\" is missing", name);
    if (text == NULL || text[0] == '\0' || !text_copy(out, size, text))
        return error_set(err, ERROR_INVALID, "member \"%s\" must be a text of 1 to %zu bytes", name,
                         size - 1);
    if (kind == JSON_LINE && has_control_characters(text))
        return error_set(err, ERROR_INVALID, "member \"%s\" holds control characters", name);
    return 0;
}

int json_take_int(const json_t *object, const char *name, int64_t min, int64_t max, int64_t *ret,
                  struct error *err)
{
    const json_t *value = json_object_get(object, name);

    if (value == NULL)
        return 0;
    if (!json_is_integer(value) || json_integer_value(value) < min ||
        json_integer_value(value) > max)
        return error_set(err, ERROR_INVALID, "member \"%s\" must be a number from %lld to %lld",
                         name, (long long)min, (long long)max);
    *ret = json_integer_value(value);
    return 0;
}

json_t *json_time(uint64_t wall_ms)
{
    char text[CLOCK_TEXT_SIZE];

    if (wall_ms == 0)
        return json_null();
    return json_string(clock_format_wall((int64_t)wall_ms, text));
}

void json_decref_pointer(json_t **json)
{
    json_decref(*json);
}
