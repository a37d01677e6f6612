/* lines.c -- an index of lines becomes twice as long. */
#include "groundswell/base.h"

/* Where an entry goes is as good as random, so no branch depends on it: each is written everywhere,
 * and what does not belong there is written over. bit: the lowest above the places. */
static inline uint32_t split(uint32_t *from, uint32_t *to, uint32_t bit, uint32_t *strays)
{
    uint32_t moved = 0, stray = 0;
    for (uint32_t i = 0; i < GS_LINE_ENTRIES; i++) {
        uint32_t entry = from[i];
        uint32_t moves = (entry & (bit | GS_LINES_STRAY)) == bit;
        uint32_t stays = (entry & (bit | GS_LINES_STRAY)) == 0;
        strays[stray] = entry & (bit - 1);
        stray += entry >> 31;
        to[moved] = entry ^ bit;
        moved += moves;
        from[i] = entry & -stays;
    }
    if (moved < GS_LINE_ENTRIES)
        to[moved] = 0;
    return stray;
}

uint32_t gs_lines_double(uint32_t *lines, uint32_t mask, uint32_t entries, uint32_t *strays)
{
    uint32_t count = 0;
    uint32_t bit = gs_lines_place_mask(mask) + 1;
    uint32_t *end = lines + ((size_t)mask + 1) * GS_LINE_ENTRIES;
    for (uint32_t *from = lines, *to = end; from < end;
         from += GS_LINE_ENTRIES, to += GS_LINE_ENTRIES) {
        for (uint32_t i = entries; i < GS_LINE_ENTRIES; i++)
            from[i] = 0;
        count += split(from, to, bit, strays + count);
    }
    return count;
}
