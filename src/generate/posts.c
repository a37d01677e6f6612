/* posts.c -- PostEvents: publishing, cumulative counters that grow and are sometimes purged,
 * edits, deletions. */
#include "internal.h"

enum { DAY_MS = 86400000 };

/* Every influencer begins with a full set of posts, up to two days old: the first sight of half of
 * them lies before any window, as on a service that is started in the middle of things. */
void gsi_generate_posts_init(struct gs_generate *g)
{
    uint32_t live = g->config.posts_per_influencer;
    for (uint32_t i = 0; i < g->config.influencers; i++) {
        g->influencers[i].posts = live;
        for (uint32_t n = 0; n < live; n++) {
            uint64_t hash = gsi_generate_hash(g, 'o', (uint64_t)i * live + n);
            struct gsi_generate_post *post = &g->posts[(size_t)i * live + n];
            int64_t age = (int64_t)(hash % (2 * (uint64_t)DAY_MS));
            post->created_ms = GS_MAX(g->config.start_ms - age, 0);
            post->number = n;
            post->views = (int64_t)((hash >> 32) % 5000);
        }
    }
}

void gsi_generate_head(struct gs_generate *g, struct gsi_generate_record *record,
                       uint32_t influencer)
{
    record->platform = gsi_generate_platform(g, influencer);
    record->influencer_id = gsi_generate_number_id(g, GSI_ID_INFLUENCER, "inf", influencer, 7);
}

void gsi_generate_set_post(struct gs_generate *g, struct gsi_generate_record *record,
                           uint32_t influencer, uint32_t number)
{
    struct gs_str id = gsi_generate_number_id(g, GSI_ID_POST, "p", influencer, 1);
    char *end = g->ids[GSI_ID_POST] + id.len;
    *end = '-';
    /* The number behind it is made in the slot of the handle, which only profiles use. */
    struct gs_str tail = gsi_generate_number_id(g, GSI_ID_HANDLE, "", number, 1);
    memcpy(end + 1, tail.data, tail.len);
    record->post_id = gs_str_make(id.data, id.len + 1 + tail.len);
}

/* The newest posts get the most attention; a deleted one makes way for the newest. */
struct gsi_generate_post *gsi_generate_pick_post(struct gs_generate *g, uint32_t influencer)
{
    uint32_t live = g->config.posts_per_influencer;
    uint32_t newest = g->influencers[influencer].posts - 1;
    uint32_t age = 0;
    uint64_t bits = gsi_generate_u64(&g->random);
    while (age + 1 < live && (bits & 3) == 0) {
        age++;
        bits >>= 2;
    }
    struct gsi_generate_post *slots = g->posts + (size_t)influencer * live;
    struct gsi_generate_post *post = &slots[(newest - age) % live];
    /* One in 16 comes for a deleted post all the same: platforms are not in step with themselves.
     */
    if (post->deleted && (bits >> 60) != 0)
        post = &slots[newest % live];
    return post;
}

/* One in four events says itself what it belongs to; the others leave that to the profiles. */
void gsi_generate_attribute(struct gs_generate *g, struct gsi_generate_record *record,
                            uint32_t influencer)
{
    uint32_t campaign;
    uint32_t draw = gsi_generate_below(&g->random, 16);
    if (draw < 4 && gsi_generate_campaign_of(g, influencer, 0, &campaign)) {
        record->campaign_id = gsi_generate_number_id(g, GSI_ID_CAMPAIGN, "camp", campaign, 4);
        record->brand_count = 1;
        record->brands[0] =
            gsi_generate_number_id(g, GSI_ID_BRAND, "brand", campaign % g->config.brands, 4);
    }
    if (draw == 0 || draw == 15) {
        uint32_t other = gsi_generate_below(&g->random, g->config.brands);
        uint32_t at = record->brand_count++;
        record->brands[at] = gsi_generate_number_id(g, GSI_ID_BRAND + at, "brand", other, 4);
    }
}

static void set_post_text(struct gs_generate *g, struct gsi_generate_record *record,
                          uint32_t influencer)
{
    struct gsi_generate_voice voice = gsi_generate_voice_of(g, influencer);
    if (gsi_generate_one_in(&g->text_random, 50))
        gsi_generate_phrase(&voice, &g->texts.common.unsafe, &g->text);
    else
        gsi_generate_prose(&voice, g->config.text_bytes, &g->text);
    record->text = gs_str_make(g->text.data, g->text.len);
    record->lang = gs_str_of(voice.language->code);
}

static void start_post(struct gs_generate *g, struct gsi_generate_record *record,
                       uint32_t influencer, enum gs_action action)
{
    gsi_generate_head(g, record, influencer);
    record->kind = GS_KIND_POST;
    record->action = (uint8_t)action;
    record->post.cost_micros = GS_NULL_INT;
    record->post.followers = GS_NULL_INT;
    record->post.created_ms = GS_NULL_INT;
    gsi_generate_attribute(g, record, influencer);
}

void gsi_generate_published(struct gs_generate *g, struct gsi_generate_record *record,
                            uint32_t influencer)
{
    start_post(g, record, influencer, GS_ACTION_PUBLISHED);
    uint32_t number = g->influencers[influencer].posts++;
    uint32_t live = g->config.posts_per_influencer;
    struct gsi_generate_post *post = &g->posts[(size_t)influencer * live + number % live];
    *post = (struct gsi_generate_post){.created_ms = record->event_ms, .number = number};
    gsi_generate_set_post(g, record, influencer, number);
    set_post_text(g, record, influencer);
    /* One in ten leaves the time of creation to the event time. */
    if (!gsi_generate_one_in(&g->random, 10))
        record->post.created_ms = post->created_ms;
    record->post.followers = gsi_generate_followers(g, influencer);
    if (record->campaign_id.data)
        record->post.cost_micros =
            50000000 + (int64_t)gsi_generate_below(&g->random, 500) * 1000000;
}

/* Counters as shares of the views, in 1/1024, other for every post; what a platform does not export
 * is absent. */
static void set_metrics(struct gs_generate *g, struct gsi_generate_record *record,
                        const struct gsi_generate_post *post, int64_t views)
{
    uint64_t hash = gsi_generate_hash(g, 'm', post->number + (uint64_t)(post->created_ms << 16));
    int64_t *metrics = record->post.metrics;
    char platform = record->platform.data[0];
    int64_t likes = (views * (int64_t)(20 + hash % 80)) >> 10;
    for (int i = 0; i < GS_SNAPSHOT_COUNT; i++)
        metrics[i] = GS_NULL_INT;
    metrics[GS_SNAPSHOT_LIKES] = likes;
    metrics[GS_SNAPSHOT_COMMENTS] = (views * (int64_t)(2 + (hash >> 8) % 16)) >> 10;
    metrics[GS_SNAPSHOT_VIEWS] = views;
    metrics[GS_SNAPSHOT_SHARES] = (views * (int64_t)(1 + (hash >> 16) % 8)) >> 10;
    if (platform == 'i' || platform == 't')
        metrics[GS_SNAPSHOT_SAVES] = (views * (int64_t)(1 + (hash >> 24) % 10)) >> 10;
    if (platform == 'y')
        metrics[GS_SNAPSHOT_DISLIKES] = likes >> 5;
    if (platform == 'i')
        metrics[GS_SNAPSHOT_REACH] = views - (views >> 2);
    if (platform != 'b')
        metrics[GS_SNAPSHOT_IMPRESSIONS] = views + (views >> 1);
    if (platform == 'x')
        metrics[GS_SNAPSHOT_CLICKS] = views >> 6;
    record->post.has_metrics = true;
}

void gsi_generate_snapshot(struct gs_generate *g, struct gsi_generate_record *record,
                           uint32_t influencer)
{
    struct gsi_generate_random *random = &g->random;
    start_post(g, record, influencer, GS_ACTION_METRICS);
    struct gsi_generate_post *post = gsi_generate_pick_post(g, influencer);
    gsi_generate_set_post(g, record, influencer, post->number);
    int64_t reached = gsi_generate_followers(g, influencer) / 200 + 20;
    int64_t more = gsi_generate_below64(random, reached);
    post->views += more;
    /* The sources of one influencer in a hundred count what is new and not what there is. */
    bool delta = gsi_generate_hash(g, 'd', influencer) % 100 == 0;
    set_metrics(g, record, post, delta ? more : post->views);
    if (delta) {
        record->post.temporality = GS_TEMPORALITY_DELTA;
    } else {
        int64_t *likes = &record->post.metrics[GS_SNAPSHOT_LIKES];
        if (gsi_generate_one_in(random, 80))
            post->purged += (*likes - post->purged) / 8;
        *likes -= post->purged;
        if (gsi_generate_one_in(random, 4))
            record->post.temporality = GS_TEMPORALITY_CUMULATIVE;
    }
    if (!gsi_generate_one_in(random, 4))
        record->post.created_ms = post->created_ms;
    if (gsi_generate_one_in(random, 2))
        record->post.followers = gsi_generate_followers(g, influencer);
}

void gsi_generate_post_change(struct gs_generate *g, struct gsi_generate_record *record,
                              uint32_t influencer)
{
    bool deleted = gsi_generate_one_in(&g->random, 3);
    start_post(g, record, influencer, deleted ? GS_ACTION_DELETED : GS_ACTION_EDITED);
    struct gsi_generate_post *post = gsi_generate_pick_post(g, influencer);
    gsi_generate_set_post(g, record, influencer, post->number);
    if (deleted)
        post->deleted = true;
    else
        set_post_text(g, record, influencer);
}
