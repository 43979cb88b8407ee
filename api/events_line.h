/* One record of the log as one line of JSON. Pure. */
#ifndef API_EVENTS_LINE_H
#define API_EVENTS_LINE_H

#include "base/buf.h"
#include "wire/record.h"

/* Appends the object and a newline. `topic` is the name without the prefix. */
void events_line_write(struct buf *out, const char *topic, const struct record *record);

#endif
