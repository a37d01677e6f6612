/* dedupe.c -- two generations of 128-bit ids.
 *
 *      H / window:    ...  41        42
 *      older  [ids of 41]  newer [ids of 42]      look-ups see both, inserts go to newer
 *
 * When H crosses a multiple of the window, newer becomes older and the old older is emptied; a jump
 * of two or more empties both. The same swap makes room when newer is full. Ids are XXH3-128 of the
 * event_id: 2^-128 per pair is far below any other error of the machine.
 *
 * Nearly every id is new, so a look-up must be cheap that finds nothing. The ids lie in a list, in
 * the order in which they came, which is written in sequence; an index of lines of memory says
 * where they are. A new id touches one line of the index and the end of the list:
 *
 *      the id's low bits ──► line  [tag, place] [tag, place] ... 0      (16 entries of 4 bytes)
 *      those above ──► tag                 └──► ids [place], if the tag is the same */
#include "groundswell/clean.h"

enum {
    LINES_MIN = 64,
    FULL_ENTRIES = 10, /* per line on average: then the index grows */
    CHUNK_BITS = 12,   /* ids per piece of the list */
    CHUNK_BYTES = sizeof(struct gs_hash128) << CHUNK_BITS
};
_Static_assert(GS_DEDUPE_CAPACITY_MAX / FULL_ENTRIES < GS_LINES_MAX, "they have lines");

struct generation {
    uint32_t *lines; /* an entry's place is place + 1; 0 is empty */
    uint32_t mask;   /* number of lines - 1 */
    uint32_t strays; /* entries that are not at home */
    uint32_t count;
    uint64_t serial; /* they are counted through */
    struct gs_hash128 **chunks;
    uint32_t chunk_count;
};

struct gs_dedupe {
    struct gs_dedupe_config config;
    struct generation newer;
    struct generation older;
    int64_t number; /* H / window of newer; INT64_MIN before the first record */
    int64_t end_ms; /* from here on H is in the next one */
};

/* ------------------------------------------------------------------ a generation */

static size_t index_bytes(const struct generation *generation)
{
    return ((size_t)generation->mask + 1) * GS_LINE_BYTES;
}

static size_t index_bytes_max(const struct gs_dedupe_config *config)
{
    size_t lines = LINES_MIN;
    while (config->capacity / FULL_ENTRIES >= lines)
        lines *= 2;
    return lines * GS_LINE_BYTES;
}

static void generation_init(struct generation *generation, const struct gs_dedupe_config *config)
{
    generation->lines = gs_table_alloc(index_bytes_max(config));
    generation->mask = LINES_MIN - 1;
}

static void generation_deinit(struct generation *generation, const struct gs_dedupe_config *config)
{
    for (uint32_t i = 0; i < generation->chunk_count; i++)
        gs_free_chunk(i, generation->chunks[i], CHUNK_BYTES);
    gs_free(generation->chunks);
    gs_table_free(generation->lines, index_bytes_max(config));
}

static void generation_clear(struct generation *generation)
{
    if (generation->count)
        memset(generation->lines, 0, index_bytes(generation));
    generation->count = 0;
    generation->strays = 0;
}

static struct gs_hash128 *id_at(const struct generation *generation, uint32_t place)
{
    return &generation->chunks[place >> CHUNK_BITS][place & ((1u << CHUNK_BITS) - 1)];
}

static bool is_at(const struct generation *generation, uint32_t entry, struct gs_hash128 id)
{
    uint32_t place = (entry & gs_lines_place_mask(generation->mask)) - 1;
    const struct gs_hash128 *found = id_at(generation, place);
    return found->low == id.low && found->high == id.high;
}

#define SLOW __attribute__((noinline)) /* keeps what is rare out of what is not */

static uint32_t *line_of(const struct generation *generation, struct gs_hash128 id)
{
    return &generation->lines[(size_t)((uint32_t)id.low & generation->mask) * GS_LINE_ENTRIES];
}

/* Where the tag was found, or the line is full. */
static SLOW uint32_t *find_slowly(const struct generation *generation, struct gs_hash128 id)
{
    uint32_t tag = gs_lines_tag(id, generation->mask);
    uint32_t line = (uint32_t)id.low & generation->mask;
    for (;; line = (line + 1) & generation->mask, tag |= GS_LINES_STRAY) {
        uint32_t *entries = &generation->lines[(size_t)line * GS_LINE_ENTRIES];
        struct gs_line_marks marks =
            gs_line_compare(entries, tag, gs_lines_place_mask(generation->mask));
        for (; marks.same; marks.same &= marks.same - 1) {
            uint32_t *entry = &entries[__builtin_ctz(marks.same)];
            if (is_at(generation, *entry, id))
                return entry;
        }
        if (marks.empty)
            return &entries[__builtin_ctz(marks.empty)];
    }
}

/* The entry of id, or the empty one where it belongs. Nearly every id is new, which one line tells.
 */
static inline uint32_t *find(const struct generation *generation, struct gs_hash128 id)
{
    uint32_t *entries = line_of(generation, id);
    struct gs_line_marks marks = gs_line_compare(entries, gs_lines_tag(id, generation->mask),
                                                 gs_lines_place_mask(generation->mask));
    if (GS_LIKELY(!marks.same && marks.empty))
        return &entries[__builtin_ctz(marks.empty)];
    return find_slowly(generation, id);
}

static void prefetch(const struct generation *generation, struct gs_hash128 id)
{
    gs_prefetch(line_of(generation, id));
}

/* place: as entries count it. */
static inline void enter(struct generation *generation, uint32_t *entry, struct gs_hash128 id,
                         uint32_t place)
{
    bool stray = (size_t)(entry - line_of(generation, id)) >= GS_LINE_ENTRIES;
    generation->strays += stray;
    *entry = gs_lines_tag(id, generation->mask) | place | (stray ? GS_LINES_STRAY : 0);
}

static SLOW void grow_index(struct generation *generation)
{
    uint32_t *strays = gs_alloc((generation->strays + 1) * sizeof *strays);
    gs_table_use(generation->lines, 2 * index_bytes(generation));
    uint32_t count = gs_lines_double(generation->lines, generation->mask, GS_LINE_ENTRIES, strays);
    generation->mask = generation->mask * 2 + 1;
    generation->strays = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct gs_hash128 id = *id_at(generation, strays[i] - 1);
        enter(generation, find(generation, id), id, strays[i]);
    }
    gs_free(strays);
}

static SLOW void add_chunk(struct generation *generation)
{
    uint32_t chunk = generation->chunk_count;
    size_t bytes = (chunk + 1) * sizeof *generation->chunks;
    generation->chunks = gs_realloc(generation->chunks, bytes);
    generation->chunks[chunk] =
        gs_alloc_chunk(chunk, chunk ? generation->chunks[chunk - 1] : NULL, CHUNK_BYTES);
    generation->chunk_count++;
}

static inline void append(struct generation *generation, uint32_t *entry, struct gs_hash128 id)
{
    uint32_t place = generation->count++;
    if (GS_UNLIKELY(place >> CHUNK_BITS == generation->chunk_count))
        add_chunk(generation);
    *id_at(generation, place) = id;
    enter(generation, entry, id, place + 1);
}

static inline void insert(struct generation *generation, uint32_t *entry, struct gs_hash128 id)
{
    if (GS_UNLIKELY(generation->count / FULL_ENTRIES > generation->mask)) {
        grow_index(generation);
        entry = find(generation, id);
    }
    append(generation, entry, id);
}

/* ------------------------------------------------------------------ both */

struct gs_dedupe *gs_dedupe_create(const struct gs_dedupe_config *config)
{
    GS_ASSERT(config->window_ms > 0 && config->capacity > 0 &&
              config->capacity <= GS_DEDUPE_CAPACITY_MAX);
    struct gs_dedupe *dedupe = gs_calloc(1, sizeof *dedupe);
    dedupe->config = *config;
    dedupe->number = INT64_MIN;
    dedupe->end_ms = INT64_MIN;
    generation_init(&dedupe->newer, config);
    generation_init(&dedupe->older, config);
    dedupe->newer.serial = 1;
    return dedupe;
}

void gs_dedupe_destroy(struct gs_dedupe *dedupe)
{
    if (!dedupe)
        return;
    generation_deinit(&dedupe->newer, &dedupe->config);
    generation_deinit(&dedupe->older, &dedupe->config);
    gs_free(dedupe);
}

static void swap_generations(struct gs_dedupe *dedupe)
{
    struct generation emptied = dedupe->older;
    generation_clear(&emptied);
    emptied.serial = dedupe->newer.serial + 1;
    dedupe->older = dedupe->newer;
    dedupe->newer = emptied;
}

/* H never goes back. */
static void follow_clock(struct gs_dedupe *dedupe, int64_t h_ms)
{
    if (GS_LIKELY(h_ms < dedupe->end_ms))
        return;
    int64_t number = h_ms / dedupe->config.window_ms;
    if (dedupe->number != INT64_MIN) {
        swap_generations(dedupe);
        if (number - dedupe->number > 1)
            swap_generations(dedupe); /* so that no serial stands for what is forgotten */
    }
    dedupe->number = number;
    dedupe->end_ms = (number + 1) * dedupe->config.window_ms;
}

void gs_dedupe_prefetch(const struct gs_dedupe *dedupe, struct gs_hash128 id)
{
    prefetch(&dedupe->newer, id);
    if (dedupe->older.count)
        prefetch(&dedupe->older, id);
}

bool gs_dedupe_seen(struct gs_dedupe *dedupe, struct gs_hash128 id, int64_t h_ms)
{
    struct generation *newer = &dedupe->newer;
    follow_clock(dedupe, h_ms);
    uint32_t *entry = find(newer, id);
    if (*entry)
        return true;
    bool seen = dedupe->older.count && *find(&dedupe->older, id);
    if (GS_ABLATED(SHORT_MEMORY) && seen)
        return true;
    if (GS_UNLIKELY(newer->count >= dedupe->config.capacity)) {
        swap_generations(dedupe);
        entry = find(newer, id);
    }
    insert(newer, entry, id);
    return seen;
}

/* ------------------------------------------------------------------ out and in */

void gs_dedupe_state(const struct gs_dedupe *dedupe, struct gs_dedupe_state *state)
{
    *state = (struct gs_dedupe_state){.number = dedupe->number,
                                      .serial = dedupe->newer.serial,
                                      .newer = dedupe->newer.count,
                                      .older = dedupe->older.count};
}

bool gs_dedupe_next(const struct gs_dedupe *dedupe, struct gs_dedupe_mark *mark,
                    struct gs_dedupe_piece *piece)
{
    const struct generation *generation = &dedupe->newer;
    if (mark->serial < dedupe->older.serial)
        *mark = (struct gs_dedupe_mark){dedupe->older.serial, 0};
    if (mark->serial == dedupe->older.serial && mark->place < dedupe->older.count)
        generation = &dedupe->older;
    else if (mark->serial < dedupe->newer.serial)
        *mark = (struct gs_dedupe_mark){dedupe->newer.serial, 0};
    if (mark->place >= generation->count)
        return false;
    uint32_t chunk_end = (mark->place | ((1u << CHUNK_BITS) - 1)) + 1;
    *piece = (struct gs_dedupe_piece){
        .serial = generation->serial,
        .place = mark->place,
        .count = GS_MIN(chunk_end, generation->count) - mark->place,
        .ids = id_at(generation, mark->place),
    };
    mark->place += piece->count;
    return true;
}

/* Makes that generation the newer one, unless it or a later one is that. */
static void go_on_to(struct gs_dedupe *dedupe, uint64_t serial)
{
    if (serial <= dedupe->newer.serial)
        return;
    swap_generations(dedupe);
    if (serial == dedupe->newer.serial)
        return;
    swap_generations(dedupe);
    dedupe->newer.serial = serial;
    dedupe->older.serial = serial - 1;
}

/* Pieces come in the order in which they were written, those of a generation that is gone by then
 * among them. */
bool gs_dedupe_put(struct gs_dedupe *dedupe, const struct gs_dedupe_piece *piece)
{
    go_on_to(dedupe, piece->serial);
    struct generation *generation =
        piece->serial == dedupe->newer.serial ? &dedupe->newer : &dedupe->older;
    bool has_room = true;
    for (uint32_t i = 0; i < piece->count && piece->serial >= dedupe->older.serial; i++) {
        uint32_t *entry = find(generation, piece->ids[i]);
        if (*entry)
            continue;
        if (generation->count < dedupe->config.capacity)
            insert(generation, entry, piece->ids[i]);
        else
            has_room = false;
    }
    return has_room;
}

void gs_dedupe_restore(struct gs_dedupe *dedupe, const struct gs_dedupe_state *state)
{
    go_on_to(dedupe, state->serial);
    dedupe->number = state->number;
    dedupe->end_ms = INT64_MIN;
    if (state->number != INT64_MIN)
        dedupe->end_ms = (state->number + 1) * dedupe->config.window_ms;
}

static size_t generation_bytes(const struct generation *generation)
{
    return index_bytes(generation) + (size_t)generation->chunk_count * CHUNK_BYTES;
}

size_t gs_dedupe_bytes(const struct gs_dedupe *dedupe)
{
    return sizeof *dedupe + generation_bytes(&dedupe->newer) + generation_bytes(&dedupe->older);
}
