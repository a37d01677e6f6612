/* table.c -- from the hash of a key to its entity.
 *
 *   hash   1 0 1 1 0 ... 0 1 1 0 1 0 1 1 0 1
 *          └─┬─┘             └──────┬──────┘
 *       directory ──► segment:  first slot, then the next ones until one is free
 *
 * Each segment is a table with open addressing of its own. The directory has the depth of the
 * deepest segment; several of its entries may name one segment. Segments are split, never joined:
 * what was needed once is needed again. */
#include "internal.h"

void gsi_table_init(struct gsi_table *table, uint32_t entities_max)
{
    uint32_t needed = 1; /* segments that are half full on average */
    *table = (struct gsi_table){0};
    while (needed < UINT32_MAX / 2 &&
           (uint64_t)needed * (GSI_SEGMENT_USED_MAX / 2) < entities_max) {
        needed *= 2;
        table->depth_max++;
    }
    table->depth_max += 4; /* hashes are not spread evenly */
}

static void start(struct gsi_table *table)
{
    table->directory = gs_alloc(sizeof *table->directory);
    table->directory[0] = gs_calloc(1, sizeof(struct gsi_segment));
    table->segments = 1;
}

void gsi_table_deinit(struct gsi_table *table)
{
    size_t entries = table->directory ? (size_t)1 << table->depth : 0;
    for (size_t i = 0; i < entries; i++) {
        struct gsi_segment *segment = table->directory[i];
        if (i + 1 == entries || table->directory[i + 1] != segment)
            gs_free(segment);
    }
    gs_free(table->directory);
}

static void put(struct gsi_segment *segment, struct gsi_slot slot)
{
    uint32_t at = (uint32_t)slot.hash % GSI_SEGMENT_SLOTS;
    while (segment->slots[at].key)
        at = (at + 1) % GSI_SEGMENT_SLOTS;
    segment->slots[at] = slot;
    segment->used++;
}

static void double_directory(struct gsi_table *table)
{
    size_t entries = (size_t)1 << table->depth;
    table->directory = gs_realloc(table->directory, 2 * entries * sizeof *table->directory);
    for (size_t i = entries; i-- > 0;)
        table->directory[2 * i] = table->directory[2 * i + 1] = table->directory[i];
    table->depth++;
}

static void split(struct gsi_table *table, uint64_t hash)
{
    struct gsi_segment *old = gsi_table_segment(table, hash);
    struct gsi_segment *half[2];
    for (int h = 0; h < 2; h++) {
        half[h] = gs_calloc(1, sizeof *half[h]);
        half[h]->depth = old->depth + 1;
    }
    for (uint32_t i = 0; i < GSI_SEGMENT_SLOTS; i++)
        if (old->slots[i].key)
            put(half[old->slots[i].hash >> (63 - old->depth) & 1], old->slots[i]);
    size_t span = (size_t)1 << (table->depth - old->depth); /* entries that name the old one */
    size_t first = (size_t)((hash >> 1) >> (63 - table->depth)) / span * span;
    for (size_t i = 0; i < span; i++)
        table->directory[first + i] = half[i >= span / 2];
    gs_free(old);
    table->segments++;
}

bool gsi_table_reserve(struct gsi_table *table, uint64_t hash)
{
    if (!table->directory)
        start(table);
    for (;;) {
        const struct gsi_segment *segment = gsi_table_segment(table, hash);
        if (segment->used < GSI_SEGMENT_USED_MAX)
            return true;
        if (segment->depth == table->depth_max)
            return false;
        if (segment->depth == table->depth)
            double_directory(table);
        split(table, hash);
    }
}

void gsi_table_insert(struct gsi_table *table, struct gsi_slot slot)
{
    put(gsi_table_segment(table, slot.hash), slot);
}

/* Closes the gap, so that there are no graves that slow later searches (Knuth 6.4, algorithm R). */
void gsi_table_remove(struct gsi_table *table, uint64_t hash, uint32_t entity)
{
    struct gsi_segment *segment = gsi_table_segment(table, hash);
    uint32_t hole = (uint32_t)hash % GSI_SEGMENT_SLOTS;
    while (segment->slots[hole].entity != entity) {
        GS_ASSERT(segment->slots[hole].key);
        hole = (hole + 1) % GSI_SEGMENT_SLOTS;
    }
    for (uint32_t at = hole;;) {
        at = (at + 1) % GSI_SEGMENT_SLOTS;
        if (!segment->slots[at].key)
            break;
        uint32_t home = (uint32_t)segment->slots[at].hash % GSI_SEGMENT_SLOTS;
        if ((at - home) % GSI_SEGMENT_SLOTS < (at - hole) % GSI_SEGMENT_SLOTS)
            continue;
        segment->slots[hole] = segment->slots[at];
        hole = at;
    }
    segment->slots[hole].key = 0;
    segment->used--;
}

size_t gsi_table_bytes(const struct gsi_table *table)
{
    return table->segments * sizeof(struct gsi_segment) +
           (table->directory ? sizeof *table->directory << table->depth : 0);
}
