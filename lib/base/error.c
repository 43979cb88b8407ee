#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const code_names[] = {
    [ERROR_NONE] = "none",
    [ERROR_INVALID] = "invalid",
    [ERROR_NOT_FOUND] = "not-found",
    [ERROR_CONFLICT] = "conflict",
    [ERROR_DENIED] = "denied",
    [ERROR_LIMIT] = "limit",
    [ERROR_UNAVAILABLE] = "unavailable",
    [ERROR_TIMEOUT] = "timeout",
    [ERROR_IO] = "io",
    [ERROR_CORRUPT] = "corrupt",
    [ERROR_MISSING] = "missing",
    [ERROR_INTERNAL] = "internal",
};

const char *error_code_name(enum error_code code)
{
    if ((unsigned)code >= sizeof(code_names) / sizeof(code_names[0]))
        return "?";
    return code_names[code];
}

static void set_message(struct error *err, enum error_code code, const char *message)
{
    err->code = code;
    err->retriable = code == ERROR_UNAVAILABLE || code == ERROR_TIMEOUT;
    snprintf(err->message, sizeof(err->message), "%s", message);
}

/* Appends `tail` to a NUL-terminated text of `size` bytes, cut where it does not fit. */
static void append(char *text, size_t size, const char *tail)
{
    size_t used = strlen(text);

    snprintf(text + used, size - used, "%s", tail);
}

/* All three format into a local array first: the arguments may point into err->message. */
int error_set(struct error *err, enum error_code code, const char *format, ...)
{
    char text[sizeof(err->message)];
    va_list args;

    if (!err)
        return -1;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    set_message(err, code, text);
    return -1;
}

static enum error_code code_of_errno(int errnum)
{
    switch (errnum) {
    case EACCES:
    case EPERM:
        return ERROR_DENIED;
    case ENOENT:
        return ERROR_NOT_FOUND;
    case EMFILE:
    case ENFILE:
    case ENOSPC:
        return ERROR_LIMIT;
    default:
        return ERROR_IO;
    }
}

int error_errno(struct error *err, int errnum, const char *format, ...)
{
    char text[sizeof(err->message)], reason[96];
    va_list args;

    if (!err)
        return -1;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    append(text, sizeof(text), ": ");
    append(text, sizeof(text), strerror_r(errnum, reason, sizeof(reason)));
    set_message(err, code_of_errno(errnum), text);
    return -1;
}

int error_prefix(struct error *err, const char *format, ...)
{
    char text[sizeof(err->message)];
    va_list args;

    if (!err)
        return -1;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    append(text, sizeof(text), ": ");
    append(text, sizeof(text), err->message);
    memcpy(err->message, text, sizeof(text));
    return -1;
}
