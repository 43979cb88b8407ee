#include "cli/build_arguments.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* Flags of `docker buildx build` and `bake` that take no value (docs.docker.com/reference/cli);
 * every other flag takes one. */
static const char *const boolean_flags[] = {
    "--check", "--debug",    "-D",       "--force-rm", "--help",   "-h",
    "--load",  "--no-cache", "--print",  "--pull",     "--push",   "--quiet",
    "-q",      "--rm",       "--squash", "--compress", "--detach", NULL,
};

struct flag {
    char name[64];     /* "--platform", "-o" */
    const char *value; /* NULL: none, or in the next argument */
};

enum arch build_native_arch(void)
{
    struct utsname name;
    uname(&name);
    return text_equal(name.machine, "aarch64") ? ARCH_ARM64 : ARCH_AMD64;
}

int build_platform_arch(const char *platform, enum arch native, enum arch *ret, struct error *err)
{
    const char *arch = platform;

    if (text_equal(platform, "local")) {
        *ret = native;
        return 0;
    }
    if (strchr(platform, '/') != NULL) {
        if (!text_starts_with(platform, "linux/"))
            return error_set(err, ERROR_INVALID,
                             "platform %s: builders are for linux/amd64 and linux/arm64", platform);
        arch = platform + strlen("linux/");
    }
    size_t len = strcspn(arch, "/");
    struct slice name = slice_of(arch, len);
    if (slice_equal(name, slice_text("amd64")) || slice_equal(name, slice_text("386")) ||
        slice_equal(name, slice_text("x86_64")))
        *ret = ARCH_AMD64;
    else if (slice_equal(name, slice_text("arm64")) || slice_equal(name, slice_text("arm")) ||
             slice_equal(name, slice_text("aarch64")))
        *ret = ARCH_ARM64;
    else
        return error_set(err, ERROR_INVALID,
                         "platform %s: builders are for linux/amd64 and linux/arm64", platform);
    return 0;
}

int build_platforms_add(const char *list, enum arch native, bool archs[static 3], struct error *err)
{
    _cleanup_free_ char *copy = xstrdup(list);
    char *rest = NULL;
    enum arch arch;

    for (char *platform = strtok_r(copy, ",", &rest); platform != NULL;
         platform = strtok_r(NULL, ",", &rest)) {
        if (build_platform_arch(platform, native, &arch, err) < 0)
            return -1;
        archs[arch] = true;
    }
    return 0;
}

static bool is_boolean(const char *name)
{
    for (size_t i = 0; boolean_flags[i] != NULL; i++) {
        if (text_equal(boolean_flags[i], name))
            return true;
    }
    return false;
}

/* False when the argument is not a flag. */
static bool parse_flag(const char *argument, struct flag *ret)
{
    size_t len;

    ret->value = NULL;
    if (argument[0] != '-' || argument[1] == '\0')
        return false;
    if (argument[1] == '-') {
        len = strcspn(argument, "=");
        ret->value = argument[len] == '=' ? argument + len + 1 : NULL;
    } else {
        len = 2;
        if (argument[2] != '\0')
            ret->value = argument[2] == '=' ? argument + 3 : argument + 2;
    }
    if (len >= sizeof(ret->name))
        len = sizeof(ret->name) - 1;
    memcpy(ret->name, argument, len);
    ret->name[len] = '\0';
    return true;
}

static bool is_true(const struct flag *flag)
{
    return flag->value == NULL || text_equal(flag->value, "true") || text_equal(flag->value, "1");
}

static void note_flag(struct build_arguments *arguments, const struct flag *flag)
{
    const char *name = flag->name;

    if (text_equal(name, "--load") || text_equal(name, "--push"))
        arguments->has_output |= is_true(flag);
    else if (text_equal(name, "-o") || text_equal(name, "--output"))
        arguments->has_output = true;
    else if (text_equal(name, "-q") || text_equal(name, "--quiet"))
        arguments->quiet |= is_true(flag) || name[1] == 'q';
    else if (text_equal(name, "--print") || text_equal(name, "--list"))
        arguments->prints_only |= text_equal(name, "--list") || is_true(flag);
    else if (text_equal(name, "--progress") && flag->value != NULL)
        arguments->quiet |= text_equal(flag->value, "quiet");
    else if (text_equal(name, "--help") || text_equal(name, "-h"))
        arguments->help = true;
}

static int refuse_builder(struct error *err)
{
    return error_set(err, ERROR_INVALID,
                     "--builder cannot be used: Leat's builders are made for each build, with keys "
                     "of its own; leave it out, or call `docker buildx` for a builder of yours");
}

/* Takes what Leat needs of one flag; *ret_keep: pass it on. */
static int take_flag(struct build_arguments *arguments, const struct flag *flag, bool *ret_keep,
                     struct error *err)
{
    *ret_keep = true;
    if (text_equal(flag->name, "--builder"))
        return refuse_builder(err);
    if (text_equal(flag->name, "--project")) {
        if (flag->value == NULL || !text_is_name(flag->value))
            return error_set(err, ERROR_INVALID,
                             "--project takes a name of a-z, 0-9 and '-', at most 63 characters");
        arguments->project = flag->value;
        *ret_keep = false;
    } else if (text_equal(flag->name, "--platform") && flag->value != NULL) {
        arguments->any_platform = true;
        return build_platforms_add(flag->value, build_native_arch(), arguments->archs, err);
    } else if (text_equal(flag->name, "--set") && flag->value != NULL &&
               strstr(flag->value, ".output=") != NULL) {
        arguments->has_output = true;
    } else {
        note_flag(arguments, flag);
    }
    return 0;
}

int build_arguments_parse(struct build_arguments *ret, int argc, char *const *argv,
                          struct error *err)
{
    *ret = (struct build_arguments){0};
    ret->passed = xcalloc((size_t)argc + 1, sizeof(*ret->passed));
    for (int i = 0; i < argc; i++) {
        struct flag flag;
        bool keep;
        int first = i;
        if (text_equal(argv[i], "--")) {
            while (i < argc)
                ret->passed[ret->passed_count++] = argv[i++];
            break;
        }
        if (!parse_flag(argv[i], &flag)) {
            ret->passed[ret->passed_count++] = argv[i];
            continue;
        }
        if (flag.value == NULL && !is_boolean(flag.name) && i + 1 < argc)
            flag.value = argv[++i];
        if (take_flag(ret, &flag, &keep, err) < 0) {
            build_arguments_clear(ret);
            return -1;
        }
        for (; keep && first <= i; first++)
            ret->passed[ret->passed_count++] = argv[first];
    }
    return 0;
}

void build_arguments_clear(struct build_arguments *arguments)
{
    free(arguments->passed);
    *arguments = (struct build_arguments){0};
}
