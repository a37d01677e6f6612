/* entities.c -- what an influencer or a campaign is: hashes of its number, nothing stored. */
#include "internal.h"

/* Ranks per thousand of the most active influencers, and the audience that they have. */
static const struct {
    uint32_t per_mille;
    int64_t followers;
} tiers[] = {{2, 1000000}, {8, 500000}, {50, 100000}, {400, 10000}, {1000, 1000}};

uint64_t gsi_generate_hash(const struct gs_generate *g, uint64_t what, uint64_t number)
{
    return gsi_generate_mix(gsi_generate_mix(g->config.seed ^ (what << 56)) + number);
}

struct gs_str gsi_generate_platform(const struct gs_generate *g, uint32_t influencer)
{
    static const char *const names[] = {"instagram", "instagram", "tiktok", "tiktok",
                                        "youtube",   "youtube",   "x",      "bluesky"};
    return gs_str_of(names[gsi_generate_hash(g, 'p', influencer) % GS_COUNT_OF(names)]);
}

uint32_t gsi_generate_language_of(const struct gs_generate *g, uint32_t influencer)
{
    uint64_t hash = gsi_generate_hash(g, 'l', influencer);
    if (hash % 4 != 0)
        return 0;
    return 1 + (uint32_t)((hash >> 8) % (GSI_LANGUAGE_SPAMMER - 1));
}

enum gsi_generate_topic gsi_generate_topic_of(const struct gs_generate *g, uint32_t influencer)
{
    return (enum gsi_generate_topic)(gsi_generate_hash(g, 't', influencer) % GSI_TOPIC_COUNT);
}

struct gsi_generate_voice gsi_generate_voice_of(struct gs_generate *g, uint32_t influencer)
{
    return (struct gsi_generate_voice){
        .texts = &g->texts,
        .random = &g->text_random,
        .language = &g->texts.languages[gsi_generate_language_of(g, influencer)],
        .by = {[GSI_BY_MOOD] = GSI_MOOD_POSITIVE,
               [GSI_BY_TOPIC] = gsi_generate_topic_of(g, influencer)},
    };
}

bool gsi_generate_has_profile(const struct gs_generate *g, uint32_t influencer)
{
    uint64_t threshold = gsi_generate_threshold(g->config.without_profile);
    return (gsi_generate_hash(g, 'w', influencer) >> 32) >= threshold;
}

/* The most active have the largest audiences; the numbers drift with every revision. */
int64_t gsi_generate_followers(const struct gs_generate *g, uint32_t influencer)
{
    uint64_t rank = (uint64_t)influencer * 1000 / g->config.influencers;
    size_t tier = 0;
    while (rank >= tiers[tier].per_mille)
        tier++;
    int64_t floor = tiers[tier].followers;
    uint64_t hash = gsi_generate_hash(g, 'f', influencer);
    int64_t followers = floor + (int64_t)(hash % (uint64_t)(floor * 4));
    return followers + followers / 100 * g->influencers[influencer].revision;
}

bool gsi_generate_campaign_of(const struct gs_generate *g, uint32_t influencer, uint32_t n,
                              uint32_t *campaign)
{
    if (g->config.campaigns == 0)
        return false;
    /* Every fourth revision brings other campaigns. */
    uint64_t era = g->influencers[influencer].revision / 4u;
    uint64_t hash = gsi_generate_hash(g, 'c', influencer + (era << 32));
    static const uint8_t counts[] = {0, 0, 0, 1, 1, 1, 2, 3};
    if (n >= counts[hash % GS_COUNT_OF(counts)])
        return false;
    *campaign = (uint32_t)(((hash >> 8) + (uint64_t)n * 7) % g->config.campaigns);
    return true;
}

/* Two digits at a time, from the last to the first, each at its place. */
static char *put_digits(char *at, uint64_t number, uint32_t digits)
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    static const uint64_t limits[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
    uint64_t limit = digits < GS_COUNT_OF(limits) ? limits[digits] : UINT64_MAX;
    for (; number >= limit; limit = limit > UINT64_MAX / 10 ? UINT64_MAX : limit * 10)
        digits++;
    char *end = at + digits;
    char *next = end;
    for (; next - at >= 2; number /= 100)
        memcpy(next -= 2, pairs + 2 * (number % 100), 2);
    if (next > at)
        *at = (char)('0' + number);
    return end;
}

struct gs_str gsi_generate_number_id(struct gs_generate *g, unsigned slot, const char *prefix,
                                     uint64_t number, uint32_t digits)
{
    char *start = g->ids[slot];
    char *at = start;
    while (*prefix) /* a few characters: not worth a call */
        *at++ = *prefix++;
    at = put_digits(at, number, digits);
    return gs_str_make(start, (size_t)(at - start));
}

/* 00 to ff. */
static const char hex[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
                          "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
                          "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
                          "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
                          "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
                          "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
                          "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
                          "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

struct gs_str gsi_generate_hash_id(struct gs_generate *g, unsigned slot, char prefix,
                                   uint64_t number)
{
    char *start = g->ids[slot];
    uint64_t hash = gsi_generate_hash(g, (unsigned char)prefix, number);
    start[0] = prefix;
    for (int i = 15; i > 0; i -= 2, hash >>= 8)
        memcpy(start + i, hex + 2 * (hash & 255), 2);
    return gs_str_make(start, 17);
}
