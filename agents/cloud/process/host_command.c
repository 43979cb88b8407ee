#include "process/host_command.h"

#include "net/child.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_MS 60000

struct running {
    struct loop *loop;
    struct buf *output;
    int code;
    bool timed_out;
};

static void ended(void *arg, const struct child_exit *end)
{
    struct running *running = arg;

    running->code = end->code;
    running->timed_out = end->timed_out;
    if (running->output != NULL)
        buf_append(running->output, end->output, end->output_len);
    loop_stop(running->loop);
}

int host_command_code(const char *const *argv, struct buf *output, struct error *err)
{
    struct running running = {.loop = loop_new(), .output = output};
    struct child_options options = CHILD_OPTIONS_INIT;

    options.argv = argv;
    options.exited = ended;
    options.arg = &running;
    options.timeout_ms = TIMEOUT_MS;
    options.die_with_parent = true;
    if (child_start(running.loop, &options, err) == NULL)
        running.code = -1;
    else {
        loop_run(running.loop);
        if (running.code < 0)
            error_set(err, ERROR_IO, "%s %s", argv[0],
                      running.timed_out ? "did not end in time" : "was killed");
    }
    loop_free(running.loop);
    return running.code;
}

int host_command(const char *const *argv, struct error *err)
{
    struct buf output = BUF_INIT((size_t)1 << 20);
    int code = host_command_code(argv, &output, err);

    if (code > 0) {
        char words[160];
        snprintf(words, sizeof(words), "%s", buf_text(&output));
        words[strcspn(words, "\n")] = '\0';
        error_set(err, ERROR_IO, "%s %s exited with %d: %s", argv[0],
                  argv[1] != NULL ? argv[1] : "", code, words);
    }
    buf_free(&output);
    return code == 0 ? 0 : -1;
}
