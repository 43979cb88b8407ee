#include "base/memory.h"

#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* AddressSanitizer would end the program before the code under test can. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void allocates(void **state)
{
    char *memory = xmalloc(0);

    memory = xrealloc(memory, 10);
    memory[9] = 'x';
    memory = xreallocarray(memory, 5, 4);
    assert_int_equal(memory[9], 'x');
    free(memory);
    memory = xcalloc(3, 4);
    for (int i = 0; i < 12; i++)
        assert_int_equal(memory[i], 0);
    free(memory);
    free(xcalloc(0, 0));
}

static void copies(void **state)
{
    char *text = xstrdup("abc");

    assert_string_equal(text, "abc");
    free(text);
    text = xstrndup("abc", 2);
    assert_string_equal(text, "ab");
    free(text);
    text = xstrndup("abc", 100);
    assert_string_equal(text, "abc");
    free(text);
    text = xasprintf("%d/%s", 7, "x");
    assert_string_equal(text, "7/x");
    free(text);
    text = xmemdup("a\0b", 3);
    assert_memory_equal(text, "a\0b", 3);
    free(text);
    free(xmemdup(NULL, 0));
}

static void *volatile keep;

static void fail_malloc(void)
{
    volatile size_t size = (size_t)1 << 62;

    keep = xmalloc(size);
}

static void fail_calloc(void)
{
    volatile size_t size = SIZE_MAX / 2;

    keep = xcalloc(size, 3);
}

static void fail_reallocarray(void)
{
    volatile size_t size = SIZE_MAX / 2;

    keep = xreallocarray(NULL, size, 3);
}

static void assert_aborts(void (*body)(void))
{
    int fds[2], status;
    char text[200] = "";
    pid_t child;

    assert_int_equal(pipe(fds), 0);
    child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        dup2(fds[1], STDERR_FILENO);
        body();
        _exit(0);
    }
    close(fds[1]);
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    for (size_t used = 0; used < sizeof(text) - 1;) { /* sanitizers may warn before */
        ssize_t got = read(fds[0], text + used, 1);

        if (got <= 0)
            break;
        used = text[used] == '\n' && !strncmp(text, "out of", 6) ? sizeof(text)
               : text[used] == '\n'                              ? 0
                                                                 : used + 1;
    }
    close(fds[0]);
    assert_int_equal(strncmp(text, "out of memory: cannot allocate ", 31), 0);
}

static void running_out_says_so_and_aborts(void **state)
{
    assert_aborts(fail_malloc);
    assert_aborts(fail_calloc);
    assert_aborts(fail_reallocarray);
}

static void scopes_clean_up(void **state)
{
    int copy;

    {
        _cleanup_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        _cleanup_free_ char *text = xstrdup("x");
        _cleanup_free_ char *nothing = NULL;
        _cleanup_close_ int none = -1;

        copy = fd;
        assert_true(fd >= 0 && text && !nothing && none < 0);
        errno = ERANGE;
    }
    assert_int_equal(errno, ERANGE);
    assert_int_equal(fcntl(copy, F_GETFD), -1);
}

static void taking_leaves_null(void **state)
{
    char *text = xstrdup("x"), *taken = take_pointer(text);

    assert_null(text);
    assert_string_equal(taken, "x");
    free(taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocates),
        cmocka_unit_test(copies),
        cmocka_unit_test(running_out_says_so_and_aborts),
        cmocka_unit_test(scopes_clean_up),
        cmocka_unit_test(taking_leaves_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
