/* Input records that cannot be understood go to `dead-letters` with the reason, as they were. */
#ifndef CLOUD_DEAD_LETTER_H
#define CLOUD_DEAD_LETTER_H

#include "bus/bus.h"

/* `type`: its ce_type, "" when it has no valid one. Logs; a failed append is logged too: the record
 * itself stays in the topic it came from. */
void dead_letter_append(struct bus *bus, const char *instance, const struct record *record,
                        const char *type, const char *reason);

#endif
