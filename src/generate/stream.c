/* stream.c -- which record comes next. */
#include "internal.h"

/* First profiles come before event 0: far enough that a join with a delay finds them. */
enum { FIRST_BEFORE_MS = 60000, FIRST_SPREAD_MS = 50000 };
/* Between an event and its arrival in the log. */
enum { TRANSIT_MS = 1500 };

static void set_odds(struct gs_generate *g)
{
    const struct gs_generate_config *c = &g->config;
    g->odds = (struct gsi_generate_odds){
        .self_comments = gsi_generate_threshold(c->self_comments),
        .null_texts = gsi_generate_threshold(c->null_texts),
        .upstream_scores = gsi_generate_threshold(c->upstream_scores),
        .malformed = gsi_generate_threshold(c->malformed),
        .duplicates = gsi_generate_threshold(c->duplicates),
        .disorder = gsi_generate_threshold(c->disorder),
        .late = gsi_generate_threshold(c->late),
        .fast_clock = gsi_generate_threshold(c->fast_clock),
        .comment_reactions = gsi_generate_threshold(c->comment_reactions),
    };
    const double changes[GS_ACTION_COUNT] = {
        [GS_ACTION_UNKNOWN] = c->comment_orphans,   [GS_ACTION_CREATED] = c->comment_repeats,
        [GS_ACTION_EDITED] = c->comment_edits,      [GS_ACTION_METRICS] = c->comment_counters,
        [GS_ACTION_DELETED] = c->comment_deletions,
    };
    double changed = 0;
    for (int a = 0; a < GS_ACTION_COUNT; a++)
        g->odds.comment_changes[a] = gsi_generate_threshold(changed += changes[a]);
    const struct gs_generate_shares *s = &c->shares;
    const double weights[GSI_SORT_COUNT] = {
        [GSI_SORT_COMMENT] = s->comments,         [GSI_SORT_SNAPSHOT] = s->snapshots,
        [GSI_SORT_PUBLISHED] = s->published,      [GSI_SORT_REACTION] = s->reactions,
        [GSI_SORT_PROFILE] = s->profiles,         [GSI_SORT_COMMENT_CHANGE] = s->comment_changes,
        [GSI_SORT_POST_CHANGE] = s->post_changes,
    };
    double total = 0;
    for (int i = 0; i < GSI_SORT_COUNT; i++)
        total += weights[i];
    double below = 0;
    for (int i = 0; i < GSI_SORT_COUNT; i++) {
        below += weights[i];
        g->sorts[i] = gsi_generate_threshold(below >= total ? 1 : below / total);
    }
}

/* So many that one writes a comment in two minutes on average: else they would all look like those
 * who write too many. */
static void set_actors(struct gs_generate *g)
{
    enum { ACTORS_MIN = 200000, ACTORS_MAX = 100000000 };
    const struct gs_generate_shares *s = &g->config.shares;
    if (g->config.actors > 0)
        return;
    double total = s->comments + s->snapshots + s->published + s->reactions + s->profiles +
                   s->comment_changes + s->post_changes;
    double wanted = g->step_ms > 0 ? 120000 / g->step_ms * s->comments / total : ACTORS_MAX;
    g->config.actors = (uint32_t)GS_MIN(GS_MAX(wanted, ACTORS_MIN), ACTORS_MAX);
}

enum gs_status gs_generate_create(const struct gs_generate_config *config,
                                  struct gs_generate **generate, struct gs_error *error)
{
    *generate = NULL;
    enum gs_status status = gsi_generate_check(config, error);
    if (status != GS_OK)
        return status;
    struct gs_generate *g = gs_calloc(1, sizeof *g);
    g->config = *config;
    set_odds(g);
    gsi_generate_random_seed(&g->random, config->seed);
    uint64_t text_seed = config->text_seed ? config->text_seed : config->seed;
    gsi_generate_random_seed(&g->text_random, gsi_generate_mix(text_seed));
    g->step_ms = config->rate ? 1000.0 * config->time_scale / (double)config->rate
                              : (double)config->span_ms / (double)config->events;
    set_actors(g);
    gsi_generate_zipf_init(&g->zipf, config->influencers, config->zipf);
    g->influencers = gs_calloc(config->influencers, sizeof *g->influencers);
    size_t posts = (size_t)config->influencers * config->posts_per_influencer;
    g->posts = gs_calloc(posts, sizeof *g->posts);
    g->repeats = gs_calloc(GSI_GENERATE_REPEATS, sizeof *g->repeats);
    gsi_generate_texts_init(&g->texts);
    gsi_generate_posts_init(g);
    gsi_generate_crowd_init(g);
    for (uint32_t i = 0; i < config->influencers; i++)
        g->first_profiles += gsi_generate_has_profile(g, i);
    *generate = g;
    return GS_OK;
}

void gs_generate_destroy(struct gs_generate *generate)
{
    if (!generate)
        return;
    gsi_generate_repeats_deinit(generate);
    gsi_generate_zipf_deinit(&generate->zipf);
    gs_free(generate->influencers);
    gs_free(generate->posts);
    gsi_generate_texts_deinit(&generate->texts);
    gs_buf_deinit(&generate->text);
    gs_buf_deinit(&generate->value);
    gs_free(generate);
}

uint64_t gs_generate_first_profiles(const struct gs_generate *generate)
{
    return generate->first_profiles;
}

void gsi_generate_set_start(struct gs_generate *g, int64_t start_ms)
{
    GS_ASSERT(g->events_made == 0);
    g->config.start_ms = start_ms;
}

static int64_t draw_event_time(struct gs_generate *g)
{
    const struct gs_generate_config *c = &g->config;
    struct gsi_generate_random *random = &g->random;
    int64_t t = g->now_ms - gsi_generate_below(random, TRANSIT_MS);
    if (gsi_generate_chance(random, g->odds.disorder))
        t -= gsi_generate_below64(random, c->disorder_max_ms);
    else if (gsi_generate_chance(random, g->odds.late))
        t -= gsi_generate_below64(random, c->late_max_ms);
    else if (gsi_generate_chance(random, g->odds.fast_clock))
        t = g->now_ms + 1 + gsi_generate_below64(random, c->fast_clock_max_ms);
    return GS_MAX(t, 0);
}

static enum gsi_generate_sort draw_sort(struct gs_generate *g)
{
    uint32_t draw = gsi_generate_u32(&g->random);
    int sort = 0;
    while (sort < GSI_SORT_COUNT - 1 && draw >= g->sorts[sort])
        sort++;
    return (enum gsi_generate_sort)sort;
}

static uint32_t draw_profile(struct gs_generate *g)
{
    uint32_t influencer = gsi_generate_zipf_pick(&g->zipf, &g->random);
    while (!gsi_generate_has_profile(g, influencer))
        influencer = (influencer + 1) % g->config.influencers;
    return influencer;
}

/* Fills in a record of a drawn sort; false if it has no value. Where nobody has a profile, a
 * comment takes its place. */
static bool build(struct gs_generate *g, struct gsi_generate_record *record)
{
    enum gsi_generate_sort sort = draw_sort(g);
    if (sort == GSI_SORT_PROFILE && g->first_profiles > 0)
        return gsi_generate_profile(g, record, draw_profile(g), false);
    uint32_t influencer = gsi_generate_zipf_pick(&g->zipf, &g->random);
    switch (sort) {
    case GSI_SORT_SNAPSHOT:
        gsi_generate_snapshot(g, record, influencer);
        break;
    case GSI_SORT_PUBLISHED:
        gsi_generate_published(g, record, influencer);
        break;
    case GSI_SORT_REACTION:
        gsi_generate_reaction(g, record, influencer);
        break;
    case GSI_SORT_COMMENT_CHANGE:
        gsi_generate_comment_change(g, record, influencer);
        break;
    case GSI_SORT_POST_CHANGE:
        gsi_generate_post_change(g, record, influencer);
        break;
    default:
        gsi_generate_comment(g, record, influencer);
    }
    return true;
}

static enum gs_generate_topic topic_of(const struct gsi_generate_record *record)
{
    switch ((enum gs_kind)record->kind) {
    case GS_KIND_PROFILE:
        return GS_GENERATE_PROFILES;
    case GS_KIND_POST:
        return GS_GENERATE_POSTS;
    case GS_KIND_REACTION:
        return record->reaction.comment_id.data ? GS_GENERATE_COMMENTS : GS_GENERATE_REACTIONS;
    default:
        return GS_GENERATE_COMMENTS;
    }
}

/* Encodes the record and describes it. */
static void finish(struct gs_generate *g, struct gsi_generate_record *record, bool has_value,
                   struct gs_generated *out)
{
    *out = (struct gs_generated){.record_ms = g->now_ms,
                                 .topic = (uint8_t)topic_of(record),
                                 .kind = record->kind,
                                 .action = record->action,
                                 .about = record->about,
                                 .noise = record->noise,
                                 .key = record->influencer_id,
                                 .event_id = gs_str_make("", 0)};
    out->partition = gs_kafka_partition(out->key, g->config.partitions);
    if (record->kind != GS_KIND_PROFILE) {
        record->event_id = gsi_generate_hash_id(g, GSI_ID_EVENT, 'e', g->sequence);
        out->event_id = record->event_id;
    }
    if (has_value) {
        enum gsi_generate_fault fault = gsi_generate_choose_fault(g, record->kind);
        gsi_generate_spoil_record(fault, record);
        gsi_generate_encode(record, &g->value);
        out->bad = (uint8_t)gsi_generate_spoil_value(g, fault, record, out);
    }
    out->event_ms = record->event_ms;
}

static void make_first_profile(struct gs_generate *g, struct gs_generated *out)
{
    while (!gsi_generate_has_profile(g, g->next_first))
        g->next_first++;
    int64_t spread = (int64_t)(g->sequence * FIRST_SPREAD_MS / g->first_profiles);
    g->now_ms = g->config.start_ms - FIRST_BEFORE_MS + spread;
    struct gsi_generate_record record = {.event_ms = g->now_ms};
    gsi_generate_profile(g, &record, g->next_first++, true);
    finish(g, &record, true, out);
}

bool gs_generate_next(struct gs_generate *generate, struct gs_generated *out)
{
    struct gs_generate *g = generate;
    if (g->sequence < g->first_profiles) {
        make_first_profile(g, out);
    } else {
        if (g->config.events && g->events_made == g->config.events)
            return false;
        g->now_ms = g->config.start_ms + (int64_t)(g->step_ms * (double)g->events_made);
        g->events_made++;
        if (!gsi_generate_repeat(g, out)) {
            struct gsi_generate_record record = {.event_ms = draw_event_time(g)};
            bool has_value = build(g, &record);
            finish(g, &record, has_value, out);
            out->sequence = g->sequence;
            gsi_generate_keep(g, out);
        }
    }
    out->sequence = g->sequence++;
    return true;
}
