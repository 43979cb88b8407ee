/* The bodies of requests: the first byte says of which route. What is accepted keeps its promises.
 */
#include "fuzz.h"

#include "api/bodies.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static union {
    struct body_create create;
    struct body_connection connection;
    struct body_finish finish;
    struct body_cancel cancel;
    struct body_register registration;
} body;

static void require(bool holds)
{
    if (!holds)
        abort();
}

static int parse_create(struct slice bytes, struct error *err)
{
    int result = body_create_parse(bytes, &body.create, err);
    if (result == 0) {
        require(body.create.arch_count == 1 || body.create.arch_count == 2);
        require(text_is_utf8(slice_text(body.create.client)));
    }
    return result;
}

static int parse_connection(struct slice bytes, struct error *err)
{
    int result = body_connection_parse(bytes, &body.connection, err);
    if (result == 0)
        require(body.connection.csr[0] != '\0');
    return result;
}

static int parse_finish(struct slice bytes, struct error *err)
{
    int result = body_finish_parse(bytes, &body.finish, err);
    if (result == 0)
        require(body.finish.exit_code >= 0 && body.finish.exit_code <= 255);
    return result;
}

static int parse_cancel(struct slice bytes, struct error *err)
{
    return body_cancel_parse(bytes, &body.cancel, err);
}

static int parse_register(struct slice bytes, struct error *err)
{
    int result = body_register_parse(bytes, &body.registration, err);
    if (result == 0)
        require(body.registration.token[0] != '\0' && body.registration.csr[0] != '\0');
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int (*const parsers[])(struct slice, struct error *) = {
        parse_create, parse_connection, parse_finish, parse_cancel, parse_register};
    struct error err = {.code = ERROR_NONE};

    if (size == 0)
        return 0;
    int result = parsers[data[0] % 5](slice_of(data + 1, size - 1), &err);
    require((result == 0) == (err.code == ERROR_NONE));
    require(result == 0 || (err.code == ERROR_INVALID && err.message[0] != '\0'));
    return 0;
}
