/* weight.c -- how much a comment is seen: what it weighs in the sums of visibility.
 *
 *   reach  x = 1 + likes + 2 replies + 3 shares, kept within 1 .. 2^32 - 1
 *   weight w = floor(quality * (1024 + floor(1024 * log2(x))) / 256), in 1/1024
 *
 * Whole numbers only, so that every machine folds the same. */
#include "internal.h"
#include "weight_table.h"

uint32_t gsi_ilog2_1024(uint32_t x)
{
    uint32_t zeros = (uint32_t)__builtin_clz(x);
    uint32_t scaled = x << zeros;
    uint32_t k = 0;
    for (uint32_t step = GS_COUNT_OF(steps) / 2; step; step /= 2)
        if (steps[k + step] <= scaled)
            k += step;
    return (31 - zeros) * 1024 + k;
}

uint32_t gsi_reach(const struct gsi_comment_counters *counters)
{
    int64_t reach = 1 + (int64_t)counters->likes + 2 * (int64_t)counters->replies +
                    3 * (int64_t)counters->shares;
    return (uint32_t)GS_MIN(GS_MAX(reach, 1), (int64_t)UINT32_MAX);
}

int64_t gsi_weight(uint32_t quality, uint32_t reach)
{
    uint32_t log2_1024 = reach == 1 ? 0 : gsi_ilog2_1024(reach); /* few have any */
    return quality * (1024 + log2_1024) / 256;
}
