/* Leat's own exit codes; docs/troubleshooting.md lists them. The exit code of a build is passed on
 * as it is: buildx uses 1 and other small numbers. */
#ifndef CLI_EXIT_CODES_H
#define CLI_EXIT_CODES_H

#include "base/error.h"

enum {
    EXIT_OK = 0,
    EXIT_USAGE = 64,       /* the command line is wrong */
    EXIT_BAD_INPUT = 65,   /* leat.json or another input file is wrong */
    EXIT_MISSING = 69,     /* a program, a privilege or the installation is not there */
    EXIT_DEFECT = 70,      /* a defect of Leat */
    EXIT_IO = 74,          /* the operating system failed */
    EXIT_TRY_AGAIN = 75,   /* the API or a builder cannot be had now */
    EXIT_NOT_ALLOWED = 77, /* the token does not open this */
    EXIT_CONFIG = 78,      /* configuration or settings are wrong */
    EXIT_INTERRUPTED = 130,
    EXIT_TERMINATED = 143,
};

int exit_code_of(const struct error *err);

#endif
