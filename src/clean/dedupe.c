/* dedupe.c -- two generations of 128-bit ids.
 *
 *      H / window:    ...  41        42
 *      older  [ids of 41]  newer [ids of 42]      look-ups see both, inserts go to newer
 *
 * When H crosses a multiple of the window, newer becomes older and the old older is emptied; a jump
 * of two or more empties both. The same swap makes room when newer is full. Ids are XXH3-128 of the
 * event_id: 2^-128 per pair is far below any other error of the machine. */
#include "groundswell/clean.h"

#define SLOTS_MIN 1024u

struct generation {
    struct gs_hash128 *slots; /* open addressing; {0, 0} is empty */
    uint32_t mask;
    uint32_t count;
};

struct gs_dedupe {
    struct gs_dedupe_config config;
    struct generation newer;
    struct generation older;
    int64_t number; /* H / window of newer; INT64_MIN before the first record */
};

static bool is_empty(struct gs_hash128 id)
{
    return (id.low | id.high) == 0;
}

static void generation_init(struct generation *generation)
{
    *generation =
        (struct generation){gs_calloc(SLOTS_MIN, sizeof(struct gs_hash128)), SLOTS_MIN - 1, 0};
}

static void generation_clear(struct generation *generation)
{
    if (generation->count)
        memset(generation->slots, 0, ((size_t)generation->mask + 1) * sizeof(struct gs_hash128));
    generation->count = 0;
}

/* The slot that holds id, or the empty one where it belongs. */
static struct gs_hash128 *generation_slot(const struct generation *generation, struct gs_hash128 id)
{
    uint32_t at = (uint32_t)id.low & generation->mask;
    while (!is_empty(generation->slots[at]) &&
           (generation->slots[at].low != id.low || generation->slots[at].high != id.high))
        at = (at + 1) & generation->mask;
    return &generation->slots[at];
}

static void generation_grow(struct generation *generation)
{
    struct generation bigger = {NULL, generation->mask * 2 + 1, generation->count};
    bigger.slots = gs_calloc((size_t)bigger.mask + 1, sizeof(struct gs_hash128));
    for (uint32_t i = 0; i <= generation->mask; i++)
        if (!is_empty(generation->slots[i]))
            *generation_slot(&bigger, generation->slots[i]) = generation->slots[i];
    gs_free(generation->slots);
    *generation = bigger;
}

struct gs_dedupe *gs_dedupe_create(const struct gs_dedupe_config *config)
{
    GS_ASSERT(config->window_ms > 0 && config->capacity > 0);
    struct gs_dedupe *dedupe = gs_alloc(sizeof *dedupe);
    dedupe->config = *config;
    dedupe->number = INT64_MIN;
    generation_init(&dedupe->newer);
    generation_init(&dedupe->older);
    return dedupe;
}

void gs_dedupe_destroy(struct gs_dedupe *dedupe)
{
    if (!dedupe)
        return;
    gs_free(dedupe->newer.slots);
    gs_free(dedupe->older.slots);
    gs_free(dedupe);
}

static void swap_generations(struct gs_dedupe *dedupe)
{
    struct generation emptied = dedupe->older;
    generation_clear(&emptied);
    dedupe->older = dedupe->newer;
    dedupe->newer = emptied;
}

static void follow_clock(struct gs_dedupe *dedupe, int64_t h_ms)
{
    int64_t number = h_ms / dedupe->config.window_ms;
    if (number == dedupe->number)
        return;
    if (dedupe->number != INT64_MIN) {
        swap_generations(dedupe);
        if (number - dedupe->number > 1)
            generation_clear(&dedupe->older);
    }
    dedupe->number = number;
}

void gs_dedupe_prefetch(const struct gs_dedupe *dedupe, struct gs_hash128 id)
{
    __builtin_prefetch(&dedupe->newer.slots[(uint32_t)id.low & dedupe->newer.mask], 1);
    __builtin_prefetch(&dedupe->older.slots[(uint32_t)id.low & dedupe->older.mask]);
}

static void insert(struct gs_dedupe *dedupe, struct gs_hash128 id)
{
    struct generation *newer = &dedupe->newer;
    if (newer->count >= dedupe->config.capacity)
        swap_generations(dedupe);
    else if (newer->count >= newer->mask / 2)
        generation_grow(newer);
    *generation_slot(newer, id) = id;
    newer->count++;
}

bool gs_dedupe_seen(struct gs_dedupe *dedupe, struct gs_hash128 id, int64_t h_ms)
{
    if (GS_UNLIKELY(is_empty(id)))
        id.low = 1;
    follow_clock(dedupe, h_ms);
    if (!is_empty(*generation_slot(&dedupe->newer, id)))
        return true;
    bool seen = !is_empty(*generation_slot(&dedupe->older, id));
    insert(dedupe, id);
    return seen;
}

size_t gs_dedupe_bytes(const struct gs_dedupe *dedupe)
{
    size_t slots = (size_t)dedupe->newer.mask + dedupe->older.mask + 2;
    return sizeof *dedupe + slots * sizeof(struct gs_hash128);
}
