/* cache.c -- scores of texts that were seen, by a hash of their bytes.
 *
 * Lines of two: a text has its place in one line, and there takes that of the one that was asked
 * for longer ago. */
#include "internal.h"

enum { WAYS = 2, NEGATIVE_ZERO_BIT = 46 };

struct gsi_cache_line {
    struct gs_hash128 keys[WAYS];
    uint64_t scores[WAYS]; /* packed, never 0; 0: an empty place */
    uint64_t newer;        /* which one was asked for last */
    uint64_t unused;
};
_Static_assert(sizeof(struct gsi_cache_line) == 64, "a line of memory");

/* All members have few decimals: whole numbers keep them. The top bit says that it is a score. */
static uint64_t pack(const struct gs_sentiment_score *score)
{
    uint64_t shares = (uint64_t)gsi_round(score->neg, 1000) |
                      (uint64_t)gsi_round(score->neu, 1000) << 10 |
                      (uint64_t)gsi_round(score->pos, 1000) << 20;
    uint64_t sign = __builtin_signbit(score->compound) ? 1 : 0;
    uint64_t compound =
        (uint64_t)(score->compound_1e4 < 0 ? -score->compound_1e4 : score->compound_1e4);
    return UINT64_C(1) << 63 | sign << NEGATIVE_ZERO_BIT | compound << 30 | shares;
}

static void unpack(uint64_t packed, struct gs_sentiment_score *score)
{
    bool is_negative = packed >> NEGATIVE_ZERO_BIT & 1;
    int32_t compound = (int32_t)(packed >> 30 & 0xFFFF);
    *score = (struct gs_sentiment_score){
        .neg = (double)(packed & 1023) / 1000.0,
        .neu = (double)(packed >> 10 & 1023) / 1000.0,
        .pos = (double)(packed >> 20 & 1023) / 1000.0,
        .compound = is_negative ? -(compound / 10000.0) : compound / 10000.0,
        .compound_1e4 = is_negative ? -compound : compound,
    };
}

void gs_sentiment_cache_resize(struct gs_sentiment_scratch *scratch, uint32_t entries)
{
    GS_ASSERT(entries <= GS_SENTIMENT_CACHE_MAX && (entries & (entries - 1)) == 0);
    uint32_t lines = GS_MAX(entries / WAYS, 1U);
    gs_free(scratch->cache.lines);
    scratch->cache = (struct gsi_cache){.mask = lines - 1};
    if (entries == 0)
        return;
    size_t bytes = lines * sizeof(struct gsi_cache_line);
    scratch->cache.lines = gs_alloc_aligned(sizeof(struct gsi_cache_line), bytes);
    memset(scratch->cache.lines, 0, bytes);
}

struct gs_sentiment_cache_counters gs_sentiment_cache_counters(
    const struct gs_sentiment_scratch *scratch)
{
    return scratch->cache.counters;
}

struct gs_hash128 gsi_cache_key(const struct gs_sentiment *s, struct gs_str text)
{
    struct gs_hash128 key = gs_hash128(text.data, text.len);
    key.high ^= s->version;
    return key;
}

bool gsi_cache_find(struct gsi_cache *cache, struct gs_hash128 key,
                    struct gs_sentiment_score *score)
{
    struct gsi_cache_line *line = &cache->lines[key.low & cache->mask];
    for (size_t way = 0; way < WAYS; way++) {
        if (line->keys[way].low != key.low || line->keys[way].high != key.high ||
            line->scores[way] == 0)
            continue;
        unpack(line->scores[way], score);
        line->newer = way;
        cache->counters.hits++;
        return true;
    }
    cache->counters.misses++;
    return false;
}

void gsi_cache_put(struct gsi_cache *cache, struct gs_hash128 key,
                   const struct gs_sentiment_score *score)
{
    struct gsi_cache_line *line = &cache->lines[key.low & cache->mask];
    size_t way = 1 - line->newer;
    line->keys[way] = key;
    line->scores[way] = pack(score);
    line->newer = way;
}
