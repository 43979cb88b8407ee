/* One error value, owned by the caller.
 *
 * A function that can fail returns 0 or -1 (or a pointer or NULL) and takes a `struct error *` as
 * its last parameter. It fills the error on failure only and never logs what it returns: whoever
 * handles the error logs it, once. The pointer may be NULL where the caller does not care.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

enum error_code {
    ERROR_NONE = 0,
    ERROR_INVALID,     /* bad input: repeating it cannot help */
    ERROR_NOT_FOUND,   /* the thing named does not exist */
    ERROR_CONFLICT,    /* contradicts what exists already */
    ERROR_DENIED,      /* not allowed */
    ERROR_LIMIT,       /* a bound was reached: size, count, rate */
    ERROR_UNAVAILABLE, /* a server or resource cannot be had now */
    ERROR_TIMEOUT,     /* no answer in time; the fate of a write is unknown */
    ERROR_IO,          /* the operating system refused or failed */
    ERROR_CORRUPT,     /* stored or received bytes are not what they must be */
    ERROR_MISSING,     /* a program, privilege or kernel feature that is needed is not there */
    ERROR_INTERNAL,    /* a defect of Leat */
};

struct error {
    enum error_code code;
    bool retriable;    /* the same call may succeed later */
    char message[320]; /* one line for a person, no trailing full stop or newline */
};

#define ERROR_INIT ((struct error){.code = ERROR_NONE})

/* Fills `err` (unless NULL); UNAVAILABLE and TIMEOUT are marked retriable. Always returns -1, so
 * that `return error_set(err, ...)` reads well. */
int error_set(struct error *err, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As error_set with ERROR_IO (ERROR_DENIED for EACCES and EPERM, ERROR_NOT_FOUND for ENOENT,
 * ERROR_LIMIT for EMFILE, ENFILE and ENOSPC); appends ": " and the text of `errnum`. */
int error_errno(struct error *err, int errnum, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts context before the message: "context: message". Returns -1. */
int error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The stable lower-case name of a code: "invalid", "not-found", ... */
const char *error_code_name(enum error_code code);

#endif
