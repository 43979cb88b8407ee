#include "base/file.h"

#include "temporary.h"
#include "testing.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int setup(void **state)
{
    *state = temporary_folder();
    return chdir(*state);
}

static int teardown(void **state)
{
    assert_int_equal(chdir("/"), 0);
    temporary_remove(*state);
    return 0;
}

static void touch(const char *path)
{
    assert_int_equal(file_write_atomic(path, slice_text("x"), 0600, NULL), 0);
}

static void makes_parents(void **state)
{
    struct stat status;
    struct error err = ERROR_INIT;

    assert_int_equal(file_make_folders("a/b/c", 0750, NULL), 0);
    assert_int_equal(file_make_folders("a/b/c", 0700, NULL), 0);
    assert_int_equal(stat("a/b/c", &status), 0);
    assert_int_equal(status.st_mode & 0777, 0750);
    assert_int_equal(file_make_folders("/", 0700, NULL), 0);
    assert_int_equal(file_make_folders("e//f/", 0700, NULL), 0);
    touch("a/file");
    assert_int_equal(file_make_folders("a/file/x", 0700, &err), -1);
    assert_int_equal(file_make_folders("a/file", 0700, &err), -1);
}

static void removes_everything_below(void **state)
{
    assert_int_equal(file_make_folders("t/a/b/c", 0700, NULL), 0);
    assert_int_equal(file_make_folders("t/d", 0700, NULL), 0);
    for (int i = 0; i < 300; i++) {
        _cleanup_free_ char *path = xasprintf("t/a/f%d", i);

        touch(path);
    }
    assert_int_equal(mkfifo("t/fifo", 0600), 0);
    assert_int_equal(symlink("nowhere", "t/dangling"), 0);
    assert_int_equal(file_remove_tree("t", NULL), 0);
    assert_int_equal(access("t", F_OK), -1);
}

static void nothing_and_files_are_fine(void **state)
{
    assert_int_equal(file_remove_tree("none", NULL), 0);
    assert_int_equal(file_remove_tree("none/deeper", NULL), 0);
    touch("f");
    assert_int_equal(file_remove_tree("f", NULL), 0);
    assert_int_equal(access("f", F_OK), -1);
}

static void links_are_not_followed(void **state)
{
    assert_int_equal(file_make_folders("kept", 0700, NULL), 0);
    assert_int_equal(file_make_folders("t", 0700, NULL), 0);
    touch("kept/file");
    assert_int_equal(symlink("../kept", "t/link"), 0);
    assert_int_equal(symlink("kept", "link"), 0);
    assert_int_equal(file_remove_tree("t", NULL), 0);
    assert_int_equal(file_remove_tree("link", NULL), 0);
    assert_int_equal(access("kept/file", F_OK), 0);
}

/* Deeper than any path name or open descriptor could reach at once. */
static void make_deep(int depth)
{
    int fd;

    assert_int_equal(mkdir("deep", 0700), 0);
    fd = open("deep", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < depth; i++) {
        int next;

        assert_int_equal(mkdirat(fd, "d", 0700), 0);
        close(openat(fd, "f", O_CREAT | O_WRONLY, 0600));
        next = openat(fd, "d", O_RDONLY | O_DIRECTORY);
        close(fd);
        fd = next;
    }
    close(fd);
}

static void deep_trees(void **state)
{
    make_deep(3000);
    assert_int_equal(mkdir("deep/.leat-moved-0", 0700), 0);
    touch("deep/.leat-moved-0/x");
    touch("deep/.leat-moved-1");
    assert_int_equal(file_remove_tree("deep", NULL), 0);
    assert_int_equal(access("deep", F_OK), -1);
}

/* Runs in a child with mounts of its own; exit status 77 says that this cannot be had here. */
static void mount_and_remove(const char *root, const char *mounted)
{
    struct error err = ERROR_INIT;
    _cleanup_free_ char *file = xasprintf("%s/file", mounted);

    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("kept", mounted, NULL, MS_BIND, NULL) < 0)
        _exit(77);
    if (file_remove_tree(root, &err) == 0 || err.code != ERROR_CONFLICT || access(file, F_OK) != 0)
        _exit(1);
    _exit(0);
}

static void check_mount(const char *root, const char *mounted)
{
    pid_t child = fork();
    int status;

    if (child == 0)
        mount_and_remove(root, mounted);
    waitpid(child, &status, 0);
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
    assert_int_equal(access("kept/file", F_OK), 0);
}

/* A bind mount is on the same device, so comparing devices would not see it. */
static void mounts_are_not_crossed(void **state)
{
    assert_int_equal(file_make_folders("kept", 0700, NULL), 0);
    touch("kept/file");
    assert_int_equal(file_make_folders("t/a/mounted", 0700, NULL), 0);
    check_mount("t", "t/a/mounted");
    check_mount("t", "t");
}

static void errors_name_the_path(void **state)
{
    struct error err = ERROR_INIT;

    assert_int_equal(file_remove_tree("/proc/self", &err), -1);
    assert_non_null(strstr(err.message, "/proc/self"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(makes_parents),
        TEST(removes_everything_below),
        TEST(nothing_and_files_are_fine),
        TEST(links_are_not_followed),
        TEST(deep_trees),
        TEST(mounts_are_not_crossed),
        TEST(errors_name_the_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
