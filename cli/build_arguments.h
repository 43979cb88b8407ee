/* What Leat must know of the arguments that it passes to buildx unchanged. Pure.
 *
 * The arguments are walked as buildx walks them (spf13/pflag): `--name value`, `--name=value`,
 * `-n value`, `-nvalue`, boolean flags without a value, `--` ends the flags. Flags that buildx does
 * not know are left to buildx to refuse.
 */
#ifndef CLI_BUILD_ARGUMENTS_H
#define CLI_BUILD_ARGUMENTS_H

#include "base/error.h"
#include "schemas/messages.h"

#include <stdbool.h>
#include <stddef.h>

struct build_arguments {
    /* Leat's own flags, taken out of what is passed on. */
    const char *project; /* --project; NULL: not given */
    bool help;           /* --help or -h, alone or anywhere before `--` */
    bool archs[3];       /* by enum arch: named by --platform */
    bool any_platform;   /* --platform was given */
    bool has_output;     /* --load, --push, -o or --output */
    bool quiet;          /* -q, --quiet or --progress=quiet */
    bool prints_only;    /* of bake: --print and --list need no builder */
    const char **passed; /* NULL-terminated, owned; the strings are the caller's */
    size_t passed_count;
};

/* ERROR_INVALID for a --builder of the user's (with the reason), a --project without a name and a
 * platform that no builder serves. */
int build_arguments_parse(struct build_arguments *ret, int argc, char *const *argv,
                          struct error *err);
void build_arguments_clear(struct build_arguments *arguments);

/* "linux/amd64", "linux/arm64/v8", "linux/arm/v7", "linux/386", "arm64", "local" -> whose builder
 * serves it: 386 runs on amd64, 32-bit arm on arm64. `native` is what "local" means. */
int build_platform_arch(const char *platform, enum arch native, enum arch *ret, struct error *err);
/* A comma-separated list; sets archs[]. */
int build_platforms_add(const char *list, enum arch native, bool archs[static 3],
                        struct error *err);
/* The architecture of this computer. */
enum arch build_native_arch(void);

#endif
