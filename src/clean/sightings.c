/* sightings.c -- see sightings.h. */
#include "sightings.h"

enum { LINES_MIN = 64 };
_Static_assert(GS_SIGHTINGS_MAX <= GS_LINE_PLACE_MASK, "0 is not a place");

/* ------------------------------------------------------------------ an index */

static size_t index_bytes(const struct gsi_sightings_index *index)
{
    return ((size_t)index->mask + 1) * GS_LINE_BYTES;
}

static size_t index_bytes_max(uint32_t capacity)
{
    size_t lines = LINES_MIN;
    while (capacity / GSI_SIGHTINGS_FULL >= lines)
        lines *= 2;
    return lines * GS_LINE_BYTES;
}

/* Lines fill from the front. */
uint32_t *gsi_sightings_entry(const struct gsi_sightings *all,
                              const struct gsi_generation *generation, uint32_t i,
                              struct gs_hash128 key)
{
    const struct gsi_sightings_index *index = &generation->index[i];
    uint32_t tag = gs_line_tag(key);
    uint32_t line = (uint32_t)key.low & index->mask;
    for (;; line = (line + 1) & index->mask) {
        uint32_t *entries = &index->lines[(size_t)line * GS_LINE_ENTRIES];
        struct gs_line_marks marks = gs_line_compare(entries, tag, GS_LINE_PLACE_MASK);
        for (; marks.same; marks.same &= marks.same - 1) {
            uint32_t *entry = &entries[__builtin_ctz(marks.same)];
            const void *sighting = gsi_sighting_at(all, generation, *entry & GS_LINE_PLACE_MASK);
            struct gs_hash128 found = all->kind->key_of(sighting, i);
            if (found.low == key.low && found.high == key.high)
                return entry;
        }
        if (marks.empty)
            return &entries[__builtin_ctz(marks.empty)];
    }
}

/* In order, so that of equal keys the last one stays. */
void gsi_sightings_grow(const struct gsi_sightings *all, struct gsi_generation *generation,
                        uint32_t i)
{
    struct gsi_sightings_index *index = &generation->index[i];
    memset(index->lines, 0, index_bytes(index));
    index->mask = index->mask * 2 + 1;
    gs_table_use(index->lines, index_bytes(index));
    for (uint32_t place = 1; place <= generation->count; place++) {
        struct gs_hash128 key = all->kind->key_of(gsi_sighting_at(all, generation, place), i);
        *gsi_sightings_entry(all, generation, i, key) = gs_line_tag(key) | place;
    }
}

void gsi_sightings_prefetch(const struct gsi_sightings *all, uint32_t index, struct gs_hash128 key)
{
    const struct gsi_generation *both[] = {&all->newer, &all->older};
    for (unsigned g = 0; g < 2; g++) {
        const struct gsi_sightings_index *in = &both[g]->index[index];
        if (both[g]->count)
            gs_prefetch(&in->lines[(size_t)((uint32_t)key.low & in->mask) * GS_LINE_ENTRIES]);
    }
}

/* ------------------------------------------------------------------ a generation */

static size_t chunk_bytes(const struct gsi_sightings *all)
{
    return (size_t)all->kind->bytes << GSI_SIGHTINGS_CHUNK_BITS;
}

static void generation_init(struct gsi_sightings *all, struct gsi_generation *generation)
{
    for (uint32_t i = 0; i < all->kind->indexes; i++) {
        generation->index[i].lines = gs_table_alloc(index_bytes_max(all->capacity));
        generation->index[i].mask = LINES_MIN - 1;
    }
}

static void generation_deinit(struct gsi_sightings *all, struct gsi_generation *generation)
{
    for (uint32_t i = 0; i < generation->chunk_count; i++)
        gs_free_chunk(i, generation->chunks[i], chunk_bytes(all));
    gs_free(generation->chunks);
    for (uint32_t i = 0; i < all->kind->indexes; i++)
        gs_table_free(generation->index[i].lines, index_bytes_max(all->capacity));
}

static void generation_clear(struct gsi_sightings *all, struct gsi_generation *generation)
{
    for (uint32_t i = 0; generation->count > 0 && i < all->kind->indexes; i++) {
        memset(generation->index[i].lines, 0, index_bytes(&generation->index[i]));
        generation->index[i].count = 0;
    }
    generation->count = 0;
}

void gsi_sightings_add_chunk(struct gsi_sightings *all, struct gsi_generation *generation)
{
    uint32_t chunk = generation->chunk_count++;
    size_t bytes = (chunk + 1) * sizeof *generation->chunks;
    generation->chunks = gs_realloc(generation->chunks, bytes);
    generation->chunks[chunk] =
        gs_alloc_chunk(chunk, chunk ? generation->chunks[chunk - 1] : NULL, chunk_bytes(all));
}

/* ------------------------------------------------------------------ both */

void gsi_sightings_init(struct gsi_sightings *all, const struct gsi_sightings_kind *kind,
                        int64_t window_ms, uint32_t capacity)
{
    GS_ASSERT(window_ms > 0 && capacity > 0 && capacity <= GS_SIGHTINGS_MAX);
    *all = (struct gsi_sightings){.kind = kind,
                                  .window_ms = window_ms,
                                  .capacity = capacity,
                                  .number = INT64_MIN,
                                  .end_ms = INT64_MIN};
    generation_init(all, &all->newer);
    generation_init(all, &all->older);
    all->newer.serial = 1;
}

void gsi_sightings_deinit(struct gsi_sightings *all)
{
    generation_deinit(all, &all->newer);
    generation_deinit(all, &all->older);
}

static void swap_generations(struct gsi_sightings *all)
{
    struct gsi_generation emptied = all->older;
    generation_clear(all, &emptied);
    emptied.serial = all->newer.serial + 1;
    all->older = all->newer;
    all->newer = emptied;
}

/* H never goes back. */
void gsi_sightings_follow(struct gsi_sightings *all, int64_t h_ms)
{
    if (GS_LIKELY(h_ms < all->end_ms))
        return;
    int64_t number = h_ms / all->window_ms;
    if (all->number != INT64_MIN) {
        swap_generations(all);
        if (number - all->number > 1)
            swap_generations(all); /* so that no serial stands for what is forgotten */
    }
    all->number = number;
    all->end_ms = (number + 1) * all->window_ms;
}

bool gsi_sightings_make_room(struct gsi_sightings *all)
{
    if (GS_LIKELY(all->newer.count < all->capacity))
        return false;
    swap_generations(all);
    return true;
}

/* ------------------------------------------------------------------ out and in */

void gsi_sightings_state(const struct gsi_sightings *all, struct gs_sightings_state *state)
{
    *state = (struct gs_sightings_state){.number = all->number,
                                         .serial = all->newer.serial,
                                         .newer = all->newer.count,
                                         .older = all->older.count};
}

bool gsi_sightings_next(const struct gsi_sightings *all, struct gs_sightings_mark *mark,
                        struct gs_sightings_piece *piece)
{
    const struct gsi_generation *generation = &all->newer;
    if (mark->serial < all->older.serial)
        *mark = (struct gs_sightings_mark){all->older.serial, 0};
    if (mark->serial == all->older.serial && mark->place < all->older.count)
        generation = &all->older;
    else if (mark->serial < all->newer.serial)
        *mark = (struct gs_sightings_mark){all->newer.serial, 0};
    if (mark->place >= generation->count)
        return false;
    uint32_t chunk_end = (mark->place | (GSI_SIGHTINGS_CHUNK - 1)) + 1;
    *piece = (struct gs_sightings_piece){
        .serial = generation->serial,
        .place = mark->place,
        .count = GS_MIN(chunk_end, generation->count) - mark->place,
        .data = gsi_sighting_at(all, generation, mark->place + 1),
    };
    mark->place += piece->count;
    return true;
}

/* Makes that generation the newer one, unless it or a later one is that. */
static void go_on_to(struct gsi_sightings *all, uint64_t serial)
{
    if (serial <= all->newer.serial)
        return;
    swap_generations(all);
    if (serial == all->newer.serial)
        return;
    swap_generations(all);
    all->newer.serial = serial;
    all->older.serial = serial - 1;
}

bool gsi_sightings_put(struct gsi_sightings *all, const struct gs_sightings_piece *piece,
                       void (*append)(struct gsi_sightings *all, struct gsi_generation *generation,
                                      const void *sighting))
{
    go_on_to(all, piece->serial);
    if (piece->serial < all->older.serial)
        return true; /* forgotten since */
    struct gsi_generation *generation =
        piece->serial == all->newer.serial ? &all->newer : &all->older;
    if (piece->place > generation->count)
        return false;
    const char *bytes = piece->data;
    for (uint32_t i = generation->count - piece->place; i < piece->count; i++) {
        if (generation->count >= all->capacity)
            return false;
        append(all, generation, bytes + (size_t)i * all->kind->bytes);
    }
    return true;
}

void gsi_sightings_restore(struct gsi_sightings *all, const struct gs_sightings_state *state)
{
    go_on_to(all, state->serial);
    all->number = state->number;
    all->end_ms = INT64_MIN;
    if (state->number != INT64_MIN)
        all->end_ms = (state->number + 1) * all->window_ms;
}

static size_t generation_bytes(const struct gsi_sightings *all,
                               const struct gsi_generation *generation)
{
    size_t bytes = (size_t)generation->chunk_count * chunk_bytes(all);
    for (uint32_t i = 0; i < all->kind->indexes; i++)
        bytes += index_bytes(&generation->index[i]);
    return bytes;
}

size_t gsi_sightings_bytes(const struct gsi_sightings *all)
{
    return generation_bytes(all, &all->newer) + generation_bytes(all, &all->older);
}
