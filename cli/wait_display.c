#include "cli/wait_display.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REDRAW_MS 100
#define TEXT_MAX  1000

struct wait_display {
    struct loop *loop;
    struct timer *redraw;
    int64_t started_ms;
    bool quiet, terminal, drawn;
    char text[TEXT_MAX];
};

void wait_display_text(char *out, size_t size, const struct builder_view *builders, size_t count)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < count && used < size; i++) {
        const struct builder_view *builder = &builders[i];
        const char *what = builder->phase == BUILDER_READY ? "ready" : builder->reason;
        int written =
            snprintf(out + used, size - used, "%s%s%s: %s", i > 0 ? "; " : "",
                     arch_name(builder->arch), builder->emulated ? " (emulated)" : "", what);
        used += written > 0 ? (size_t)written : 0;
    }
}

static int terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}

static void draw(void *arg)
{
    struct wait_display *display = arg;
    double seconds = (double)(loop_now_ms(display->loop) - display->started_ms) / 1000.0;
    int room = terminal_width() - 20;

    fprintf(stderr, "\r\033[Kleat: %.1f s  %.*s", seconds, room > 10 ? room : 10, display->text);
    fflush(stderr);
    display->drawn = true;
    timer_set(display->redraw, REDRAW_MS);
}

struct wait_display *wait_display_new(struct loop *loop, bool quiet)
{
    struct wait_display *display = xcalloc(1, sizeof(*display));
    display->loop = loop;
    display->quiet = quiet;
    display->terminal = isatty(STDERR_FILENO) == 1;
    display->started_ms = loop_now_ms(loop);
    display->redraw = timer_new(loop, draw, display);
    return display;
}

void wait_display_show(struct wait_display *display, const struct builder_view *builders,
                       size_t count)
{
    char text[TEXT_MAX];

    wait_display_text(text, sizeof(text), builders, count);
    if (display->quiet || text_equal(text, display->text))
        return;
    text_copy(display->text, sizeof(display->text), text);
    if (display->terminal)
        draw(display);
    else
        fprintf(stderr, "leat: %s\n", text);
}

void wait_display_free(struct wait_display *display)
{
    if (display == NULL)
        return;
    if (display->drawn) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
    timer_free(display->redraw);
    free(display);
}
