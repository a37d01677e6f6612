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
    return 1 + (uint32_t)((hash >> 8) % (gsi_generate_language_count - 1));
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

static char *put_digits(char *at, uint64_t number, uint32_t digits)
{
    char reversed[24];
    uint32_t count = 0;
    do {
        reversed[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    for (; count < digits; digits--)
        *at++ = '0';
    while (count)
        *at++ = reversed[--count];
    return at;
}

struct gs_str gsi_generate_number_id(struct gs_generate *g, unsigned slot, const char *prefix,
                                     uint64_t number, uint32_t digits)
{
    char *start = g->ids[slot];
    char *at = stpcpy(start, prefix);
    at = put_digits(at, number, digits);
    return gs_str_make(start, (size_t)(at - start));
}

struct gs_str gsi_generate_hash_id(struct gs_generate *g, unsigned slot, char prefix,
                                   uint64_t number)
{
    char *start = g->ids[slot];
    uint64_t hash = gsi_generate_hash(g, (unsigned char)prefix, number);
    start[0] = prefix;
    for (int i = 16; i > 0; i--, hash >>= 4)
        start[i] = "0123456789abcdef"[hash & 15];
    return gs_str_make(start, 17);
}
