#include "base/log.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A message is cut here, so that one line stays one atomic write to a pipe in most cases and a
 * hostile string cannot fill the disk. */
#define MESSAGE_MAX  2000
#define LOG_LINE_MAX ((size_t)16384) /* every byte of the message escaped, and the head */

static struct {
    char component[64];
    enum log_level least;
    enum log_format format;
} settings = {.component = "leat", .least = LOG_LEVEL_INFO, .format = LOG_FORMAT_TEXT};

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_setup(const char *component, enum log_level least, enum log_format format)
{
    snprintf(settings.component, sizeof(settings.component), "%s", component);
    settings.least = least;
    settings.format = format;
}

bool log_enabled(enum log_level level)
{
    return level >= settings.least;
}

/* C0 controls, DEL, and C1 controls (U+0080 to U+009F), which terminals act upon as well. */
static bool is_control(struct slice character)
{
    if (character.len == 1)
        return character.data[0] < 0x20 || character.data[0] == 0x7f;
    return character.len == 2 && character.data[0] == 0xc2 && character.data[1] < 0xa0;
}

static void put_escaped(struct buf *line, struct slice message)
{
    while (message.len > 0) {
        size_t len = utf8_length(message);
        struct slice character = slice_of(message.data, len ? len : 1);

        if (len > 0 && !is_control(character))
            buf_append_slice(line, character);
        else
            for (size_t i = 0; i < character.len; i++)
                buf_printf(line, "\\x%02x", character.data[i]);
        message = slice_of(message.data + character.len, message.len - character.len);
    }
}

static void put_text(struct buf *line, const char *time, enum log_level level, const char *message)
{
    buf_printf(line, "%s %-5s %s: ", time, level_names[level], settings.component);
    put_escaped(line, slice_text(message));
}

static void put_json(struct buf *line, const char *time, enum log_level level, const char *message)
{
    buf_printf(line, "{\"time\":\"%s\",\"level\":\"%s\",\"component\":", time, level_names[level]);
    text_json_string(line, slice_text(settings.component));
    buf_puts(line, ",\"message\":");
    text_json_string(line, slice_text(message));
    buf_putc(line, '}');
}

static void write_line(struct slice line)
{
    ssize_t written;

    do
        written = write(STDERR_FILENO, line.data, line.len);
    while (written < 0 && errno == EINTR);
}

void log_write(enum log_level level, const char *format, ...)
{
    _cleanup_buf_ struct buf line = BUF_INIT(LOG_LINE_MAX);
    char message[MESSAGE_MAX], time[CLOCK_TEXT_SIZE];
    int saved_errno = errno;
    va_list args;

    if (!log_enabled(level))
        return;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    clock_format_wall(clock_wall_ms(), time);
    if (settings.format == LOG_FORMAT_JSON)
        put_json(&line, time, level, message);
    else
        put_text(&line, time, level, message);
    buf_putc(&line, '\n');
    write_line(buf_slice(&line));
    errno = saved_errno;
}
