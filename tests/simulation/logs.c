/* logs.c -- random input logs: few ids, so that records meet; out of order, late, early, bad, and
 * repeated ones; snapshots, deletions, comments that change, profiles that come and go. */
#include "simulation.h"

#include <math.h>

enum { COMMENT_IDS = 24, POSTS_FEW = 6, POSTS_MANY = 40, NAME_BYTES = 16 };

static const char *const authors[] = {"ann", "b/o b", "\xC3\xA9va"};
static const char *const campaigns[] = {"c1", "c:2"};
#define GERMAN "das ist nicht so gut wie ich dachte"
static const char *const texts[] = {NULL, "", "I love this", "hate it!!", "ok", GERMAN};
/* Where comments are judged: see rescan_verdict.c. */
static const char *const judged_texts[] = {NULL,
                                           "I love this",
                                           GERMAN,
                                           "hate it!!",
                                           "\xF0\x9F\x98\x8D",
                                           "free watches at https://spam.example/now",
                                           "this watch changed my life",
                                           "this watch changed my life",
                                           "This  WATCH changed my life",
                                           "is it not the best of all days",
                                           "is it not the best of all days"};
static const char *const actors[] = {"fan", "eve", "bob", "zoe", "kim", "lee", "joe"};
static const char *const langs[] = {NULL, "en", "EN_us", "de", "und", ""};

static char comment_ids[COMMENT_IDS][NAME_BYTES];
static char post_ids[POSTS_MANY][NAME_BYTES];

static void name_things(void)
{
    if (post_ids[0][0])
        return;
    for (int i = 0; i < COMMENT_IDS; i++)
        snprintf(comment_ids[i], NAME_BYTES, "c%d", i);
    for (int i = 0; i < POSTS_MANY; i++)
        snprintf(post_ids[i], NAME_BYTES, i == 4 ? "p %d" : "p%d", i);
}

/* Windows of 10 s, 1 min and 10 min; posts have the longer two. */
static struct gs_task_config base_config(uint32_t side)
{
    struct gs_task_config config = {
        .task = side,
        .inputs = {{"profiles", true}, {"posts", false}, {"comments", false}, {"reactions", false}},
        .input_count = INPUTS,
        .windows = {{10000, 1000}, {60000, 5000}, {600000, 60000}},
        .window_names = {"10s", "1m", "10m"},
        .window_count = LEVELS,
        .views = {{"influencer", {GS_KEY_INFLUENCER}, 1, 7},
                  {"post", {GS_KEY_POST}, 1, 6},
                  {"campaign_influencer", {GS_KEY_CAMPAIGN, GS_KEY_INFLUENCER}, 2, 7}},
        .view_count = VIEWS,
        .profiles_delay_ms = 500,
        .dedupe_window_ms = 20000,
        .dedupe_capacity = 12,
        .comments_horizon_ms = 60000,
        .comments_max = 1000,
        .entities_max = 10000,
        .idle_after_ms = 10000,
        .flush_interval_ms = 100,
        .cluster_id = "cluster",
        .group = "group",
        .partition_count = SIDES_MAX,
    };
    snprintf(config.prefix, sizeof config.prefix, "s%u", side);
    return config;
}

static const struct gs_clean_rules *make_rules(bool soft_copies)
{
    static struct gs_clean_rules *rules[2];
    struct gs_clean_config config;
    struct gs_error error;
    gs_clean_config_default(&config);
    config.rule[GS_REASON_LANG_OTHER] =
        (struct gs_clean_rule){.action = GS_VERDICT_DOWNWEIGHT, .weight = 64};
    if (soft_copies)
        config.rule[GS_REASON_COPYPASTA] =
            (struct gs_clean_rule){.action = GS_VERDICT_DOWNWEIGHT, .weight = 128};
    if (!rules[soft_copies] && gs_clean_rules_create(&config, &rules[soft_copies], &error) != GS_OK)
        GS_ASSERT(!"no rules");
    return rules[soft_copies];
}

/* With short memories, so that their generations end often and are full at times. */
static void judge(struct sim_logs *logs, uint64_t *random)
{
    struct gs_task_config *config = &logs->config;
    logs->soft_copies = sim_chance(random, 20);
    config->rules = make_rules(logs->soft_copies);
    config->copies = (struct gs_copies_config){.window_ms = sim_chance(random, 50) ? 60000 : 20000,
                                               .capacity = sim_chance(random, 50) ? 10 : 1000,
                                               .words_min = 4,
                                               .authors_min = 2 + (uint32_t)sim_below(random, 4)};
    config->burst = (struct gs_burst_config){.window_ms = 20000,
                                             .capacity = sim_chance(random, 50) ? 10 : 1000,
                                             .comments_max = 4,
                                             .on_post_burst = 3};
}

static void choose_config(struct gs_task_config *config, uint64_t *random)
{
    if (sim_chance(random, 50))
        config->view_count = BY_CAMPAIGN; /* then no profiles are joined */
    if (sim_chance(random, 30))
        config->comments_max = 10;
    if (sim_chance(random, 30))
        config->engagement = GS_ENGAGEMENT_REACTIONS;
    if (sim_chance(random, 30))
        config->comments_horizon_ms = 900000; /* longer than the longest window */
    config->idle_advance = sim_chance(random, 70);
}

/* ------------------------------------------------------------------ one record */

static struct gs_str pick(uint64_t *random, const char *const *from, int64_t count)
{
    return gs_str_of(from[sim_below(random, count)]);
}

static int64_t event_time(uint64_t *random, int64_t record_ms)
{
    static const int64_t lateness[] = {300, 300, 300, 300, 300, 15000, 15000, 90000, 700000};
    if (sim_chance(random, 3))
        return record_ms + 1 + sim_below(random, 5000);
    return record_ms - sim_below(random, lateness[sim_below(random, GS_COUNT_OF(lateness))]);
}

/* Where a record goes to, and how many posts there are. */
struct place {
    int input;
    uint32_t number;
    int64_t record_ms;
    int64_t posts;
    bool judged;
};

static void fill_post(uint64_t *random, struct gs_event *event, const struct place *place)
{
    static const enum gs_action actions[] = {
        GS_ACTION_PUBLISHED, GS_ACTION_PUBLISHED, GS_ACTION_METRICS, GS_ACTION_METRICS,
        GS_ACTION_METRICS,   GS_ACTION_METRICS,   GS_ACTION_EDITED,  GS_ACTION_EDITED};
    event->action = (uint8_t)actions[sim_below(random, GS_COUNT_OF(actions))];
    if (sim_chance(random, 6))
        event->action = sim_chance(random, 70) ? GS_ACTION_DELETED : GS_ACTION_UNKNOWN;
    for (int m = 0; m < GS_SNAPSHOT_COUNT; m++)
        event->post.metrics[m] =
            sim_chance(random, 30) ? place->number * 20 + sim_below(random, 1000) : GS_NULL_INT;
    event->post.followers = sim_chance(random, 20) ? sim_below(random, 2000000) : GS_NULL_INT;
    event->post.created_ms =
        sim_chance(random, 30) ? event->event_ms - sim_below(random, 900000) : GS_NULL_INT;
    event->post.temporality =
        sim_chance(random, 10) ? GS_TEMPORALITY_DELTA : GS_TEMPORALITY_CUMULATIVE;
    if (place->judged && sim_chance(random, 50))
        event->post.text = gs_str_of(sim_chance(random, 50) ? "shitty day" : "nice day");
}

/* Few, so that most come again: repeated, changed, and after their horizon. */
static struct gs_str comment_id(uint64_t *random)
{
    return gs_str_of(comment_ids[sim_below(random, COMMENT_IDS)]);
}

static int64_t some_count(uint64_t *random)
{
    return sim_chance(random, 50) ? sim_below(random, 1000) : GS_NULL_INT;
}

static void fill_comment(uint64_t *random, struct gs_event *event, bool judged)
{
    static const double scores[] = {-1, -0.05, 0, 0.04995, 0.7};
    event->action = GS_ACTION_CREATED;
    if (sim_chance(random, 40))
        event->action = (uint8_t)sim_below(random, GS_ACTION_COUNT);
    event->comment.comment_id = comment_id(random);
    event->comment.likes = some_count(random);
    event->comment.replies = some_count(random);
    event->comment.shares = some_count(random);
    event->comment.actor_id = sim_chance(random, 10) ? event->influencer_id : gs_str_of("fan");
    event->comment.text = pick(random, texts, GS_COUNT_OF(texts));
    if (judged && !gs_str_equal(event->comment.actor_id, event->influencer_id))
        event->comment.actor_id = pick(random, actors, GS_COUNT_OF(actors));
    if (judged)
        event->comment.text = pick(random, judged_texts, GS_COUNT_OF(judged_texts));
    event->comment.lang = pick(random, langs, GS_COUNT_OF(langs));
    event->comment.sentiment =
        sim_chance(random, 30) ? scores[sim_below(random, GS_COUNT_OF(scores))] : (double)NAN;
}

static void fill_reaction(uint64_t *random, struct gs_event *event, int of_comment_percent)
{
    event->reaction.reaction = (uint8_t)sim_below(random, GS_REACTION_COUNT);
    event->reaction.op = sim_chance(random, 80) ? GS_OP_ADD : GS_OP_REMOVE;
    event->reaction.count = sim_below(random, 50);
    event->reaction.value_micros =
        sim_chance(random, 50) ? sim_below(random, 1000000) : GS_NULL_INT;
    if (sim_chance(random, of_comment_percent))
        event->reaction.comment_id = comment_id(random);
}

static void fill_profile(uint64_t *random, struct sim_record *record)
{
    struct gs_event *event = &record->event;
    event->tombstone = sim_chance(random, 10);
    event->profile.followers = sim_chance(random, 70) ? sim_below(random, 2000000) : GS_NULL_INT;
    event->profile.handle = gs_str_of(sim_chance(random, 50) ? "@x" : NULL);
    event->platform = gs_str_of(sim_chance(random, 50) ? "tiktok" : NULL);
    event->profile.campaign_count = (uint32_t)sim_below(random, LOG_CAMPAIGNS + 1);
    for (int c = 0; c < LOG_CAMPAIGNS; c++) {
        int64_t from = event->record_ms + sim_below(random, 400000) - 300000;
        record->campaigns[c] = (struct gs_campaign){
            .campaign_id = pick(random, campaigns, GS_COUNT_OF(campaigns)),
            .from_ms = sim_chance(random, 30) ? GS_NULL_INT : from,
            .to_ms = sim_chance(random, 30) ? GS_NULL_INT : from + sim_below(random, 500000),
        };
    }
}

static void fill(uint64_t *random, struct sim_record *record, const struct place *place)
{
    static const uint8_t kinds[INPUTS] = {GS_KIND_PROFILE, GS_KIND_POST, GS_KIND_COMMENT,
                                          GS_KIND_REACTION};
    struct gs_event *event = &record->event;
    int64_t post = sim_below(random, place->posts);
    snprintf(record->id, sizeof record->id, "%d-%u", place->input, place->number);
    *event = (struct gs_event){
        .kind = kinds[place->input],
        .record_ms = place->record_ms,
        .event_ms = event_time(random, place->record_ms),
        .event_id = gs_str_of(record->id),
        .post_id = gs_str_of(post_ids[post]),
        .influencer_id = gs_str_of(authors[post % (int64_t)GS_COUNT_OF(authors)]),
    };
    if (sim_chance(random, 20))
        event->campaign_id = pick(random, campaigns, GS_COUNT_OF(campaigns));
    if (place->input == COMMENTS && sim_chance(random, 10))
        event->kind = GS_KIND_REACTION;
    record->bad = sim_chance(random, 4) ? GS_BAD_UNION : GS_BAD_NONE;
    if (place->input == PROFILES)
        fill_profile(random, record);
    else if (place->input == POSTS)
        fill_post(random, event, place);
    else if (event->kind == GS_KIND_COMMENT)
        fill_comment(random, event, place->judged);
    else
        fill_reaction(random, event, place->input == COMMENTS ? 80 : 10);
}

/* ------------------------------------------------------------------ whole logs */

static int64_t next_time(uint64_t *random, int64_t record_ms, int64_t step_ms)
{
    record_ms += sim_below(random, step_ms);
    if (sim_chance(random, 3))
        record_ms += sim_below(random, sim_chance(random, 20) ? 900000 : 40000);
    return record_ms;
}

static void write_input(struct sim_logs *logs, uint64_t *random, int input, int64_t posts)
{
    struct sim_log *log = &logs->input[input];
    int64_t record_ms = T0 + sim_below(random, 5000);
    int64_t offset = 0;
    uint32_t most =
        input == PROFILES ? 20 : (uint32_t[]){40, 90, LOG_RECORDS}[sim_below(random, 3)];
    log->count = most - (uint32_t)sim_below(random, most / 2);
    for (uint32_t i = 0; i < log->count; i++) {
        struct sim_record *record = &log->record[i];
        record_ms = next_time(random, record_ms, input == PROFILES ? 20000 : 1500);
        if (i && input != PROFILES && sim_chance(random, 8)) { /* written twice by its producer */
            *record = log->record[i - 1 - (uint32_t)sim_below(random, GS_MIN(i, 30))];
            record->event.record_ms = record_ms;
        } else {
            fill(random, record,
                 &(struct place){input, i, record_ms, posts, logs->config.rules != NULL});
        }
        record->event.offset = offset;
        offset += sim_chance(random, 3) ? 3 : 1;
    }
    logs->first_ms = GS_MIN(logs->first_ms, log->record[0].event.record_ms);
    logs->last_ms = GS_MAX(logs->last_ms, record_ms);
}

void sim_logs_write(struct sim_logs *logs, uint64_t *random, uint32_t side)
{
    name_things();
    logs->config = base_config(side);
    logs->first_ms = INT64_MAX;
    logs->last_ms = 0;
    choose_config(&logs->config, random);
    logs->soft_copies = false;
    if (sim_chance(random, 50))
        judge(logs, random);
    int64_t posts = sim_chance(random, 35) ? POSTS_MANY : POSTS_FEW;
    for (int input = 0; input < INPUTS; input++)
        write_input(logs, random, input, posts);
}

uint32_t sim_log_count(const struct sim_log *log, int64_t now_ms)
{
    uint32_t low = 0, high = log->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (log->record[middle].event.record_ms <= now_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What follows the last record up to the next one are markers, which are there as soon as it is. */
int64_t sim_log_end(const struct sim_log *log, uint32_t count)
{
    if (count < log->count)
        return log->record[count].event.offset;
    return count ? log->record[count - 1].event.offset + 1 : 0;
}

uint32_t sim_log_below(const struct sim_log *log, int64_t offset)
{
    uint32_t low = 0, high = log->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (log->record[middle].event.offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
