/* The file of the master secret: modes, forms, and two programs that make it at once. */
#include "testing.h"

#include "base/file.h"
#include "base/memory.h"
#include "pki/authority.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

struct fixture {
    char folder[64];
    char path[80];
};

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    strcpy(f->folder, "/tmp/leat-pki-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof(f->path), "%s/secret", f->folder);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(file_remove_tree(f->folder, NULL), 0);
    free(f);
    return 0;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void assert_load(const char *path, const char *text, mode_t mode, enum error_code code)
{
    uint8_t secret[MASTER_SECRET_SIZE];
    struct error err = ERROR_INIT;
    write_file(path, text, mode);
    assert_int_equal(master_secret_load(path, secret, &err), code == ERROR_NONE ? 0 : -1);
    assert_int_equal(err.code, code);
}

static void made_once_and_loaded_again(void **state)
{
    const struct fixture *f = *state;
    uint8_t made[MASTER_SECRET_SIZE], again[MASTER_SECRET_SIZE], loaded[MASTER_SECRET_SIZE];
    struct error err = ERROR_INIT;
    struct stat status;
    mode_t mask = umask(0);
    assert_int_equal(master_secret_load_or_create(f->path, made, &err), 0);
    umask(mask);
    assert_int_equal(stat(f->path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(status.st_size, 65);
    assert_int_equal(status.st_nlink, 1); /* no other name of it is left */
    assert_int_equal(master_secret_load_or_create(f->path, again, &err), 0);
    assert_int_equal(master_secret_load(f->path, loaded, &err), 0);
    assert_memory_equal(made, again, sizeof(made));
    assert_memory_equal(made, loaded, sizeof(made));
}

static void made_in_the_working_folder(void **state)
{
    const struct fixture *f = *state;
    uint8_t secret[MASTER_SECRET_SIZE];
    _cleanup_close_ int before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(chdir(f->folder), 0);
    assert_int_equal(master_secret_load_or_create("secret", secret, NULL), 0);
    assert_int_equal(fchdir(before), 0);
}

static void known_bytes(void **state)
{
    const struct fixture *f = *state;
    uint8_t secret[MASTER_SECRET_SIZE];
    write_file(f->path, HEX "\n", 0600);
    assert_int_equal(master_secret_load(f->path, secret, NULL), 0);
    for (int i = 0; i < MASTER_SECRET_SIZE; i++)
        assert_int_equal(secret[i], i);
}

static void modes(void **state)
{
    static const mode_t bad[] = {0640, 0604, 0660, 0601, 0610, 0620, 0644, 0777};
    const struct fixture *f = *state;
    assert_load(f->path, HEX "\n", 0600, ERROR_NONE);
    assert_load(f->path, HEX "\n", 0400, ERROR_NONE);
    for (size_t i = 0; i < array_size(bad); i++) {
        unlink(f->path);
        assert_load(f->path, HEX "\n", bad[i], ERROR_DENIED);
    }
}

static void forms(void **state)
{
    const struct fixture *f = *state;
    assert_load(f->path, "", 0600, ERROR_CORRUPT);
    assert_load(f->path, HEX, 0600, ERROR_CORRUPT); /* cut short by a crash of somebody's editor? */
    assert_load(f->path, HEX "\n\n", 0600, ERROR_CORRUPT);
    assert_load(f->path, HEX "0\n", 0600, ERROR_CORRUPT);
    assert_load(f->path, "g" HEX "\n", 0600, ERROR_CORRUPT);
    assert_load(f->path, " " HEX, 0600, ERROR_CORRUPT);
    assert_load(f->path, "zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0600,
                ERROR_CORRUPT);
    assert_load(f->path, "00:02030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0600,
                ERROR_CORRUPT);
}

static void not_a_file(void **state)
{
    const struct fixture *f = *state;
    uint8_t secret[MASTER_SECRET_SIZE];
    struct error err = ERROR_INIT;
    assert_int_equal(master_secret_load(f->path, secret, &err), -1);
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_int_equal(master_secret_load(f->folder, secret, &err), -1);
    assert_int_equal(mkfifo(f->path, 0600), 0);
    assert_int_equal(master_secret_load(f->path, secret, &err), -1); /* and does not wait */
    assert_int_equal(err.code, ERROR_INVALID);
    assert_int_equal(master_secret_load_or_create(f->path, secret, &err), -1);
    assert_int_equal(master_secret_load_or_create("/nonexistent/folder/secret", secret, &err), -1);
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void an_existing_one_is_never_replaced(void **state)
{
    const struct fixture *f = *state;
    uint8_t secret[MASTER_SECRET_SIZE];
    struct error err = ERROR_INIT;
    write_file(f->path, "damaged", 0600);
    assert_int_equal(master_secret_load_or_create(f->path, secret, &err), -1);
    assert_int_equal(err.code, ERROR_CORRUPT);
    struct stat status;
    assert_int_equal(stat(f->path, &status), 0);
    assert_int_equal(status.st_size, 7);
}

/* Waits for the start signal, makes the secret, tells it. */
static void child(const char *path, int start, int answer)
{
    uint8_t secret[MASTER_SECRET_SIZE] = {0};
    char go;
    if (read(start, &go, 1) < 0 || master_secret_load_or_create(path, secret, NULL) < 0)
        _exit(1);
    _exit(write(answer, secret, sizeof(secret)) == (ssize_t)sizeof(secret) ? 0 : 1);
}

static void race(const char *path)
{
    enum { RACERS = 2 };
    uint8_t secrets[RACERS][MASTER_SECRET_SIZE];
    int start[2], answer[2];
    pid_t pids[RACERS];
    assert_int_equal(pipe(start), 0);
    assert_int_equal(pipe(answer), 0);
    for (int i = 0; i < RACERS; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            close(start[1]);
            child(path, start[0], answer[1]);
        }
        assert_true(pids[i] > 0);
    }
    close(start[0]);
    close(start[1]); /* both see the end of the pipe at once */
    for (int i = 0; i < RACERS; i++) {
        int status = -1;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
        assert_int_equal(read(answer[0], secrets[i], MASTER_SECRET_SIZE), MASTER_SECRET_SIZE);
    }
    assert_memory_equal(secrets[0], secrets[1], MASTER_SECRET_SIZE);
    close(answer[0]);
    close(answer[1]);
}

static void two_programs_get_the_same(void **state)
{
    const struct fixture *f = *state;
    for (int i = 0; i < 50; i++) {
        race(f->path);
        assert_int_equal(unlink(f->path), 0);
    }
    assert_int_equal(rmdir(f->folder), 0); /* nothing is left behind */
    assert_int_equal(mkdir(f->folder, 0700), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(made_once_and_loaded_again, setup, teardown),
        cmocka_unit_test_setup_teardown(made_in_the_working_folder, setup, teardown),
        cmocka_unit_test_setup_teardown(known_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(modes, setup, teardown),
        cmocka_unit_test_setup_teardown(forms, setup, teardown),
        cmocka_unit_test_setup_teardown(not_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(an_existing_one_is_never_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(two_programs_get_the_same, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
