#include "fleet/placement.h"

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)

int32_t placement_partition(const char *organisation, int32_t partitions)
{
    uint64_t hash = FNV_OFFSET;

    for (const char *p = organisation; *p != '\0'; p++)
        hash = (hash ^ (uint8_t)*p) * FNV_PRIME;
    return (int32_t)(hash % (uint64_t)partitions);
}
