/* A real redis-server on a Unix socket in a folder of its own. */
#include "testing.h"

#include "redis.h"
#include "temporary.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKIPPED 77

void redis_need(void)
{
    _cleanup_free_ char *program = file_find_program("redis-server");
    if (program != NULL)
        return;
    fprintf(stderr, "skipped: there is no redis-server in $PATH\n");
    exit(SKIPPED);
}

struct redis *redis_new(const char *password)
{
    struct redis *redis = xcalloc(1, sizeof(*redis));
    redis->folder = temporary_folder();
    redis->url = xasprintf("unix://%s/redis.sock", redis->folder);
    redis->password = password;
    redis_start(redis);
    return redis;
}

static void become_server(const struct redis *redis, int output)
{
    const char *socket = redis->url + strlen("unix://");
    const char *password = redis->password != NULL ? redis->password : "";
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing is left running when a test crashes */
    dup2(output, STDOUT_FILENO);
    execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", socket, "--dir",
           redis->folder, "--save", "", "--appendonly", "no", "--daemonize", "no", "--requirepass",
           password, (char *)NULL);
    _exit(127);
}

void redis_start(struct redis *redis)
{
    int ends[2];
    char line[512];
    assert_int_equal(redis->pid, 0);
    assert_int_equal(pipe(ends), 0);
    redis->pid = fork();
    if (redis->pid == 0)
        become_server(redis, ends[1]);
    assert_true(redis->pid > 0);
    close(ends[1]);
    redis->output = fdopen(ends[0], "r");
    while (fgets(line, sizeof(line), redis->output) != NULL)
        if (strstr(line, "eady to accept connections") != NULL)
            return;
    fail_msg("redis-server ended before it was ready");
}

void redis_kill(struct redis *redis)
{
    if (redis->pid == 0)
        return;
    kill(redis->pid, SIGKILL);
    waitpid(redis->pid, NULL, 0);
    fclose(redis->output);
    redis->pid = 0;
}

void redis_freeze(struct redis *redis)
{
    int status;
    kill(redis->pid, SIGSTOP);
    waitpid(redis->pid, &status, WUNTRACED);
}

void redis_free(struct redis *redis)
{
    redis_kill(redis);
    temporary_remove(redis->folder);
    free(redis->url);
    free(redis);
}
