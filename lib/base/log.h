/* One line per event on standard error, for people or for machines.
 *
 *   text  2026-11-24T03:12:45.123Z info  cloud-agent: machine m-4k2 is ready in 812 ms
 *   json  {"time":"...","level":"info","component":"cloud-agent","message":"..."}
 *
 * Control characters and invalid UTF-8 in a message are escaped, so no outside byte can forge a
 * line. Never log secrets. Thread-safe: one write(2) per line.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

void log_setup(const char *component, enum log_level least, enum log_format format);
bool log_enabled(enum log_level level);
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_debug(...)                                                                             \
    do {                                                                                           \
        if (log_enabled(LOG_LEVEL_DEBUG))                                                          \
            log_write(LOG_LEVEL_DEBUG, __VA_ARGS__);                                               \
    } while (0)
#define log_info(...)  log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)

#endif
