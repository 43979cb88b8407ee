/* The problems that the API answers with (RFC 9457): one table of stable codes.
 *
 * The table is also the reference page docs/problems.md, compared in the tests.
 */
#ifndef API_PROBLEM_H
#define API_PROBLEM_H

#include "base/buf.h"

enum problem {
    PROBLEM_BAD_JSON,
    PROBLEM_INVALID_REQUEST,
    PROBLEM_INVALID_PROJECT,
    PROBLEM_INVALID_CSR,
    PROBLEM_INVALID_EVENT,
    PROBLEM_BAD_TOKEN,
    PROBLEM_BAD_REGISTRATION_TOKEN,
    PROBLEM_NOT_ALLOWED,
    PROBLEM_ROUTE_NOT_FOUND,
    PROBLEM_BUILD_NOT_FOUND,
    PROBLEM_BUILDER_NOT_FOUND,
    PROBLEM_METHOD_NOT_ALLOWED,
    PROBLEM_MACHINE_ALREADY_REGISTERED,
    PROBLEM_BUILD_ENDED,
    PROBLEM_MACHINE_ENDED,
    PROBLEM_UNSUPPORTED_MEDIA_TYPE,
    PROBLEM_INTERNAL,
    PROBLEM_NOT_READY,
    PROBLEM_LOG_UNAVAILABLE,
    PROBLEM_LOG_OUTCOME_UNKNOWN,
    PROBLEM_VIEW_UNAVAILABLE,
    PROBLEM_VIEW_BEHIND,
    PROBLEM_TOO_MANY_WAITERS,
    PROBLEM_TOO_MANY_READERS,
    PROBLEM_COUNT,
};

struct problem_info {
    const char *code;
    int status;
    const char *title;
    const char *advice; /* what to do about it, for people */
    bool retriable;     /* the same request may succeed later, and repeating it is safe */
};
const struct problem_info *problem_info(enum problem problem);

#define PROBLEM_CONTENT_TYPE "application/problem+json"
/* Appends the body. `detail` may be NULL. */
void problem_write(struct buf *out, enum problem problem, const char *detail);
/* Markdown: a row for each code. */
void problem_print_reference(struct buf *out);

#endif
