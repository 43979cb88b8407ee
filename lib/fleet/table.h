/* Hash tables (uthash), with memory that cannot fail. Private to lib/fleet. */
#ifndef FLEET_TABLE_H
#define FLEET_TABLE_H

#include "base/memory.h"

#define uthash_malloc(size) xmalloc(size)
#include <uthash.h>

#endif
