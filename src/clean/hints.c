/* hints.c -- of which words a phrase needs one, so that most texts need not be searched for it.
 *
 *      check [out] <my> ..2 <thing>    needs: check and <thing>, the rarest
 *
 * There are more phrases than buckets: neighbours in a list, which have words in common, share one
 * if that makes it no more likely by much that a text has what they need. */
#include "compile.h"

#include <stdlib.h>

enum { COST_MAX = 300 }; /* a text has a word of it nearly always */

static uint32_t cost_of(const struct gsi_compiler *c, const struct gsi_element *element)
{
    uint32_t cost = 0;
    for (uint32_t k = 0; k < element->count; k++)
        cost += c->words[c->options.items[element->first + k]].commonness;
    return cost;
}

/* Of the elements that must be there those with the rarest words, at most two; most texts lack one
 * of them. */
static uint32_t choose_rarest(const struct gsi_compiler *c, const struct gsi_element **chosen)
{
    uint32_t costs[3], count = 0;
    for (uint32_t i = 0; i < c->element_count; i++) {
        const struct gsi_element *element = &c->elements[i];
        if (element->is_optional || element->count == 0)
            continue;
        uint32_t cost = cost_of(c, element), at = count;
        for (; at > 0 && costs[at - 1] > cost; at--) {
            costs[at] = costs[at - 1];
            chosen[at] = chosen[at - 1];
        }
        costs[at] = cost;
        chosen[at] = element;
        count = GS_MIN(count + 1, 2u);
    }
    return count;
}

static void add_anchor(struct gsi_compiler *c, struct gsi_anchor anchor)
{
    if (c->anchor_count == c->anchor_capacity) {
        c->anchor_capacity = c->anchor_capacity ? 2 * c->anchor_capacity : 1024;
        c->anchors = gs_realloc(c->anchors, c->anchor_capacity * sizeof *c->anchors);
    }
    c->anchors[c->anchor_count++] = anchor;
}

static uint32_t word_of(const struct gsi_compiler *c, const struct gsi_element *element)
{
    return c->options.items[element->first];
}

void gsi_hints_add_phrase(struct gsi_compiler *c, uint32_t state, bool is_whole)
{
    const struct gsi_element *chosen[3] = {c->elements};
    uint32_t count = GS_MAX(choose_rarest(c, chosen), 1u);
    if (c->needy_count == c->needy_capacity) {
        c->needy_capacity = c->needy_capacity ? 2 * c->needy_capacity : 256;
        c->needy = gs_realloc(c->needy, c->needy_capacity * sizeof *c->needy);
    }
    /* In one order for all, so that no word is the first of one phrase and the second of its
     * neighbour, and enough for both when they share a bucket. */
    if (count == 2 && word_of(c, chosen[0]) > word_of(c, chosen[1])) {
        const struct gsi_element *other = chosen[0];
        chosen[0] = chosen[1];
        chosen[1] = other;
    }
    struct gsi_needy *needy = &c->needy[c->needy_count];
    *needy = (struct gsi_needy){.states = 1u << state,
                                .words_max = is_whole ? c->element_count : UINT32_MAX,
                                .phrase = c->needy_count++};
    /* One that needs only one word needs it twice. */
    for (uint32_t i = 0; i < 2; i++) {
        const struct gsi_element *element = chosen[i < count ? i : 0];
        needy->cost[i] = i < count ? cost_of(c, element) : COST_MAX;
        for (uint32_t k = 0; k < element->count; k++)
            add_anchor(c, (struct gsi_anchor){c->options.items[element->first + k], needy->phrase,
                                              i == 1});
    }
}

/* ------------------------------------------------------------------ buckets */

/* How likely it is that a text has both words. */
static double chance_of(const struct gsi_needy *needy)
{
    return (double)needy->cost[0] * needy->cost[1];
}

static struct gsi_needy both_of(const struct gsi_needy *a, const struct gsi_needy *b)
{
    return (struct gsi_needy){.states = a->states | b->states,
                              .words_max = GS_MAX(a->words_max, b->words_max),
                              .cost = {a->cost[0] + b->cost[0], a->cost[1] + b->cost[1]},
                              .phrase = a->phrase};
}

/* Makes one of the two neighbours for which that costs least. */
static void join_two(struct gsi_compiler *c)
{
    uint32_t best = 0;
    double best_cost = 0;
    for (uint32_t i = 0; i + 1 < c->needy_count; i++) {
        const struct gsi_needy *a = &c->needy[i], *b = a + 1;
        struct gsi_needy both = both_of(a, b);
        bool is_whole = both.words_max < UINT32_MAX; /* most texts are too long for it */
        double cost = chance_of(&both) - chance_of(a) - chance_of(b);
        cost = is_whole ? cost / 100 : cost;
        if (i == 0 || cost < best_cost) {
            best = i;
            best_cost = cost;
        }
    }
    c->needy[best] = both_of(&c->needy[best], &c->needy[best + 1]);
    c->needy_count--;
    memmove(&c->needy[best + 1], &c->needy[best + 2],
            (c->needy_count - best - 1) * sizeof *c->needy);
}

static void choose_buckets(struct gsi_compiler *c, uint32_t *bucket_of)
{
    uint32_t phrases = c->needy_count, at = 0;
    while (c->needy_count > GSI_BUCKETS)
        join_two(c);
    for (uint32_t i = 0; i < c->needy_count; i++) {
        struct gsi_bucket bucket = {c->needy[i].states, c->needy[i].words_max};
        c->rules->buckets[i] = bucket;
        if (bucket.words_max == UINT32_MAX)
            continue;
        c->rules->whole[i / 128][i / 64 % 2] |= UINT64_C(1) << (i & 63);
        c->rules->whole_max = GS_MAX(c->rules->whole_max, bucket.words_max);
    }
    for (uint32_t i = 0; i < phrases; i++) {
        if (at + 1 < c->needy_count && c->needy[at + 1].phrase <= i)
            at++;
        bucket_of[i] = at;
    }
}

/* ------------------------------------------------------------------ a perfect hash */

/* First bytes of words, and what words with them are needed for. */
struct key {
    struct gsi_needs needs;
    uint64_t first;
    uint64_t hash;
};

struct maker {
    struct gsi_hints *hints;
    struct key *keys; /* in the order of their groups: keys of a group have one move */
    uint32_t count;
    uint32_t slots;
    uint8_t *is_taken; /* slots */
};

static int by_first(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    return x->first < y->first ? -1 : x->first > y->first;
}

static int by_hash(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static uint8_t *place_of(const struct maker *m, uint32_t key, uint32_t move)
{
    return &m->is_taken[gsi_hint_place(m->hints, m->keys[key].hash, move) / sizeof(uint64_t)];
}

/* False if two come to one place. */
static bool take_places(struct maker *m, uint32_t from, uint32_t end, uint32_t move)
{
    uint32_t at = from;
    for (; at < end && !*place_of(m, at, move); at++)
        *place_of(m, at, move) = true;
    for (uint32_t i = from; at < end && i < at; i++)
        *place_of(m, i, move) = false;
    return at == end;
}

static bool move_group(struct maker *m, uint32_t from, uint32_t end)
{
    for (uint32_t slot = 0; slot < m->slots; slot++) {
        uint32_t move = slot * (uint32_t)sizeof(uint64_t);
        if (take_places(m, from, end, move)) {
            m->hints->moves[gsi_hint_group(m->keys[from].hash)] = move;
            return true;
        }
    }
    return false;
}

static uint32_t group_end(const struct maker *m, uint32_t from)
{
    uint32_t end = from + 1;
    while (end < m->count &&
           gsi_hint_group(m->keys[end].hash) == gsi_hint_group(m->keys[from].hash))
        end++;
    return end;
}

/* The largest groups first. */
static bool move_all(struct maker *m)
{
    memset(m->is_taken, 0, m->slots);
    m->is_taken[0] = true;
    for (uint32_t size = m->count, next; size > 0; size = next) {
        next = 0;
        for (uint32_t from = 0, end; from < m->count; from = end) {
            end = group_end(m, from);
            if (end - from == size && !move_group(m, from, end))
                return false;
            if (end - from < size)
                next = GS_MAX(next, end - from);
        }
    }
    return true;
}

/* Factors are tried until all keys have a place of their own. */
static void find_places(struct maker *m)
{
    uint64_t factor = UINT64_C(0x9E3779B97F4A7C15);
    do {
        m->hints->factor = factor;
        factor = factor * UINT64_C(6364136223846793005) + 2; /* odd */
        for (uint32_t i = 0; i < m->count; i++)
            m->keys[i].hash = m->keys[i].first * m->hints->factor;
        qsort(m->keys, m->count, sizeof *m->keys, by_hash);
    } while (!move_all(m));
}

static void make_hints(struct gs_clean_rules *rules, struct key *keys, uint32_t count)
{
    enum { FEW = 4 << GSI_HINT_GROUP_BITS };
    struct maker m = {.keys = keys, .count = count, .slots = 64};
    while (m.slots < (count < FEW ? count + count / 4 : 3 * count))
        m.slots *= 2;
    m.hints = rules->hints = gs_calloc(1, sizeof *m.hints + m.slots * sizeof m.hints->firsts[0]);
    m.hints->mask = (m.slots - 1) * (uint32_t)sizeof(uint64_t);
    for (unsigned len = 1; len <= GS_TEXT_BLOCK; len++)
        m.hints->first_masks[len] = UINT64_MAX >> (len < 8 ? 64 - 8 * len : 0);
    m.is_taken = gs_calloc(m.slots, 1);
    find_places(&m);
    gs_free(m.is_taken);
    rules->needs = gs_alloc_aligned(64, m.slots * sizeof *rules->needs);
    memset(rules->needs, 0, m.slots * sizeof *rules->needs);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t move = m.hints->moves[gsi_hint_group(keys[i].hash)];
        uint64_t slot = gsi_hint_place(m.hints, keys[i].hash, move) / sizeof(uint64_t);
        m.hints->firsts[slot] = keys[i].first;
        rules->needs[slot] = keys[i].needs;
    }
}

/* ------------------------------------------------------------------ all */

static bool is_needed(const struct gsi_needs *needs)
{
    gsi_bits128 any = needs->first[0] | needs->first[1] | needs->second[0] | needs->second[1];
    return any[0] | any[1];
}

/* One key for words with the same first bytes. Returns how many are left. */
static uint32_t unite(struct key *keys, uint32_t count)
{
    uint32_t kept = 0;
    qsort(keys, count, sizeof *keys, by_first);
    for (uint32_t i = 0; i < count; i++) {
        if (kept > 0 && keys[kept - 1].first == keys[i].first)
            gsi_needs_add(&keys[kept - 1].needs, &keys[i].needs);
        else
            keys[kept++] = keys[i];
    }
    return kept;
}

void gsi_hints_build(struct gsi_compiler *c)
{
    struct gs_clean_rules *rules = c->rules;
    uint32_t *bucket_of = gs_calloc(c->needy_count + 1, sizeof *bucket_of), count = 0;
    struct key *keys = gs_calloc(c->word_count + 1, sizeof *keys);
    choose_buckets(c, bucket_of);
    for (uint32_t i = 0; i < c->anchor_count; i++) {
        const struct gsi_anchor *anchor = &c->anchors[i];
        uint32_t bucket = bucket_of[anchor->phrase];
        struct gsi_needs *needs = &keys[anchor->word].needs;
        gsi_bits128 *bits = anchor->is_second ? needs->second : needs->first;
        bits[bucket / 128][bucket / 64 % 2] |= UINT64_C(1) << (bucket & 63);
    }
    for (uint32_t i = 0; i < GSI_SYMBOL_COUNT; i++)
        rules->symbols[i] = keys[i].needs;
    for (uint32_t i = GSI_SYMBOL_COUNT; i < c->word_count; i++)
        if (is_needed(&keys[i].needs)) {
            keys[count] = keys[i];
            keys[count++].first = c->words[i].key.first;
        }
    make_hints(rules, keys, unite(keys, count));
    gs_free(keys);
    gs_free(bucket_of);
}
