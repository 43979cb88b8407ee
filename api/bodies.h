/* The bodies of requests: from bytes to checked structs. Pure; each is fuzzed. */
#ifndef API_BODIES_H
#define API_BODIES_H

#include "base/buf.h"
#include "base/error.h"
#include "schemas/messages.h"

#include <stdbool.h>

#define ARCH_COUNT        2
#define CSR_SIZE          16385
#define PROJECT_NAME_SIZE 64

struct body_create {
    enum arch archs[ARCH_COUNT];
    size_t arch_count;
    char command[17];
    char client[65];
};
struct body_connection {
    char csr[CSR_SIZE];
};
struct body_finish {
    enum build_outcome outcome;
    int64_t exit_code;
};
struct body_cancel {
    char reason[257];
};
struct body_register {
    char token[129];
    char csr[CSR_SIZE];
    char agent_version[33];
    char buildkit_version[33];
};

/* ERROR_INVALID says what is wrong. */
int body_create_parse(struct slice body, struct body_create *ret, struct error *err);
int body_connection_parse(struct slice body, struct body_connection *ret, struct error *err);
int body_finish_parse(struct slice body, struct body_finish *ret, struct error *err);
int body_cancel_parse(struct slice body, struct body_cancel *ret, struct error *err);
int body_register_parse(struct slice body, struct body_register *ret, struct error *err);

/* "30s" or "250ms", at most a minute; NULL is `absent_ms`. */
int parse_wait(const char *text, int64_t absent_ms, int64_t *ret_ms, struct error *err);
/* "true" or "false"; NULL is `absent`. */
int parse_flag(const char *name, const char *text, bool absent, bool *ret, struct error *err);

#endif
