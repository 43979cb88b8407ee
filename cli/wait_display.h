/* Tells a person, or a log, what a build waits for and for how long.
 *
 * On a terminal: one line on standard error that is redrawn and wiped at the end. Piped: one line
 * for each change. Quiet: nothing.
 */
#ifndef CLI_WAIT_DISPLAY_H
#define CLI_WAIT_DISPLAY_H

#include "cli/builder_connection.h"
#include "net/loop.h"

#include <stdbool.h>

struct wait_display;
struct wait_display *wait_display_new(struct loop *loop, bool quiet);
/* What all builders of the build are doing now. */
void wait_display_show(struct wait_display *display, const struct builder_view *builders,
                       size_t count);
void wait_display_free(struct wait_display *display); /* wipes the line */

/* "amd64: machine m-1 is starting; arm64 (emulated): ready". Pure. */
void wait_display_text(char *out, size_t size, const struct builder_view *builders, size_t count);

#endif
