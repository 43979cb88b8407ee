/* leat.json, client.json and the installation's folder, good and bad. */
#include "base/file.h"
#include "base/memory.h"
#include "cli/installation.h"
#include "cli/log_file.h"
#include "cli/profile.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/leat-cli-test-XXXXXX";

static int make_folder(void **state)
{
    strcpy(folder, "/tmp/leat-cli-test-XXXXXX");
    unsetenv("LEAT_PROJECT");
    unsetenv("LEAT_API");
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    struct error err;
    return chdir("/") == 0 && file_remove_tree(folder, &err) == 0 ? 0 : -1;
}

static void put(const char *name, const char *text)
{
    struct error err;
    if (file_write_atomic(name, slice_text(text), 0644, &err) < 0)
        fail_msg("%s", err.message);
}

static void project_comes_from_the_nearest_file_above(void **state)
{
    struct error err;

    put("leat.json", "{\"project\": \"outer\"}");
    assert_int_equal(file_make_folders("a/b/c", 0755, &err), 0);
    put("a/leat.json", "{\"project\": \"inner\", \"later\": 1}");
    assert_int_equal(chdir("a/b/c"), 0);
    char *project = profile_project(NULL, &err);
    assert_string_equal(project, "inner");
    free(project);
    project = profile_project("option", &err);
    assert_string_equal(project, "option");
    free(project);
    setenv("LEAT_PROJECT", "variable", 1);
    project = profile_project(NULL, &err);
    assert_string_equal(project, "variable");
    free(project);
}

static void bad_project_files_name_the_file_and_line(void **state)
{
    static const char *const bad[] = {"",
                                      "{",
                                      "[]",
                                      "{\n\"project\": 3}",
                                      "{\"project\": \"A B\"}",
                                      "{\"project\": \"a\", \"project\": \"b\"}",
                                      "\xff\xfe"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err = ERROR_INIT;
        put("leat.json", bad[i]);
        assert_null(profile_project(NULL, &err));
        assert_int_equal(err.code, ERROR_INVALID);
        assert_non_null(strstr(err.message, "leat.json"));
    }
}

static void missing_installation_says_what_to_do(void **state)
{
    struct error err;
    struct profile profile;

    setenv("LEAT_STATE", folder, 1);
    assert_int_equal(profile_load(&profile, &err), -1);
    assert_int_equal(err.code, ERROR_MISSING);
    assert_non_null(strstr(err.message, "leat up"));
}

static void bad_client_files_are_refused(void **state)
{
    static const char *const bad[] = {"", "{}", "{\"api\": \"https://x\", \"ca\": 3}"};
    setenv("LEAT_STATE", folder, 1);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err;
        struct profile profile;
        put("client.json", bad[i]);
        assert_int_equal(profile_load(&profile, &err), -1);
        assert_int_equal(err.code, ERROR_INVALID);
    }
}

static void environment_needs_https_and_a_token(void **state)
{
    struct error err;
    struct profile profile;

    setenv("LEAT_API", "http://127.0.0.1", 1);
    assert_int_equal(profile_load(&profile, &err), -1);
    setenv("LEAT_API", "https://127.0.0.1:1", 1);
    unsetenv("LEAT_TOKEN");
    assert_int_equal(profile_load(&profile, &err), -1);
    setenv("LEAT_TOKEN", "t", 1);
    assert_int_equal(profile_load(&profile, &err), 0);
    assert_string_equal(profile.api_url, "https://127.0.0.1:1");
    profile_clear(&profile);
}

static void lock_is_held_once_and_seen(void **state)
{
    struct error err;

    assert_int_equal(mkdir("run", 0755), 0);
    assert_int_equal(installation_supervisor(folder), 0);
    int fd = installation_lock(folder, &err);
    assert_true(fd >= 0);
    assert_int_equal(installation_supervisor(folder), getpid());
    assert_int_equal(installation_lock(folder, &err), -1);
    assert_int_equal(err.code, ERROR_CONFLICT);
    close(fd);
    assert_int_equal(installation_supervisor(folder), 0);
}

static void log_file_begins_anew_at_its_bound(void **state)
{
    struct error err;
    struct log_file *file = log_file_open("x.log", &err);
    char *line = xmalloc(100001);

    memset(line, 'a', 100000);
    line[100000] = '\0';
    for (int i = 0; i < 110; i++)
        log_file_line(file, line);
    log_file_line(file, "the end");
    assert_string_equal(log_file_last(file), "the end");
    log_file_close(file);
    struct stat now, before;
    assert_int_equal(stat("x.log", &now), 0);
    assert_int_equal(stat("x.log.1", &before), 0);
    assert_true(now.st_size < LOG_FILE_MAX && before.st_size <= LOG_FILE_MAX + 100001);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(project_comes_from_the_nearest_file_above, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(bad_project_files_name_the_file_and_line, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(missing_installation_says_what_to_do, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(bad_client_files_are_refused, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(environment_needs_https_and_a_token, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(lock_is_held_once_and_seen, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(log_file_begins_anew_at_its_bound, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
