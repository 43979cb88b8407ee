/* Which partition the records of an organisation go to. */
#ifndef FLEET_PLACEMENT_H
#define FLEET_PLACEMENT_H

#include <stdint.h>

/* FNV-1a (64 bit) of the name modulo the partition count. Until organisations are records of their
 * own that store their placement, every writer and reader must get it from here. */
int32_t placement_partition(const char *organisation, int32_t partitions);

#endif
