/* A log file with a bound: at LOG_FILE_MAX bytes it becomes NAME.1, and a new one begins. */
#ifndef CLI_LOG_FILE_H
#define CLI_LOG_FILE_H

#include "base/error.h"

#define LOG_FILE_MAX  (10 << 20)
#define LOG_FILE_TAIL 400 /* bytes of the last lines that are kept for messages */

struct log_file;
struct log_file *log_file_open(const char *path, struct error *err);
void log_file_line(struct log_file *file, const char *line);
/* The last line written; "" when there is none. */
const char *log_file_last(const struct log_file *file);
void log_file_close(struct log_file *file);

#endif
