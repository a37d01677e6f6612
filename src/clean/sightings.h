/* sightings.h -- two generations of sightings, for copies and burst.
 *
 *      H / window:    ...  41              42
 *      older  [sightings of 41]   newer [sightings of 42]     look-ups see both, newer takes in
 *
 * A generation is a list in the order in which sightings came, and indexes that lead from a key to
 * the last sighting that has it; sightings of one key are chained backwards by their own member
 * `before`. Only the list is state: a checkpoint holds it, and putting it again makes the rest. */
#ifndef CLEAN_SIGHTINGS_H
#define CLEAN_SIGHTINGS_H

#include "groundswell/clean.h"

enum {
    GSI_SIGHTINGS_INDEXES = 2,
    GSI_SIGHTINGS_CHUNK_BITS = 11,
    GSI_SIGHTINGS_CHUNK = 1 << GSI_SIGHTINGS_CHUNK_BITS,
    GSI_SIGHTINGS_FULL = 10 /* entries per line on average: then the index grows */
};

/* Entries: tag << GS_LINE_PLACE_BITS | place + 1; 0 is empty. */
struct gsi_sightings_index {
    uint32_t *lines;
    uint32_t mask;  /* number of lines - 1 */
    uint32_t count; /* keys */
};

struct gsi_generation {
    struct gsi_sightings_index index[GSI_SIGHTINGS_INDEXES];
    char **chunks;
    uint32_t chunk_count;
    uint32_t count;
    uint64_t serial;
};

/* What is in them. Keys are hashes; a key of index i is compared with that of a sighting. */
struct gsi_sightings_kind {
    uint32_t bytes; /* of a sighting */
    uint32_t indexes;
    struct gs_hash128 (*key_of)(const void *sighting, uint32_t index);
};

struct gsi_sightings {
    const struct gsi_sightings_kind *kind;
    int64_t window_ms;
    uint32_t capacity;
    struct gsi_generation newer;
    struct gsi_generation older;
    int64_t number;
    int64_t end_ms;
};

void gsi_sightings_init(struct gsi_sightings *all, const struct gsi_sightings_kind *kind,
                        int64_t window_ms, uint32_t capacity);
void gsi_sightings_deinit(struct gsi_sightings *all);

/* Swaps generations as the clock asks. */
void gsi_sightings_follow(struct gsi_sightings *all, int64_t h_ms);
/* Swaps them if the newer one is full; true if so. */
bool gsi_sightings_make_room(struct gsi_sightings *all);

void gsi_sightings_prefetch(const struct gsi_sightings *all, uint32_t index, struct gs_hash128 key);

/* The entry of key, or the empty one where it belongs; until that index is written to again. */
uint32_t *gsi_sightings_entry(const struct gsi_sightings *all,
                              const struct gsi_generation *generation, uint32_t index,
                              struct gs_hash128 key);

/* The place + 1 of the last sighting with key, or 0. */
static inline uint32_t gsi_sightings_find(const struct gsi_sightings *all,
                                          const struct gsi_generation *generation, uint32_t index,
                                          struct gs_hash128 key)
{
    return generation->count
               ? *gsi_sightings_entry(all, generation, index, key) & GS_LINE_PLACE_MASK
               : 0;
}

/* place counts from 1. */
static inline void *gsi_sighting_at(const struct gsi_sightings *all,
                                    const struct gsi_generation *generation, uint32_t place)
{
    return generation->chunks[(place - 1) >> GSI_SIGHTINGS_CHUNK_BITS] +
           (size_t)((place - 1) & (GSI_SIGHTINGS_CHUNK - 1)) * all->kind->bytes;
}

void gsi_sightings_add_chunk(struct gsi_sightings *all, struct gsi_generation *generation);
void gsi_sightings_grow(const struct gsi_sightings *all, struct gsi_generation *generation,
                        uint32_t index);

/* Room for one more at the end of that generation, which is not full. The caller fills it, and then
 * makes it the last one of its keys: gsi_sightings_point for each index. */
static inline void *gsi_sightings_add(struct gsi_sightings *all, struct gsi_generation *generation)
{
    if (GS_UNLIKELY(generation->count >> GSI_SIGHTINGS_CHUNK_BITS == generation->chunk_count))
        gsi_sightings_add_chunk(all, generation);
    return gsi_sighting_at(all, generation, ++generation->count);
}

/* entry: that of key, as it was found before. */
static inline void gsi_sightings_point(const struct gsi_sightings *all,
                                       struct gsi_generation *generation, uint32_t i,
                                       uint32_t *entry, struct gs_hash128 key)
{
    struct gsi_sightings_index *index = &generation->index[i];
    index->count += *entry == 0;
    *entry = gs_line_tag(key) | generation->count;
    if (GS_UNLIKELY(index->count >= GSI_SIGHTINGS_FULL * ((uint64_t)index->mask + 1)))
        gsi_sightings_grow(all, generation, i);
}

void gsi_sightings_state(const struct gsi_sightings *all, struct gs_sightings_state *state);
bool gsi_sightings_next(const struct gsi_sightings *all, struct gs_sightings_mark *mark,
                        struct gs_sightings_piece *piece);
/* append: puts one into a generation. */
bool gsi_sightings_put(struct gsi_sightings *all, const struct gs_sightings_piece *piece,
                       void (*append)(struct gsi_sightings *all, struct gsi_generation *generation,
                                      const void *sighting));
void gsi_sightings_restore(struct gsi_sightings *all, const struct gs_sightings_state *state);
size_t gsi_sightings_bytes(const struct gsi_sightings *all);

#endif
