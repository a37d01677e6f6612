/* crowd.c -- comments that are no opinion of an audience: copies by many accounts, bursts of one,
 * and raids. A wave that has begun is kept in a heap by the time when its next comment is due;
 * when that is full, the next one due is sent early, so that the shares stay right. Kept is a
 * seed and not a text: every copy makes it anew. */
#include "internal.h"

enum {
    COPIES_MIN = 8,
    COPIES_SPREAD = 33, /* 24 on average, within one to two minutes */
    BURST_MIN = 7,
    BURST_SPREAD = 8, /* 10.5 on average, within 20 to 50 s */
    RAID_EVERY_MS = 60000,
    RAID_FROM_MS = 10000,
    RAID_TO_MS = 25000,
    BOTS = 65536
};

/* A wave of n comments on average is begun by one of its comments, and the other n - 1 come when
 * they are due; what is left of the comments decides whether to begin one. */
void gsi_generate_crowd_init(struct gs_generate *g)
{
    const struct gs_generate_config *c = &g->config;
    double copies = COPIES_MIN + (COPIES_SPREAD - 1) / 2.0;
    double burst = BURST_MIN + (BURST_SPREAD - 1) / 2.0;
    double rest = 1 - c->waves * (1 - 1 / copies) - c->bursts * (1 - 1 / burst);
    double others = 1 - c->waves - c->bursts;
    g->odds.waves = gsi_generate_threshold(c->waves / copies / rest);
    g->odds.bursts = gsi_generate_threshold(c->bursts / burst / rest);
    g->odds.spam = gsi_generate_threshold(others > c->spam ? c->spam / others : c->spam > 0);
    g->odds.raid = gsi_generate_threshold(c->raid);
    for (uint32_t i = 0; i < c->influencers; i++)
        if (gsi_generate_topic_of(g, i) == GSI_TOPIC_SPORT && gsi_generate_language_of(g, i) == 0 &&
            gsi_generate_has_profile(g, i)) {
            g->raided = i;
            break;
        }
}

/* ------------------------------------------------------------------ the heap */

static void sift_up(struct gsi_generate_wave *heap, uint32_t at)
{
    for (; at > 0 && heap[at].due_ms < heap[(at - 1) / 2].due_ms; at = (at - 1) / 2) {
        struct gsi_generate_wave held = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = held;
    }
}

static void sift_down(struct gsi_generate_wave *heap, uint32_t count)
{
    for (uint32_t at = 0, child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && heap[child + 1].due_ms < heap[child].due_ms)
            child++;
        if (heap[at].due_ms <= heap[child].due_ms)
            return;
        struct gsi_generate_wave held = heap[at];
        heap[at] = heap[child];
        heap[child] = held;
    }
}

/* ------------------------------------------------------------------ waves and bursts */

static void describe(const struct gs_generate *g, const struct gsi_generate_wave *wave,
                     struct gsi_generate_part *part)
{
    uint32_t first = (uint32_t)(wave->seed >> 32) % BOTS;
    part->influencer = wave->influencer;
    part->post = wave->post;
    part->seed = wave->seed;
    part->noise = wave->burst ? GS_GENERATE_BURST : GS_GENERATE_COPY;
    part->actor =
        g->config.actors + (wave->burst ? BOTS + first : (first + wave->left) % (uint32_t)BOTS);
}

static void begin(struct gs_generate *g, uint32_t influencer, bool burst,
                  struct gsi_generate_part *part)
{
    struct gsi_generate_random *random = &g->random;
    uint32_t count = burst ? BURST_MIN + gsi_generate_below(random, BURST_SPREAD)
                           : COPIES_MIN + gsi_generate_below(random, COPIES_SPREAD);
    int64_t within = burst ? 20000 + gsi_generate_below(random, 30001)
                           : 60000 + gsi_generate_below(random, 60001);
    uint64_t text_seed = g->config.text_seed ? g->config.text_seed : g->config.seed;
    struct gsi_generate_wave wave = {
        .step_ms = within / (count - 1),
        .seed = gsi_generate_mix(gsi_generate_mix(text_seed ^ 'W') + g->waves_begun++),
        .influencer = influencer,
        .post = gsi_generate_pick_post(g, influencer)->number,
        .left = count - 1,
        .burst = burst,
    };
    describe(g, &wave, part);
    wave.due_ms = g->now_ms + wave.step_ms;
    wave.left--;
    GS_ASSERT(g->wave_count < GSI_GENERATE_WAVES);
    g->waves[g->wave_count] = wave;
    sift_up(g->waves, g->wave_count++);
}

/* The comment of the wave that is due next, which goes on or ends. */
static void go_on(struct gs_generate *g, struct gsi_generate_part *part)
{
    struct gsi_generate_wave *wave = &g->waves[0];
    describe(g, wave, part);
    wave->due_ms += wave->step_ms / 2 + gsi_generate_below64(&g->random, wave->step_ms + 1);
    if (wave->left-- == 0)
        *wave = g->waves[--g->wave_count];
    sift_down(g->waves, g->wave_count);
}

/* A quarter of every minute, while everything else goes on. */
static bool is_raid(struct gs_generate *g)
{
    int64_t within = (g->now_ms - g->config.start_ms) % RAID_EVERY_MS;
    return within >= RAID_FROM_MS && within < RAID_TO_MS &&
           gsi_generate_chance(&g->random, g->odds.raid);
}

/* Half of it is one text, another one in each raid. */
static void join_raid(struct gs_generate *g, struct gsi_generate_part *part)
{
    uint64_t raid = (uint64_t)((g->now_ms - g->config.start_ms) / RAID_EVERY_MS);
    part->influencer = g->raided;
    part->post = gsi_generate_pick_post(g, g->raided)->number;
    part->actor = g->config.actors + (uint32_t)(g->comment_count % BOTS);
    part->seed = gsi_generate_hash(g, 'R', raid);
    part->noise = gsi_generate_one_in(&g->random, 2) ? GS_GENERATE_COPY : GS_GENERATE_SPAM;
}

bool gsi_generate_crowd(struct gs_generate *g, uint32_t influencer, struct gsi_generate_part *part)
{
    if (g->odds.raid && is_raid(g)) {
        join_raid(g, part);
        return true;
    }
    if (g->wave_count && (g->waves[0].due_ms <= g->now_ms || g->wave_count == GSI_GENERATE_WAVES)) {
        go_on(g, part);
        return true;
    }
    if (!g->odds.waves && !g->odds.bursts)
        return false;
    uint32_t draw = gsi_generate_u32(&g->random);
    if (draw >= g->odds.waves + g->odds.bursts)
        return false;
    begin(g, influencer, draw >= g->odds.waves, part);
    return true;
}

/* ------------------------------------------------------------------ texts */

void gsi_generate_spam_text(struct gs_generate *g)
{
    const struct gsi_generate_voice voice = {.texts = &g->texts,
                                             .random = &g->text_random,
                                             .language = &g->texts.languages[GSI_LANGUAGE_SPAMMER]};
    gsi_generate_phrase(&voice, &g->texts.common.spam, &g->text);
}

/* The same for the same seed; at least four words, so not in a language without spaces. */
static const struct gsi_generate_language *set_copy(struct gs_generate *g,
                                                    const struct gsi_generate_part *part)
{
    struct gsi_generate_random own;
    struct gsi_generate_voice voice = gsi_generate_voice_of(g, part->influencer);
    gsi_generate_random_seed(&own, part->seed);
    voice.random = &own;
    voice.by[GSI_BY_MOOD] = gsi_generate_one_in(&own, 2) ? GSI_MOOD_POSITIVE : GSI_MOOD_NEGATIVE;
    if (!*voice.language->gap || gsi_generate_one_in(&own, 4))
        voice.language = &g->texts.languages[GSI_LANGUAGE_ENGLISH];
    if (gsi_generate_one_in(&own, 3)) {
        voice.language = &g->texts.languages[GSI_LANGUAGE_SPAMMER];
        gsi_generate_phrase(&voice, &g->texts.common.copied, &g->text);
    } else {
        gsi_generate_sentences(&voice, 70 + gsi_generate_below(&own, 60), &g->text);
    }
    gsi_generate_disguise(&g->text_random, &g->text);
    return voice.language;
}

const struct gsi_generate_language *gsi_generate_crowd_text(struct gs_generate *g,
                                                            const struct gsi_generate_part *part)
{
    if (part->noise == GS_GENERATE_COPY)
        return set_copy(g, part);
    gsi_generate_spam_text(g);
    return &g->texts.languages[GSI_LANGUAGE_SPAMMER];
}
