/* profiles.c -- InfluencerProfiles: followers and campaigns, their changes, tombstones. */
#include "internal.h"

enum { DAY_MS = 86400000 };

static void set_campaign(struct gs_generate *g, struct gsi_generate_campaign *out, uint32_t n,
                         uint32_t influencer, uint32_t campaign)
{
    uint64_t hash = gsi_generate_hash(g, 'C', campaign);
    uint64_t cost = gsi_generate_hash(g, 'K', ((uint64_t)campaign << 32) | influencer);
    int64_t start = g->config.start_ms;
    uint32_t brand = campaign % g->config.brands;
    out->campaign_id = gsi_generate_number_id(g, GSI_ID_CAMPAIGN + n, "camp", campaign, 4);
    out->brand_id = gsi_generate_number_id(g, GSI_ID_BRAND + n, "brand", brand, 4);
    out->cost_micros = (int64_t)(50 + cost % 4000) * 1000000;
    /* Open ones, running ones, and some that end, or only begin, within the first hour. */
    out->from_ms = start - (int64_t)(hash >> 8) % (5 * (int64_t)DAY_MS);
    out->to_ms = start + (int64_t)(1 + (hash >> 16) % 30) * DAY_MS;
    if (hash % 8 == 0)
        out->from_ms = GS_NULL_INT;
    if (hash % 8 == 1)
        out->from_ms = start + (int64_t)((hash >> 8) % 3600000);
    if (hash % 8 == 2)
        out->to_ms = start + (int64_t)((hash >> 8) % 3600000);
    if (hash % 8 > 4)
        out->to_ms = GS_NULL_INT;
    if (out->from_ms != GS_NULL_INT)
        out->from_ms = GS_MAX(out->from_ms, 0);
    out->goal = (enum gs_goal)((hash >> 40) % (GS_GOAL_IMAGE + 1));
}

bool gsi_generate_profile(struct gs_generate *g, struct gsi_generate_record *record,
                          uint32_t influencer, bool first)
{
    struct gsi_generate_influencer *state = &g->influencers[influencer];
    record->kind = GS_KIND_PROFILE;
    gsi_generate_head(g, record, influencer);
    if (!first) {
        state->gone = !state->gone && gsi_generate_one_in(&g->random, 20);
        if (state->revision < 1000)
            state->revision++;
        if (state->gone)
            return false;
    }
    uint64_t hash = gsi_generate_hash(g, 'h', influencer);
    record->profile.handle = gsi_generate_number_id(g, GSI_ID_HANDLE, "@creator", influencer, 1);
    record->profile.followers = gsi_generate_followers(g, influencer);
    record->profile.following = hash % 4 ? (int64_t)(hash >> 8) % 2000 : GS_NULL_INT;
    uint32_t campaign;
    uint32_t n = 0;
    for (; n < GSI_GENERATE_CAMPAIGNS && gsi_generate_campaign_of(g, influencer, n, &campaign); n++)
        set_campaign(g, &record->profile.campaigns[n], n, influencer, campaign);
    record->profile.campaign_count = n;
    return true;
}
