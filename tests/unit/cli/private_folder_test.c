/* Keys go with their run, and those of a killed run with the next one. */
#include "cli/private_folder.h"
#include "temporary.h"
#include "testing.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int make_base(void **state)
{
    unsetenv("XDG_RUNTIME_DIR");
    *state = temporary_folder();
    return setenv("TMPDIR", *state, 1);
}

static int remove_base(void **state)
{
    unsetenv("TMPDIR");
    temporary_remove(*state);
    return 0;
}

static unsigned entries_in(const char *path)
{
    DIR *entries = opendir(path);
    unsigned count = 0;

    assert_non_null(entries);
    while (readdir(entries) != NULL)
        count++;
    closedir(entries);
    return count - 2;
}

static void a_folder_is_private_and_goes(void **state)
{
    struct error err;
    struct stat status;
    struct private_folder *folder = private_folder_make(&err);

    assert_non_null(folder);
    assert_int_equal(stat(folder->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    private_folder_sweep();
    assert_int_equal(access(folder->path, F_OK), 0);
    private_folder_remove(folder);
    assert_int_equal(entries_in(*state), 0);
}

static void a_killed_run_leaves_one_that_the_next_removes(void **state)
{
    int ready[2];
    char byte;

    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct private_folder *folder = private_folder_make(NULL);
        if (folder == NULL || write(ready[1], "", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    private_folder_sweep();
    assert_int_equal(entries_in(*state), 1); /* its run lives */
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    private_folder_sweep();
    assert_int_equal(entries_in(*state), 0);
}

static void others_are_left_alone(void **state)
{
    const char *base = *state;
    _cleanup_free_ char *beside = xasprintf("%s/leat-build-beside", base);
    _cleanup_free_ char *lock = xasprintf("%s/lock", beside);
    _cleanup_free_ char *link = xasprintf("%s/leat-build-link", base);

    assert_int_equal(mkdir(beside, 0700), 0); /* not locked yet: just being made */
    assert_int_equal(symlink("/", link), 0);
    private_folder_sweep();
    assert_int_equal(entries_in(base), 2);
    assert_int_equal(file_write_atomic(lock, slice_text(""), 0600, NULL), 0);
    private_folder_sweep();
    assert_int_equal(entries_in(base), 1);
}

static void a_base_that_is_not_there_is_an_error(void **state)
{
    struct error err;
    _cleanup_free_ char *missing = xasprintf("%s/missing", (const char *)*state);

    setenv("TMPDIR", missing, 1);
    private_folder_sweep();
    assert_null(private_folder_make(&err));
    setenv("TMPDIR", *state, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_folder_is_private_and_goes, make_base, remove_base),
        cmocka_unit_test_setup_teardown(a_killed_run_leaves_one_that_the_next_removes, make_base,
                                        remove_base),
        cmocka_unit_test_setup_teardown(others_are_left_alone, make_base, remove_base),
        cmocka_unit_test_setup_teardown(a_base_that_is_not_there_is_an_error, make_base,
                                        remove_base),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
