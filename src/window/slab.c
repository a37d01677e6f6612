/* slab.c -- slots of a few sizes, named by 32 bits.
 *
 * Half the size of a pointer, and a slot has no header: with panes of 40 bytes either would be a
 * fifth of the memory. Chunks are as large as they are so that the array of them stays in cache;
 * a large slab gets several together, which fill a huge page. */
#include "internal.h"

enum {
    CHUNK_UNITS = 1 << GSI_SLAB_CHUNK_BITS,
    UNIT = sizeof(uint64_t),
    CHUNK_BYTES = CHUNK_UNITS * UNIT
};

void gsi_slab_init(struct gsi_slab *slab, const uint16_t *units)
{
    uint32_t asked = 0;
    *slab = (struct gsi_slab){.fresh = 1}; /* handle 0 is none */
    for (uint8_t c = 0; units[c]; c++) {
        GS_ASSERT(c < GSI_SLAB_CLASSES_MAX && units[c] <= GSI_SLAB_UNITS_MAX);
        slab->class_units[c] = units[c];
        for (; asked <= units[c]; asked++)
            slab->class_of[asked] = c;
    }
}

void gsi_slab_deinit(struct gsi_slab *slab)
{
    for (uint32_t i = 0; i < slab->chunk_count; i++)
        gs_free_chunk(i, slab->chunks[i], CHUNK_BYTES);
    gs_free(slab->chunks);
}

static void add_chunk(struct gsi_slab *slab)
{
    GS_ASSERT(slab->chunk_count < UINT32_MAX >> GSI_SLAB_CHUNK_BITS);
    if (slab->chunk_count == slab->chunk_capacity) {
        slab->chunk_capacity = GS_MAX(8u, slab->chunk_capacity * 2);
        slab->chunks = gs_realloc(slab->chunks, slab->chunk_capacity * sizeof *slab->chunks);
    }
    uint32_t index = slab->chunk_count++;
    slab->chunks[index] =
        gs_alloc_chunk(index, index ? slab->chunks[index - 1] : NULL, CHUNK_BYTES);
}

uint32_t gsi_slab_take(struct gsi_slab *slab, uint32_t units)
{
    uint8_t class = slab->class_of[units];
    uint32_t size = slab->class_units[class];
    uint32_t handle = slab->freed[class];
    if (handle) {
        const uint64_t *next = gsi_slab_at(slab, handle);
        slab->freed[class] = (uint32_t)*next;
        gs_prefetch(gsi_slab_at(slab, slab->freed[class])); /* to be taken next, and filled */
        return handle;
    }
    uint64_t chunk_end = (uint64_t)slab->chunk_count << GSI_SLAB_CHUNK_BITS;
    if (slab->fresh + size > chunk_end) {
        slab->fresh = GS_MAX(slab->fresh, chunk_end); /* the rest of the chunk is given up */
        add_chunk(slab);
    }
    handle = (uint32_t)slab->fresh;
    slab->fresh += size;
    return handle;
}

void gsi_slab_give(struct gsi_slab *slab, uint32_t handle, uint32_t units)
{
    uint8_t class = slab->class_of[units];
    uint64_t *next = gsi_slab_at(slab, handle);
    *next = slab->freed[class];
    slab->freed[class] = handle;
}

/* What was handed out: the end of the last chunk is address space, or of 2 MB taken at once. */
size_t gsi_slab_bytes(const struct gsi_slab *slab)
{
    return (size_t)slab->fresh * UNIT + slab->chunk_capacity * sizeof *slab->chunks;
}
